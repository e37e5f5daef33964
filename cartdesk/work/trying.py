"""A letter sent to the merchant's own address, to see it as a shopper would."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from cartdesk.adapters.ledger import LedgerProblem
from cartdesk.domain.model import Letter
from cartdesk.domain.ports import Accepted, Envelope, Mailer, Outcome, Unknown
from cartdesk.domain.settings import SenderSettings
from cartdesk.domain.views import Done
from cartdesk.work import pausing
from cartdesk.work.context import Context, NotPossible
from cartdesk.work.outcomes import in_words

if TYPE_CHECKING:
    from cartdesk.domain.letters.fields import LetterFacts

TEST = "[Test]"
NO_ADDRESS = "Your own address is not set yet. Run the setup in Settings (6)."
_NO_LETTER = 0  # the number of an envelope that belongs to no reminder


class NotDelivered(NotPossible):
    """A test did not certainly go out; ``str()`` is what the mail server said."""


def own_address(sender: SenderSettings) -> str:
    """Give where the merchant reads mail: where answers go."""
    return sender.reply_to or sender.email


async def send_test(
    context: Context, mailer: Callable[[], Mailer] | None, letter: Letter, facts: LetterFacts
) -> Done:
    """Send a letter to the merchant alone; it is no reminder, and only the event stays.

    Raises:
        NotDelivered: The mail server did not take it.
        NotPossible: It cannot be filled in, no account is set up, or sending is paused.
    """
    if mailer is None:
        raise NotPossible("No mail account is set up yet. Run the setup in Settings (6).")
    sender, now, zone = context.settings.sender, context.clock.now(), context.shop.tz
    if not sender.email:
        raise NotPossible(NO_ADDRESS)
    if paused := await context.ledger.read(lambda book: pausing.sentence(book, now, zone)):
        raise NotPossible(f"Not sent: {paused}.")
    wall = context.clock.wall()

    def build() -> Envelope:
        from cartdesk.adapters.mail import message
        from cartdesk.domain.letters import render

        rendered = render(letter, facts)
        return Envelope(
            _NO_LETTER,
            sender.email,
            own_address(sender),
            message.build(
                replace(rendered, subject=f"{TEST} {rendered.subject}"),
                sender=sender,
                to_name=sender.name,
                to_email=own_address(sender),
                message_id=message.new_message_id(sender.email.rpartition("@")[2]),
                date=wall,
            ),
        )

    try:
        envelope = await asyncio.to_thread(build)
    except ValueError as problem:
        raise NotPossible(str(problem)) from None
    outcome = await asyncio.to_thread(_sent, mailer, envelope)
    said = in_words(outcome)
    data = {"letter": letter.name, "language": letter.language, "said": said}
    with suppress(LedgerProblem):  # it went or not whether or not it can be noted
        await context.ledger(
            lambda book: book.events.add("letter.tested", context.clock.now(), data=data)
        )
    if isinstance(outcome, Accepted):
        return Done(f"Sent a test to {envelope.recipient}")
    if isinstance(outcome, Unknown):
        raise NotDelivered(f"Nobody can know whether the test went out: {said}. Look for it there.")
    raise NotDelivered(f"The test did not go out. {said[:1].upper()}{said[1:]}")


def _sent(make: Callable[[], Mailer], envelope: Envelope) -> Outcome:
    mailer = make()
    try:
        return mailer.open() or mailer.send(envelope, lambda: None)
    finally:
        mailer.close()
