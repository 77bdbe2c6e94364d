"""The command line, and further servers, beside the one that the site has."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from marketplace.kernel.settings import ROOT
from marketplace.serving import free_port
from tests.site import Site


@contextmanager
def another_server(site: Site) -> Iterator[Site]:
    """A second server on the same database."""
    port = str(free_port())
    url = f"http://127.0.0.1:{port}"
    environment = {**site.environment, "PORT": port, "BASE_URL": url}
    other = replace(site, url=url, environment=environment, server=None)
    try:
        other.start()
        yield other
    finally:
        other.stop()


def run_job(site: Site, *words: str) -> str:
    """What `marketplace jobs run …` says on the site's database."""
    done = subprocess.run(
        [sys.executable, "-m", "marketplace", "jobs", "run", *words],
        cwd=ROOT,
        env=site.environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout.strip()
