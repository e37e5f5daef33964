"""The program's entrance: runs a command and turns trouble into a sentence and an exit code."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from cartdesk.cli.exits import Exit
from cartdesk.cli.output import Out, tolerate_odd_terminals
from cartdesk.cli.parser import parse

if TYPE_CHECKING:
    import argparse

    from cartdesk.domain.ports import Clock


def main(argv: Sequence[str] | None = None, *, clock: Clock | None = None) -> int:
    """Run one command and give its exit code (see ``exits``).

    Args:
        argv: The arguments; None: those of the process.
        clock: Where the time comes from; None: this computer.
    """
    tolerate_odd_terminals()
    try:
        arguments = parse(argv)
    except SystemExit as end:  # argparse has said why, or printed its help
        return int(end.code or 0)
    return guarded(lambda: _run(arguments, clock))


def _run(given: argparse.Namespace, clock: Clock | None) -> int:
    if given.command == "demo":
        from cartdesk.cli.demo import demo

        return demo(given)
    from cartdesk.adapters.clock import SystemClock

    time = clock or SystemClock()
    if given.command == "setup":
        from cartdesk.cli.setup import set_up

        return set_up(given, time)
    if given.command is None:
        return _screens(given, time)
    from cartdesk.cli.commands import run

    return run(given, time)


def _screens(given: argparse.Namespace, clock: Clock) -> int:
    """Load the screens and show them.

    What is loaded stays for good. The garbage collector would look it all over several times
    meanwhile, which takes a fifth of the time to the first paint.
    """
    gc.disable()
    try:
        from cartdesk.cli.screens import desk
    finally:
        gc.freeze()
        gc.enable()
    return desk(given, clock)


def guarded(work: Callable[[], int]) -> int:
    """Do something; whatever goes wrong becomes a sentence on stderr and an exit code."""
    try:
        code = int(work())
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        Out().say("Interrupted.")
        return Exit.INTERRUPTED
    except BrokenPipeError:  # who read our output has seen enough
        nowhere = os.open(os.devnull, os.O_WRONLY)  # so that the end does not fail again
        os.dup2(nowhere, sys.stdout.fileno())
        return Exit.OK
    except Exception as error:
        from cartdesk.cli.trouble import explain

        sentence, code = explain(error)
        Out().say(sentence)
        return code
