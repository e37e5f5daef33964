"""One command under way: where it works, what was asked, and where it prints."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from cartdesk.cli.output import Out
from cartdesk.cli.wiring import Premises
from cartdesk.desk import Desk


@dataclass(frozen=True, slots=True)
class Call:
    """Everything a command needs."""

    place: Premises
    desk: Desk
    given: argparse.Namespace
    out: Out
