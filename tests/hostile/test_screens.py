"""A shop in bad hands, in letters and in a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from cartdesk.cli.export import write_rows
from cartdesk.desk import NotPossible
from cartdesk.domain.links import on_origin
from tests.desks import Bench
from tests.hostile.evil_shop import evil_bench
from tests.hostile.tricks import MARK

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with evil_bench(tmp_path) as found:
        yield found


@pytest.fixture
async def asked(bench: Bench) -> AsyncIterator[Bench]:
    """A desk that has asked the shop once, and no screen."""
    await bench.desk.start()
    try:
        await bench.desk.poll()
        yield bench
    finally:
        await bench.desk.close()


async def test_letters_have_our_headers_alone_and_lead_to_the_shop(tmp_path: Path) -> None:
    async with evil_bench(tmp_path, hours=34, pay_links=True) as bench:
        await bench.desk.start()
        try:
            await bench.desk.poll()
            sent = 0
            for item in await bench.sendable():
                with suppress(NotPossible):  # a name that looks like a header is stopped
                    sent += (await bench.desk.send_now([item.reminder.id])).sent
        finally:
            await bench.desk.close()
        mails = bench.mails()
        assert len(mails) == sent >= 2
        for raw in mails:
            _judge_letter(raw, bench.world.address)


async def test_a_link_to_pay_elsewhere_holds_the_letter_back(asked: Bench) -> None:
    refused = 0
    for item in await asked.sendable():
        try:
            await asked.desk.send_now([item.reminder.id])
        except NotPossible:
            refused += 1
    assert refused
    for raw in asked.mails():  # where the link was none at all, another way back is taken
        _judge_letter(raw, asked.world.address)


def _judge_letter(raw: bytes, shop: str) -> None:
    mail = message_from_bytes(raw, policy=policy.default)
    names = [name.lower() for name in mail.keys()]  # noqa: SIM118 - every header, also twice
    assert not {"bcc", "cc", f"x-{MARK}"} & set(names)
    assert len(names) == len(set(names))
    assert mail["To"] and len(mail["To"].addresses) == 1
    assert MARK not in str(mail["To"].addresses[0].addr_spec)
    assert "\n" not in mail["Subject"] and len(mail["Subject"]) <= 150
    html, plain = (mail.get_body((kind,)) for kind in ("html", "plain"))
    assert html is not None and plain is not None
    markup = html.get_content()
    assert "<script" not in markup and "onerror=alert(1)>" not in markup.replace("&gt;", "")
    for link in re.findall(r"""(?:href|src)\s*=\s*["']([^"']*)""", markup):
        scheme_ok = link.startswith(("mailto:hello@oakandtin.example", "tel:+35895550142"))
        assert scheme_ok or on_origin(link.replace("&amp;", "&"), shop), link
    for link in re.findall(r"https?://[^\s<>\"')\]]+", plain.get_content()):
        if not on_origin(link, shop):
            raise AssertionError(link)


async def test_no_cell_of_an_export_is_a_formula(asked: Bench) -> None:
    for what in ("carts", "letters", "events"):
        stream = io.StringIO()
        await write_rows(asked.desk.export(what), "csv", stream)
        rows = list(csv.reader(io.StringIO(stream.getvalue())))
        cells = [cell for row in rows for cell in row]
        assert len(rows) > 1
        for cell in cells:
            number = re.fullmatch(r"-?\d+(\.\d+)?", cell)
            assert number or not cell.startswith(("=", "+", "-", "@", "\t", "\r")), cell
            assert "\x1b" not in cell and "\x00" not in cell
