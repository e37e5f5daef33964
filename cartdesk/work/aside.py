"""Blocking questions beside everything else, which nobody waits for who leaves the program."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


async def aside(question: Callable[[], Result]) -> Result:
    """Ask in a daemon thread: only for questions that may be left without an answer.

    ``asyncio.to_thread`` would keep the program from ending until the answer came.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Result] = loop.create_future()

    def give(result: Result | None, error: BaseException | None) -> None:
        if answer.done():  # nobody waits any more
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(result)  # type: ignore[arg-type]

    def ask() -> None:
        result, error = None, None
        try:
            result = question()
        except BaseException as problem:
            error = problem
        with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
            loop.call_soon_threadsafe(give, result, error)

    threading.Thread(target=ask, name="aside", daemon=True).start()
    return await answer
