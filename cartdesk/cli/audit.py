"""``cartdesk audit``: what the shop's settings and pages say about the reasons people leave."""

from __future__ import annotations

import asyncio
from itertools import groupby
from typing import TYPE_CHECKING

from cartdesk.cli.call import Call
from cartdesk.cli.exits import Exit
from cartdesk.cli.output import Out
from cartdesk.domain.views import Verdict

if TYPE_CHECKING:
    from cartdesk.domain.feedback.audit_facts import AuditFinding, AuditReport

_SIGNS = {Verdict.OK: "ok", Verdict.WARN: "care", Verdict.STOP: "STOP"}


async def audit(call: Call) -> Exit:
    """Print the findings, what to mend first at the top, and what could not be seen."""
    out = call.out
    shop = await asyncio.to_thread(call.place.auditor)
    try:
        report = await call.desk.feedback.audit(
            shop, lambda what: out.say(f"Looking at {what} ...")
        )
    finally:
        await shop.close()
    out.document(report)
    _header(report, out)
    for finding in report.findings:
        _finding(finding, out)
    _unseen(report, out)
    stops = sum(one.verdict is Verdict.STOP for one in report.findings)
    cares = sum(one.verdict is Verdict.WARN for one in report.findings)
    out.say(f"{stops} to mend, {cares} to think about. {report.requests} questions were asked.")
    return Exit.NOTHING if stops else Exit.OK


def _header(report: AuditReport, out: Out) -> None:
    days = (report.until - report.since).days
    out.line(f"Judged by {report.carts} carts left in the last {days} days and not bought since.")
    if report.carts:
        out.line("A cart may count for several findings, so their sums must not be added up.")
    out.line()


def _finding(one: AuditFinding, out: Out) -> None:
    out.line_as_is(f"{_SIGNS[one.verdict]:<5} {one.reason.value}: {one.sentence}")
    if one.verdict is Verdict.OK:
        return
    if one.carts:
        money = ", ".join(map(out.money, one.money)) or "of unknown worth"
        carts = "1 cart" if one.carts == 1 else f"{one.carts} carts"
        out.line_as_is(f"      {money} in {carts} (counted: {one.counted}).")
    else:
        out.line_as_is("      No left cart is known to be about it.")
    if one.said:
        out.line_as_is(
            f"      Named {one.said} {'time' if one.said == 1 else 'times'} in feedback."
        )
    if one.mend:
        out.line_as_is(f"      -> {one.mend}")


def _unseen(report: AuditReport, out: Out) -> None:
    if report.unseen:
        out.line()
        out.line("Not seen, so not judged:")
    by_reason = sorted(report.unseen, key=lambda one: one.why)
    for why, group in groupby(by_reason, key=lambda one: one.why):
        out.line_as_is(f"      {', '.join(one.what for one in group)}: {why}")
