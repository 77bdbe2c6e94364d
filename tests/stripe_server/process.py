"""Starts the server for a test in a process of its own, on a free port, and stops it afterwards."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

WEBHOOK_SECRET = "whsec_test"
_ROOT = Path(__file__).resolve().parents[2]
# One for all: each new one reads every certificate that this machine trusts.
_CLIENT = httpx.Client(timeout=30)


@dataclass(frozen=True)
class StripeServer:
    """A running test card server."""

    url: str
    webhook_secret: str
    api_key: str = "sk_test_fairday"

    def control(self, path: str, **body: Any) -> Any:
        """Pull a lever: `control("webhooks/hold")`. See `control.py` for all of them."""
        answer = _CLIENT.post(f"{self.url}/_test/{path}", json=body or None)
        answer.raise_for_status()
        return answer.json()

    def deliveries(self) -> list[dict[str, Any]]:
        """Every webhook so far, with its state and the answers it got."""
        return list(_CLIENT.get(f"{self.url}/_test/webhooks").raise_for_status().json())

    def pages(self, account: str) -> list[dict[str, Any]]:
        """Every payment page that an account was asked for, as its API tells."""
        answer = _CLIENT.get(
            f"{self.url}/v1/checkout/sessions",
            headers={"Authorization": f"Bearer {self.api_key}", "Stripe-Account": account},
        )
        return list(answer.raise_for_status().json()["data"])

    def submit_card(self, page_url: str, number: str) -> httpx.Response:
        """Type a card number on the payment page and press Pay; redirects are not followed."""
        return _CLIENT.post(page_url, data={"card_number": number})


@contextmanager
def stripe_server(
    webhook_url: str | None = None, webhook_secret: str = WEBHOOK_SECRET, retry_seconds: float = 0.05
) -> Iterator[StripeServer]:
    """Run the server until the block ends."""
    command = [sys.executable, "-m", "tests.stripe_server", "--webhook-secret", webhook_secret]
    command += ["--retry-seconds", str(retry_seconds)]
    if webhook_url is not None:
        command += ["--webhook-url", webhook_url]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            found = re.search(r"http://\S+", said)
            if found is None:
                raise RuntimeError(f"the test card server did not start: {said!r}")
            yield StripeServer(found[0], webhook_secret)
        finally:
            process.terminate()
            process.wait(timeout=10)
