"""The demo played without a screen, and the auditor that must find what is not as told."""

from __future__ import annotations

import asyncio
import io
import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cartdesk.cli import main
from cartdesk.cli.demo import demo_premises
from cartdesk.cli.exits import Exit
from cartdesk.demo.cast import BUYS_BETWEEN, FULL, GONE, ROBOT
from cartdesk.demo.headless import Mail, Merchant, Record, audit
from cartdesk.demo.world import World
from cartdesk.domain.feedback import Reason
from cartdesk.domain.feedback.views import FeedbackFilter, Source, Tab


async def played(*arguments: str) -> tuple[int, list[dict[str, Any]]]:
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(io.StringIO()):
        code = await asyncio.to_thread(main, ["demo", "--headless", *arguments])
    return code, [json.loads(line) for line in out.getvalue().splitlines()]


async def test_the_whole_story_ends_as_told_and_every_step_is_a_line(own_home: Path) -> None:
    code, lines = await played()
    assert code == Exit.OK
    *events, last = lines
    summary = last["summary"]
    assert summary["as_told"] is True
    assert summary["mails"] == summary["letters"]["sent"] > 25
    assert summary["recovered"]["campaign"] == 10
    assert summary["replied"] == 8

    def of(email: str) -> list[str]:
        return [event["event"] for event in events if event["who"] == email]

    assert of("ana@example.org") == [
        "cart abandoned",
        "letter ready",
        "letter approved",
        "letter sent",
        "cart recovered",
    ]
    assert of(BUYS_BETWEEN)[-3:] == ["letter approved", "cart recovered", "letter cancelled"]
    assert of(GONE)[2:4] == ["letter approved", "letter refused"]
    assert of(FULL).count("letter deferred") > 2
    assert "letter ready" not in of(ROBOT)
    assert not own_home.exists()  # the demo leaves nothing behind


async def test_a_newer_shop_too_and_the_auditor_sees_what_is_wrong(tmp_path: Path) -> None:
    async with World(tmp_path, woo="new", speed=0) as world:
        desk = demo_premises(world, tmp_path).desk()
        merchant = Merchant(world, desk, lambda _: None)
        try:
            await merchant.play()
            summary = await merchant.summary()
            record = await merchant.record()
            page = await desk.feedback.page(FeedbackFilter(tab=Tab.WAITING))
            tapped = await desk.feedback.page(FeedbackFilter(source=Source.ONE_CLICK))
        finally:
            await desk.close()
        assert summary["differences"] == []
        said = {piece.email: piece for piece in page.rows}
        assert "out of the office" not in " ".join(piece.text for piece in page.rows)
        assert said["lena.gross@example.net"].reasons[0].reason is Reason.SHIPPING_COST
        assert {found.reason for piece in tapped.rows for found in piece.reasons} >= {
            Reason.PAYMENT_METHOD,
            Reason.PRICE,
        }
        for sentence, wrong in mistakes(world, record):
            assert any(sentence in found for found in audit(world, wrong)), sentence


def mistakes(world: World, record: Record) -> list[tuple[str, Record]]:
    """Give records that are wrong in one way each, with the sentence that must name it."""
    mails, letters = record.mails, record.letters
    sent = record.sent()[0]
    to = str(sent["email"])
    buyer = next(iter(world.expected.by_letter))

    def changed(letter: dict[str, Any], **values: object) -> Record:
        others = [x for x in letters if x["id"] != letter["id"]]
        return replace(record, letters=[*others, {**letter, **values}])

    ever = "2020-01-01T00:00:00+00:00"
    tomorrow = "2026-12-31T00:00:00+00:00"
    bought = next(x for x in record.sent() if x["email"] == buyer)
    forgotten = [
        {**cart, "evidence": "by-themselves"} if cart["email"] == buyer else cart
        for cart in record.carts
    ]
    refused = next(x for x in letters if x["state"] == "refused")
    wrote_back = next(x for x in record.sent() if x["email"] in world.replied)
    return [
        ("mails arrived", replace(record, mails=mails[1:])),
        ("byte for byte", replace(record, mails=[replace(mails[0], sha256="0"), *mails[1:]])),
        ("must never get one", replace(record, mails=[*mails, Mail(ROBOT, "0")])),
        ("is unsure", changed(sent, state="unsure")),
        ("within 20 hours", replace(record, letters=[*letters, {**sent, "id": 0}])),
        ("after buying", changed(bought, sent_at=tomorrow)),
        ("after writing back", changed(wrote_back, sent_at=tomorrow)),
        ("but the ledger says by-themselves", replace(record, carts=forgotten)),
        (
            f"{buyer} came back by letter",
            replace(record, mails=[m for m in mails if m.to != buyer]),
        ),
        (f"{GONE} should be refused", changed(refused, state="ready")),
        ("mails arrived", changed(sent, state="ready", sent_at=ever)),
        ("mails arrived", replace(record, mails=[*mails, Mail(to, "0")])),
    ]


@pytest.mark.parametrize("speed", ["0", "fast", "-5"])
def test_a_speed_that_cannot_be_is_refused(speed: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--headless", "--speed", speed]) == Exit.USAGE
    assert "--speed" in capsys.readouterr().err
