"""A small HTTP client that costs little: keep-alive connections, requests written once, statuses counted."""

import asyncio
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Load:
    """What one measurement found: requests each second, milliseconds at p50 and p99, answers by status."""

    per_second: float
    p50_ms: float
    p99_ms: float
    statuses: Counter[int]


def request_bytes(url: str, body: bytes, headers: dict[str, str]) -> bytes:
    """One POST with a JSON body."""
    parts = urlsplit(url)
    lines = [
        f"POST {parts.path} HTTP/1.1",
        f"Host: {parts.netloc}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def _exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> int:
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    if length:
        await reader.readexactly(length)
    return int(head[9:12])


async def run_load(url: str, requests: Sequence[bytes], clients: int) -> Load:
    """Send the requests from a number of clients, each on one connection, each waiting for its answer."""
    waiting = iter(requests)
    spent: list[float] = []
    statuses: Counter[int] = Counter()
    parts = urlsplit(url)

    async def client() -> None:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        for request in waiting:
            began = time.perf_counter()
            statuses[await _exchange(reader, writer, request)] += 1
            spent.append(time.perf_counter() - began)
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    lasted = time.perf_counter() - began
    cuts = statistics.quantiles(spent, n=100, method="inclusive")
    return Load(len(spent) / lasted, cuts[49] * 1000, cuts[98] * 1000, statuses)
