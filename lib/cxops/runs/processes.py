"""Local processes that survive each other: a process that is killed costs the page it held and nothing else."""

import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import Any, TypeVar

T = TypeVar("T")


class Processes(Executor):
    """An executor of `lanes` local processes.

    A `ProcessPoolExecutor` that loses one process loses all the work it holds. Here each lane is a pool of one: when
    its process is killed, the task it held raises BrokenProcessPool and the lane takes a new process for the next.
    When the caller is killed or interrupted, the processes end, and their kernels with them.
    """

    def __init__(self, lanes: int) -> None:
        self._lanes = ThreadPoolExecutor(max(lanes, 1), thread_name_prefix="cxops-lane")
        self._pools: dict[int, ProcessPoolExecutor] = {}
        self._futures: list[Future[Any]] = []

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        future = self._lanes.submit(self._in_process, fn, *args, **kwargs)
        self._futures.append(future)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._lanes.shutdown(wait=wait, cancel_futures=cancel_futures)
        for pool in list(self._pools.values()):
            pool.shutdown(wait=wait)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """On an error, Ctrl-C among them, what still runs is ended and not waited for."""
        if kind is not None:
            self._lanes.shutdown(wait=False, cancel_futures=True)
            while not all(future.done() for future in self._futures):
                self._kill()  # again and again: a lane may just be starting its process
                time.sleep(0.05)
        self.shutdown()

    def _kill(self) -> None:
        for pool in list(self._pools.values()):
            for process in list((pool._processes or {}).values()):
                process.kill()

    def _in_process(self, fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        lane = threading.get_ident()
        if lane not in self._pools:
            # spawn: a forked process would share the caller's threads, locks and database connections
            context = multiprocessing.get_context("spawn")
            self._pools[lane] = ProcessPoolExecutor(1, mp_context=context, initializer=_depend_on_parent)
        try:
            return self._pools[lane].submit(fn, *args, **kwargs).result()
        except BrokenProcessPool:
            self._pools.pop(lane).shutdown()
            raise


def _depend_on_parent() -> None:
    """Leaves the terminal's process group, so that Ctrl-C is the parent's to handle, and ends when the parent does."""
    os.setsid()
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
