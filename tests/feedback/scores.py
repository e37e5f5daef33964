"""Counts how well the labeller does on a labelled set: precision and recall."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cartdesk.domain.feedback import Mood, Reading, read_feedback

LABELLED = Path(__file__).with_name("labelled.jsonl")
DEVELOPMENT = Path(__file__).with_name("development.jsonl")
LANGUAGES = ("en", "fi", "hu")


@dataclass
class Score:
    """Right, wrong and missed labels."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        """Of what was labelled, the share that is right (1 when nothing was)."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """Of what should have been labelled, the share that was (1 when there is nothing)."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    def count(self, got: set[str], wanted: set[str]) -> None:
        """Add one text."""
        self.right += len(got & wanted)
        self.wrong += len(got - wanted)
        self.missed += len(wanted - got)

    def __str__(self) -> str:
        return (
            f"precision {self.precision:.3f}  recall {self.recall:.3f}  "
            f"({self.right} right, {self.wrong} wrong, {self.missed} missed)"
        )


@dataclass
class Scores:
    """The scores of one language. ``alike`` counts texts whose mood is right, neutral too."""

    texts: int = 0
    reasons: Score = field(default_factory=Score)
    moods: Score = field(default_factory=Score)
    alike: int = 0
    guessed: int = 0
    by_reason: dict[str, Score] = field(default_factory=dict)


def pieces(path: Path) -> list[dict[str, Any]]:
    """Read a labelled set: one JSON object a line."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def measure(labelled: Iterable[dict[str, Any]], *, told: bool = True) -> dict[str, Scores]:
    """Score every language; ``told`` says whether the labeller is told the language.

    The mood counts as labelled when it is not neutral.
    """
    found: dict[str, Scores] = {}
    for piece in labelled:
        scores = found.setdefault(piece["language"], Scores())
        reading = read_feedback(piece["text"], piece["language"] if told else "")
        wanted = set(piece["reasons"])
        got = {one.reason.value for one in reading.reasons}
        scores.texts += 1
        scores.reasons.count(got, wanted)
        for reason in got | wanted:
            scores.by_reason.setdefault(reason, Score()).count(got & {reason}, wanted & {reason})
        scores.moods.count(_mood(reading), {piece["mood"]} - {"neutral"})
        scores.alike += reading.mood.value == piece["mood"]
        scores.guessed += read_feedback(piece["text"]).language == piece["language"]
    return found


def report(found: dict[str, Scores]) -> str:
    """Write the scores as lines of text."""
    total: Counter[str] = Counter()
    lines: list[str] = []
    for language, scores in sorted(found.items()):
        lines += [
            f"{language}: {scores.texts} texts",
            f"  reasons           {scores.reasons}",
            f"  mood              {scores.moods}",
            f"  mood as labelled  {scores.alike / scores.texts:.3f} of all texts, neutral ones too",
            f"  language guessed  {scores.guessed / scores.texts:.3f}",
        ]
        lines += [f"    {reason:<17} {score}" for reason, score in sorted(scores.by_reason.items())]
        total.update(
            right=scores.reasons.right, wrong=scores.reasons.wrong, missed=scores.reasons.missed
        )
    whole = Score(total["right"], total["wrong"], total["missed"])
    return "\n".join([*lines, f"all reasons: {whole}"])


def _mood(reading: Reading) -> set[str]:
    return set() if reading.mood is Mood.NEUTRAL else {reading.mood.value}
