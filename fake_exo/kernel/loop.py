"""One thread with one asyncio loop, on which every listener of a world lives."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class LoopThread:
    """Starts on construction; `stop` ends it and returns when the thread is gone."""

    def __init__(self) -> None:
        self.loop = _new_loop()
        self._thread = threading.Thread(target=self._run, name="fake-exo", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()
        self.loop.close()

    def wait(self, work: Coroutine[Any, Any, T], timeout: float = 30.0) -> T:
        """Run a coroutine on the loop and return its result."""
        return self.begin(work).result(timeout)

    def begin(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        """Run a coroutine on the loop, beside all else."""
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def call(self, action: Callable[[], T], timeout: float = 30.0) -> T:
        """Run a function on the loop's thread and return its result."""
        if threading.current_thread() is self._thread:
            return action()
        return self.wait(_call(action), timeout)

    def stop(self) -> None:
        if self._thread.is_alive():
            self.loop.call_soon_threadsafe(self.loop.stop)
            self._thread.join(10)


async def _call(action: Callable[[], T]) -> T:
    return action()


def _new_loop() -> asyncio.AbstractEventLoop:
    """uvloop's where it is installed: a round trip costs a quarter of asyncio's."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
