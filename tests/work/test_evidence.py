"""What became of an unsure letter is found out with proof or left to the person, never guessed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from cartdesk.adapters.mail.imap import ImapMailbox
from cartdesk.desk import NotPossible
from cartdesk.domain.checks import proof
from cartdesk.domain.model import ReminderState
from cartdesk.domain.ports import Mailbox
from cartdesk.domain.views import Check, Verdict
from tests.adapters.mail.dovecot import PASSWORD, Account, Dovecot, imap
from tests.adapters.mail.letters_back import OTHER, answer, report
from tests.faults.shop import stamp
from tests.work.unsure import Unsure, unsure

__all__ = ["imap"]
OUT, REFUSED = Verdict.OK, Verdict.STOP


@pytest.fixture
def account(imap: Dovecot) -> Account:
    return imap.account()


def sent(case: Unsure) -> bytes:
    """Give the copy a provider files in the folder of sent mail."""
    return f"Message-ID: {case.letter.message_id}\n\nHello\n".encode()


def line(lines: tuple[Check, ...], rule: str) -> Check:
    return next(one for one in lines if one.rule == rule)


@dataclass(frozen=True)
class Case:
    """What lies where in the mailbox, how it is opened, and what must come of it."""

    name: str
    proves: Verdict | None
    sent_in: str = ""
    reply: bool = False
    report: dict[str, str] | None = None
    about: str = ""  # another letter than ours
    password: str = PASSWORD
    sent_folder: str = ""
    down: bool = False
    trusted: bool = True
    says: str = ""


CASES = [
    Case("found in Sent", OUT, sent_in="Sent", says="it lies in the folder “Sent”"),
    Case("found under another name", OUT, sent_in="Lähetetyt", says="“Lähetetyt”"),
    Case("not found", None, sent_in="Sent", about=OTHER, says="which proves nothing"),
    Case("no Sent folder", None, says="does not say which folder holds sent mail"),
    Case("wrong folder", None, sent_in="Sent", sent_folder="Gone", says="the folder “Gone”"),
    Case("the server is down", None, down=True, says="takes no connections"),
    Case("wrong password", None, password="wrong", says="did not let"),
    Case("certificate not trusted", None, trusted=False, says="The password was not sent"),
    Case("a reply", OUT, reply=True, says="Ana Virtanen wrote back: Re: You left something"),
    Case("another's reply", None, reply=True, about=OTHER, says="no reply and no report"),
    Case("no such address", REFUSED, report={}, says="it came back (5.1.1): 550 5.1.1"),
    Case("policy", REFUSED, report={"status": "5.7.1"}, says="it came back (5.7.1)"),
    Case(
        "given up later",
        OUT,
        report={"status": "4.4.7"},
        says="it came back (4.4.7)",
    ),
    Case(
        "still tried",
        OUT,
        report={"action": "delayed", "status": "4.4.1"},
        says="a mail server has it and still tries (4.4.1)",
    ),
    Case(
        "delivered",
        OUT,
        report={"action": "delivered", "status": "2.0.0"},
        says="a mail server reports that it arrived",
    ),
    Case("a forged report", None, report={}, about=OTHER, says="no reply and no report"),
]


def named(*names: str) -> pytest.MarkDecorator:
    """Run a test for some of the cases."""
    chosen = [case for case in CASES if case.name in names]
    assert len(chosen) == len(names)
    return pytest.mark.parametrize("case", chosen, ids=lambda case: case.name)


def fill(case: Case, account: Account, story: Unsure) -> None:
    about = case.about or story.letter.message_id
    if case.sent_in:
        copy = sent(story).replace(story.letter.message_id.encode(), about.encode())
        account.deliver(copy, at=story.now, folder=case.sent_in)
    if case.reply:
        account.deliver(answer(about), at=story.now)
    if case.report is not None:
        account.deliver(report(about, **case.report), at=story.now)


def mailbox(case: Case, account: Account) -> Mailbox:
    settings = replace(account.settings(), sent_folder=case.sent_folder)
    if case.down:
        settings = replace(settings, port=1)
    if not case.trusted:
        settings = replace(settings, ca_file="")
    return ImapMailbox(settings, case.password, timeout=5)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_whatever_is_found_nothing_is_ever_sent_again_by_itself(
    tmp_path: Path, account: Account, case: Case
) -> None:
    async with unsure(tmp_path, mailbox(case, account)) as story:
        fill(case, account, story)
        lines = await story.desk.evidence(story.letter.id)
        found = proof(lines)
        assert (found.verdict if found else None) == case.proves
        assert found is None or found is lines[0]
        assert any(case.says in one.sentence for one in lines)
        assert line(lines, "connection").sentence.startswith("the connection ended 0 s after")
        assert await story.state() is ReminderState.UNSURE  # looking alone decides nothing
        await story.days_pass(1)
        await story.days_pass(5)
        assert await story.state() is ReminderState.UNSURE
        await story.days_pass(2)
        assert await story.state() is ReminderState.SETTLED  # nobody said: counts as sent
        assert story.smtp.dots == 1


@named("found in Sent", "a reply", "no such address", "still tried", "not found", "no Sent folder")
async def test_the_person_may_go_by_the_proof_and_by_nothing_less(
    tmp_path: Path, account: Account, case: Case
) -> None:
    async with unsure(tmp_path, mailbox(case, account)) as story:
        fill(case, account, story)
        if case.proves is None:
            with pytest.raises(NotPossible, match="Nothing was found that proves"):
                await story.desk.settle(story.letter.id, "proof")
            assert await story.state() is ReminderState.UNSURE
            return
        done = await story.desk.settle(story.letter.id, "proof")
        assert case.says in done.sentence
        settled = ReminderState.SENT if case.proves is OUT else ReminderState.REFUSED
        assert await story.state() is settled
        detail = await story.desk.cart(story.letter.cart_id)
        assert any(case.says in moment.sentence for moment in detail.timeline)
        assert story.smtp.dots == 1


@named("found in Sent", "a reply")
async def test_what_is_found_to_have_gone_out_is_not_sent_again_even_when_asked(
    tmp_path: Path, account: Account, case: Case
) -> None:
    async with unsure(tmp_path, mailbox(case, account)) as story:
        fill(case, account, story)
        with pytest.raises(NotPossible, match="Not sent again: "):
            await story.desk.settle(story.letter.id, "again")
        assert await story.state() is ReminderState.UNSURE
        assert story.smtp.dots == 1


@named("not found", "the server is down")
async def test_without_proof_the_person_may_send_the_same_letter_again(
    tmp_path: Path, account: Account, case: Case
) -> None:
    async with unsure(tmp_path, mailbox(case, account)) as story:
        fill(case, account, story)
        before = await story.desk.preview(story.letter.id)
        await story.desk.settle(story.letter.id, "again")
        await story.desk.send_now([story.letter.id])
        assert story.smtp.dots == 2
        assert story.smtp.accepted == [before.message]
        assert await story.state() is ReminderState.SENT


async def test_without_a_mailbox_the_facts_are_said_and_how_to_get_more(tmp_path: Path) -> None:
    async with unsure(tmp_path, None) as story:
        lines = await story.desk.evidence(story.letter.id)
        assert proof(lines) is None
        assert {one.rule for one in lines} == {"mailbox", "connection"}
        assert "setup --mailbox" in line(lines, "mailbox").mend
        with pytest.raises(NotPossible):
            await story.desk.settle(story.letter.id, "proof")
        await story.desk.settle(story.letter.id, "sent")
        assert await story.state() is ReminderState.SENT


async def test_a_purchase_meanwhile_is_told_and_proves_nothing(tmp_path: Path) -> None:
    async with unsure(tmp_path, None) as story:
        story.booth.shop.change(1, story.now, status="processing", date_paid_gmt=stamp(story.now))
        await story.desk.poll()
        lines = await story.desk.evidence(story.letter.id)
        assert proof(lines) is None
        assert "bought meanwhile" in line(lines, "order").sentence


async def test_only_an_unsure_letter_is_asked_about(tmp_path: Path, account: Account) -> None:
    async with unsure(tmp_path, mailbox(CASES[0], account)) as story:
        await story.desk.settle(story.letter.id, "leave")
        with pytest.raises(NotPossible, match="it is settled"):
            await story.desk.evidence(story.letter.id)
        with pytest.raises(NotPossible, match="no letter 999"):
            await story.desk.evidence(999)


async def test_read_only_looks_and_changes_nothing(tmp_path: Path, account: Account) -> None:
    async with unsure(tmp_path, mailbox(CASES[0], account), read_only=True) as story:
        account.deliver(answer(story.letter.message_id), at=story.now)
        lines = await story.desk.evidence(story.letter.id)
        assert lines[0].verdict is OUT
        detail = await story.desk.cart(story.letter.cart_id)
        assert not any("wrote back" in moment.sentence for moment in detail.timeline)
        with pytest.raises(NotPossible, match="read-only"):
            await story.desk.settle(story.letter.id, "proof")
