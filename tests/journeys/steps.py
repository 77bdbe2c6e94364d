"""Named steps of a journey: what failed is told in the words of the story."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def step(told: str) -> Iterator[None]:
    """A step of the story; a failure inside carries its words."""
    try:
        yield
    except Exception as failure:
        failure.add_note(f"In the step: {told}")
        raise
