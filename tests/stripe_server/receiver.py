"""Takes in webhooks for a test, and keeps them exactly as they came."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread
from typing import Any

Letter = tuple[bytes, str]
"""The raw body and its `Stripe-Signature`."""


class WebhookReceiver:
    """An endpoint that keeps every letter. `refuse_next` answers the next ones with that status instead."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.refuse_next: list[int] = []
        self._changed = Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver._take(body, self.headers["Stripe-Signature"])
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"

    def _take(self, body: bytes, signature: str) -> int:
        with self._changed:
            if self.refuse_next:
                return self.refuse_next.pop(0)
            self.letters.append((body, signature))
            self._changed.notify_all()
            return 200

    def wait_for(self, event_type: str, seconds: float = 10) -> Letter:
        """The newest letter of that type. Raises TimeoutError when none comes."""
        wanted = f'"type": "{event_type}"'.encode()
        with self._changed:
            if not self._changed.wait_for(lambda: any(wanted in body for body, _ in self.letters), seconds):
                raise TimeoutError(f"no {event_type} came")
            return [letter for letter in self.letters if wanted in letter[0]][-1]

    def serve(self) -> None:
        """Answer until closed."""
        self._server.serve_forever(poll_interval=0.05)

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def webhook_receiver() -> Iterator[WebhookReceiver]:
    """Run a receiver until the block ends."""
    receiver = WebhookReceiver()
    thread = Thread(target=receiver.serve, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.close()
        thread.join()
