"""Feedback over the real demo shop: its shoppers write back, and one of them is answered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from textual.widgets import TextArea

from cartdesk.demo.world import World
from cartdesk.domain.feedback.views import FeedbackFilter, PieceState, Source, Tab
from tests.desks import Bench
from tests.tui.screens import NARROW, WIDE, Shown, running


@asynccontextmanager
async def replies(directory: Path, size: tuple[int, int] = WIDE) -> AsyncIterator[Shown]:
    """Run the app over the demo shop when two of its shoppers have written back."""
    async with World(directory, speed=0) as world:
        bench = Bench(world, directory)
        sending = bench.another(mailbox=world.mailbox)
        await sending.start()
        await sending.poll()
        for hours in (1, 3, 5):
            queue = await sending.queue()
            ready = [x.reminder.id for x in queue.items if x.stop is None]
            await sending.send_now(ready)
            world.clock.advance(timedelta(hours=hours))
            await sending.poll()
        await sending.close()
        bench.desk = bench.another(mailbox=world.mailbox)
        async with running(bench.desk, world.clock, size, maildir=world.maildir) as pilot:
            yield Shown(bench, pilot)


async def test_a_shoppers_reply_is_read_and_answered_in_its_thread(tmp_path: Path) -> None:
    async with replies(tmp_path) as shown:
        await shown.sees("2 REPLIES")
        await shown.press("f")
        await shown.sees("[WAITING 2]", "Lena Groß", "Shipping costs too much")
        desk = shown.bench.desk
        first = (await desk.feedback.page(FeedbackFilter(tab=Tab.WAITING))).rows[0]
        assert (first.who, first.source) == ("Lena Groß", Source.REPLY)
        await shown.press("j")
        await shown.sees("[@click=app.quit]Hello[/]", "When would it arrive in Leeds?")
        await shown.press("k", "a")
        await shown.sees("Is there a cheaper way?", "Re: You left something in your basket")
        shown.app.screen.query_one(TextArea).insert("Yes: **parcel shop**, 4 €.")
        await shown.press("ctrl+s")
        await shown.sees("Yes: parcel shop, 4 €.", "sender complete", "in their language")
        before = shown.bench.mails()
        await shown.press("a")
        await shown.sees("Approved the letter to Lena Groß", "answer leaves in")
        shown.world.clock.advance(timedelta(seconds=21))
        await shown.sees("1 sent", "[WAITING 1]")
        (new,) = [mail for mail in shown.bench.mails() if mail not in before]
        answer = message_from_bytes(new, policy=default)
        assert first.thread is not None
        assert answer["In-Reply-To"] == first.thread.message_id
        assert answer["To"].addresses[0].addr_spec == "lena.gross@example.net"
        assert (await desk.feedback.piece(first.id)).state is PieceState.ANSWERED
        letters = [item.reminder.email for item in (await desk.queue()).items]
        assert "lena.gross@example.net" not in letters  # who wrote back gets no reminder


async def test_at_80_columns_the_piece_opens_with_its_person_and_is_put_aside_and_back(
    tmp_path: Path,
) -> None:
    async with replies(tmp_path, NARROW) as shown:
        await shown.press("3")
        await shown.sees("[WAITING 2]")
        await shown.press("enter")
        await shown.sees("lena.gross@example.net", "never bought before", "○ abandoned")
        await shown.press("m")
        await shown.sees("Marked as handled: Lena Groß")
        await shown.press("escape")
        await shown.sees("[WAITING 1]")
        await shown.press("u")
        await shown.sees("Took back the mark", "[WAITING 2]")
