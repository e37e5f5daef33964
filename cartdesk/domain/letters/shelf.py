"""What stands on the shelf of letters: where each comes from, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cartdesk.domain.views import Check, Verdict


@dataclass(frozen=True, slots=True)
class Shelved:
    """One letter of the shelf.

    ``ours`` tells that it comes with cartdesk, ``own`` that the merchant's file is used (in
    place of ours when both), ``draft`` that a text waits that cannot be sent yet. ``source``
    is the text in use; "" when there is none but the draft, or it cannot be read.
    """

    language: str
    name: str
    ours: bool
    own: bool
    draft: bool
    source: str
    checks: tuple[Check, ...] = ()

    @property
    def key(self) -> str:
        """Language and name, which no other letter has."""
        return f"{self.language}/{self.name}"

    @property
    def trouble(self) -> str:
        """The first thing that stops the letter, or ""."""
        stops = (one.sentence for one in self.checks if one.verdict is Verdict.STOP)
        return next(stops, "")

    @property
    def origin(self) -> str:
        """Where the text in use comes from, in a word or two."""
        if not self.own:
            return "cartdesk's" if self.ours else "draft only"
        return "yours, for ours" if self.ours else "yours"


@dataclass(frozen=True, slots=True)
class Version:
    """A text that was in use until a time; ``key`` names it."""

    key: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """A letter to be edited.

    ``text`` is what the editor begins with: the draft if one waits, else what is in use.
    ``in_use`` and ``default`` (cartdesk's own) are "" where there is none.
    """

    language: str
    name: str
    text: str
    in_use: str
    default: str
    draft: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a text that was to be kept: ``whole`` when letters are written with it."""

    sentence: str
    whole: bool
