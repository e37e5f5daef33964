"""What a test or the doctor found: sign, sentence and what mends it."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from cartdesk.domain.views import Finding, Verdict
from cartdesk.tui.text import MUTED, VERDICT_SIGNS, line


def finding_pairs(findings: Sequence[Finding]) -> list[tuple[str, Content]]:
    """Write each finding, and below it what mends it."""
    pairs: list[tuple[str, Content]] = []
    for finding in findings:
        sign = VERDICT_SIGNS[finding.verdict]
        pairs.append((finding.topic, line((f"{sign.mark} ", sign.style), finding.sentence)))
        if finding.mend:
            pairs.append(("", line(f"  → {finding.mend}")))
    return pairs or [("", line(("Nothing was found.", MUTED)))]


def stopped(findings: Sequence[Finding]) -> bool:
    """Tell whether one of them stops the way on."""
    return any(finding.verdict is Verdict.STOP for finding in findings)
