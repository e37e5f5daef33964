"""What can be found out about a letter of which nobody knows whether it went out.

In each line ``Verdict.OK`` is proof that it went out, ``Verdict.STOP`` proof that it did not
arrive, and ``Verdict.WARN`` a fact that proves nothing: that a letter does not lie in the folder
of sent mail, for one, as many servers keep no copy there. Nothing here sends a letter again.
"""

from __future__ import annotations

import asyncio
from datetime import datetime

from cartdesk.domain.checks import proof
from cartdesk.domain.model import CartState, Reminder, ReminderState
from cartdesk.domain.ports import (
    Answers,
    Found,
    Heard,
    HeardKind,
    Mailbox,
    MailboxError,
    NotFound,
    Unavailable,
)
from cartdesk.domain.views import Check, Done, Verdict
from cartdesk.work.aside import aside
from cartdesk.work.context import Context, NotPossible
from cartdesk.work.listening import is_ours, note_all
from cartdesk.work.previewing import Previews
from cartdesk.work.reviewing import Reviews

PROOF, NOTHING, REFUSED = Verdict.OK, Verdict.WARN, Verdict.STOP
_STRENGTH = (
    HeardKind.REPLY,
    HeardKind.STOP,
    HeardKind.DELIVERED,
    HeardKind.BOUNCE,
    HeardKind.AUTO_REPLY,
    HeardKind.DELAY,
)


class Examiner:
    """Finds out what became of unsure letters, and takes the person's answer.

    What is seen in the inbox on the way is acted on as after any poll, unless ``read_only``.
    """

    def __init__(
        self,
        context: Context,
        previews: Previews,
        reviews: Reviews,
        mailbox: Mailbox | None,
        *,
        read_only: bool,
    ) -> None:
        self._context = context
        self._previews = previews
        self._reviews = reviews
        self._mailbox = mailbox
        self._read_only = read_only

    async def examine(self, reminder_id: int) -> tuple[Check, ...]:
        """Give all that can be found out; what decides the question stands first.

        Raises:
            NotPossible: There is no such letter, or it is not unsure.
        """
        reminder = await self._previews.reminder(reminder_id)
        if reminder.state is not ReminderState.UNSURE:
            raise NotPossible(f"Nobody needs to ask about this letter: it is {reminder.state}.")
        found = await self._heard(self._mailbox, reminder) if self._mailbox else [_NO_MAILBOX]
        found += await self._known(reminder)
        return tuple(sorted(found, key=lambda line: line.verdict is NOTHING))

    async def settle(self, reminder_id: int, answer: str) -> Done:
        """Take an answer: "sent", "again", "leave", or "proof" to go by what is found.

        Raises:
            NotPossible: The letter is not unsure, nothing proves anything, or it is to be sent
                again although it is found to have gone out.
        """
        if answer not in {"proof", "again"}:
            return await self._reviews.settle(reminder_id, answer)
        found = proof(await self.examine(reminder_id))
        if answer == "again":
            if found is not None and found.verdict is PROOF:
                raise NotPossible(f"Not sent again: {found.sentence}.")
            return await self._reviews.settle(reminder_id, answer)
        if found is None:
            raise NotPossible("Nothing was found that proves what became of it.")
        reminder = await self._previews.reminder(reminder_id)
        if found.verdict is PROOF:
            await self._reviews.move(reminder, "proved", said=found.sentence)
            return Done(f"Noted that it went out: {found.sentence}")
        await self._reviews.move(reminder, "came-back", said=found.sentence)
        return Done(f"Noted that it did not arrive: {found.sentence}")

    async def _known(self, reminder: Reminder) -> list[Check]:
        """Give what the ledger itself knows."""
        said = reminder.said or "the connection ended before the server answered"
        found = [Check("connection", NOTHING, said, at=reminder.sent_at)]
        rows = await self._context.ledger.read(lambda b: b.windows.rows([reminder.cart_id]))
        if rows[reminder.cart_id].state in {CartState.RECOVERED, CartState.PLACED}:
            found.append(Check("order", NOTHING, "the person bought meanwhile"))
        return found

    async def _heard(self, mailbox: Mailbox, reminder: Reminder) -> list[Check]:
        """Ask the mailbox, both folders at the same time."""
        since = reminder.sent_at or reminder.approved_at or self._context.clock.now()
        sent, answers = await asyncio.gather(
            aside(lambda: mailbox.find_sent(reminder.message_id)),
            aside(lambda: _answers(mailbox, reminder.message_id, since)),
        )
        if isinstance(answers, Unavailable):
            silent = Check("inbox", NOTHING, answers.sentence)
            return [silent] if answers == sent else [_in_sent(sent), silent]
        settings, now = self._context.settings, self._context.clock.now()
        heard = [one for one in answers.heard if not is_ours(one, settings.sender)]
        if heard and not self._read_only:
            await self._context.ledger(lambda b: note_all(b, heard, [reminder], settings, now))
        heard.sort(key=lambda one: _STRENGTH.index(one.kind))
        return [*map(_about, heard), _in_sent(sent), *([] if heard else [_SILENCE])]


_NO_MAILBOX = Check(
    "mailbox",
    NOTHING,
    "cartdesk cannot look into your mailbox",
    mend="set it up with “cartdesk setup --mailbox”, or look into the Sent folder yourself",
)
_SILENCE = Check("inbox", NOTHING, "no reply and no report about it came into the inbox")


def _answers(mailbox: Mailbox, message_id: str, since: datetime) -> Answers | Unavailable:
    try:
        return mailbox.answers_to([message_id], since)
    except MailboxError as error:
        return Unavailable(str(error))


def _in_sent(sent: Found | NotFound | Unavailable) -> Check:
    if isinstance(sent, Found):
        return Check("sent-folder", PROOF, f"it lies in the folder “{sent.folder}”", at=sent.at)
    if isinstance(sent, NotFound):
        nothing = f"it does not lie in the folder “{sent.folder}”, which proves nothing"
        return Check("sent-folder", NOTHING, nothing, "many servers keep no copy there")
    return Check("sent-folder", NOTHING, sent.sentence)


def _about(one: Heard) -> Check:
    """Say what a message about the letter proves."""
    words = f": {one.said}" if one.said else ""
    status = f" ({one.status})" if one.status else ""
    verdict, sentence = {
        HeardKind.REPLY: (PROOF, f"{one.name or one.sender} wrote back: {one.subject}"),
        HeardKind.STOP: (PROOF, f"{one.name or one.sender} asks for no more letters"),
        HeardKind.DELIVERED: (PROOF, f"a mail server reports that it arrived{status}"),
        HeardKind.BOUNCE: (REFUSED, f"it came back{status}{words}"),
        HeardKind.AUTO_REPLY: (PROOF, f"a program answered: {one.subject}"),
        HeardKind.DELAY: (PROOF, f"a mail server has it and still tries{status}{words}"),
    }[one.kind]
    if one.kind is HeardKind.BOUNCE and not one.status.startswith("5."):
        verdict = PROOF  # it was taken, and given up later: a second one would fare alike
    return Check(one.kind, verdict, sentence, at=one.at)
