"""Does a task for many numbers in processes, one for each processor."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import FIRST_EXCEPTION, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any, Final, TypeVar

from roundtrip.errors import RoundtripError
from roundtrip_devtools.children import begin_child
from roundtrip_devtools.errors import DevtoolsError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Given = TypeVar("Given")
Result = TypeVar("Result")

_POLL_S: Final = 0.2

# Set in a process when it starts.
_count: list[Any] = []


def in_processes(
    task: Callable[[Given, int, Callable[[int], None]], Result],
    given: Given,
    numbers: Sequence[int],
    progress: Callable[[int], None],
) -> list[Result]:
    """Return the results of a task for each number.

    Parameters
    ----------
    task
        A function of a module. It is called with what is given, a number, and a function that adds
        to what `progress` is called with.

    Raises
    ------
    DevtoolsError
        If a task or a process fails.
    """
    if not numbers:
        return []
    # Not by fork: connections and threads of this process would go with it.
    context = multiprocessing.get_context("spawn")
    count = context.Value("Q", 0)
    workers = min(len(numbers), os.cpu_count() or 1)
    with ProcessPoolExecutor(workers, context, _begin, (count,)) as pool:
        try:
            waiting = {pool.submit(_run, task, given, number) for number in numbers}
            futures = [*waiting]
            while waiting:
                ended, waiting = wait(waiting, _POLL_S, FIRST_EXCEPTION)
                for future in ended:
                    future.result()
                # Without the lock, which a process that was killed may still hold.
                progress(int(count.get_obj().value))
            return [future.result() for future in futures]
        except BrokenProcessPool as error:
            raise DevtoolsError(
                "A process ended early: it was killed, perhaps because the memory ran out. Run the "
                "command again: it goes on from here."
            ) from error
        except BaseException:
            # Otherwise what failed, or was interrupted, would wait for all others.
            for child in multiprocessing.active_children():
                child.terminate()
            pool.shutdown(cancel_futures=True)
            raise


def _begin(count: Any) -> None:
    begin_child()
    _count[:] = [count]


def _run(
    task: Callable[[Given, int, Callable[[int], None]], Result], given: Given, number: int
) -> Result:
    def add(items: int) -> None:
        [count] = _count
        with count.get_lock():
            count.value += items

    try:
        return task(given, number, add)
    except (DevtoolsError, RoundtripError, OSError) as error:
        # Errors with several parts cannot be sent to another process.
        raise DevtoolsError(str(error)) from None
