"""Waiting for the keyring, but not for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from cartdesk.domain.ports import VaultError

Result = TypeVar("Result")
KEYRING_SECONDS = 30.0


def limited(work: Callable[[], Result], seconds: float = KEYRING_SECONDS) -> Result:
    """Do something with the keyring that may wait for a person, who may not be there.

    It runs in a daemon thread, so that a keyring that never answers cannot keep the program.

    Raises:
        VaultError: It took longer, or the keyring itself refused.
    """
    future: Future[Result] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, name="keyring", daemon=True).start()
    try:
        return future.result(seconds)
    except TimeoutError:
        raise VaultError(
            "locked",
            f"The keyring gave no answer within {seconds:.0f} seconds. Look for a window that "
            "asks to unlock it, then try again.",
        ) from None
