"""Work for all processors: batches go to processes as they come, so that few are in memory at a time."""

import asyncio
import multiprocessing
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

T = TypeVar("T")


async def in_processes(work: Callable[[T], int], batches: AsyncIterator[T]) -> int:
    """Do `work` with every batch in other processes, and answer the sum of what they answer.

    `work` and the batches are sent to the processes, so they can be pickled. What a process raises is raised here.
    """
    workers = os.cpu_count() or 1
    context = multiprocessing.get_context("spawn")  # Nothing of this process's connections is taken along.
    loop = asyncio.get_running_loop()
    done = 0
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        waiting: set[asyncio.Future[int]] = set()
        async for batch in batches:
            waiting.add(loop.run_in_executor(pool, work, batch))
            if len(waiting) > 2 * workers:
                ready, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                done += sum(each.result() for each in ready)
        done += sum(await asyncio.gather(*waiting))
    return done
