"""`python -m tests.stripe_server`: start the test card server."""

import argparse
import socket

import uvicorn

from tests.stripe_server.app import create_app
from tests.stripe_server.state import World
from tests.stripe_server.webhooks import Endpoint, Postman


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.stripe_server",
        description="A test card server that speaks Stripe's wire format. No real card, no real money.",
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one and prints it")
    parser.add_argument("--public-url", help="where browsers reach this server, if not at host and port")
    parser.add_argument("--api-key", help="take only this key, instead of any that begins with sk_test_")
    parser.add_argument("--webhook-url", help="where events are posted; without it nothing is sent")
    parser.add_argument("--webhook-secret", default="whsec_test")
    parser.add_argument(
        "--retry-seconds", type=float, default=0.5, help="pause before the second try; doubles"
    )
    return parser.parse_args()


def main() -> None:
    """Listen first and say where, so that whoever started it need not guess when it is ready."""
    args = _arguments()
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((args.host, args.port))
    listener.listen()
    here = f"http://{args.host}:{listener.getsockname()[1]}"
    endpoint = Endpoint(args.webhook_url, args.webhook_secret) if args.webhook_url else None
    postman = Postman(endpoint, first_pause_seconds=args.retry_seconds)
    app = create_app(World((args.public_url or here).rstrip("/"), args.api_key, postman))
    print(f"TEST card server at {here} (no real card, no real money)", flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])


if __name__ == "__main__":
    main()
