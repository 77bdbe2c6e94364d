"""What the benchmarks of printed documents share: Typst alone in as many processes, memory, and statements counted."""

import multiprocessing
import os
import resource
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from marketplace.kernel import db


def floor_typst(typst_alone: Callable[[Path, Path], int], files: list[Path], folder: Path) -> float:
    """Seconds that nothing but the compiler takes for files of ready inputs, on all processors."""
    began = time.perf_counter()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count() or 1, mp_context=context) as pool:
        sum(pool.map(typst_alone, files, [folder] * len(files)))
    return time.perf_counter() - began


def megabytes(whose: int) -> int:
    """The most memory that this process (`RUSAGE_SELF`) or its children took so far."""
    return resource.getrusage(whose).ru_maxrss // 1024


def count_queries() -> list[str]:
    """Every statement from here on, as it is sent."""
    asked: list[str] = []
    for name in ("fetch_all", "fetch_one", "fetch_value", "execute"):
        real = getattr(db, name)

        async def counted(sql: str, *args: object, real: Any = real) -> Any:
            asked.append(sql)
            return await real(sql, *args)

        setattr(db, name, counted)
    return asked
