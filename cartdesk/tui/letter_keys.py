"""The keys that work on a letter, shared by the Queue and the review of one letter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType

from cartdesk.domain.language import own_name
from cartdesk.domain.lifecycle.schedule import ANSWER
from cartdesk.domain.model import ReminderState
from cartdesk.domain.money import sums
from cartdesk.domain.views import Check, QueueItem
from cartdesk.tui.base import DeskScreen
from cartdesk.tui.dialogs import Ask, Choose, Explain, grouped_checks
from cartdesk.tui.links import visit
from cartdesk.tui.text import CARE, MUTED, Look, line, stack

TYPED_ABOVE = 25
_CHANGING = {
    "approve",
    "edit",
    "hand_over",
    "language",
    "skip",
    "later",
    "stop",
    "approve_all",
    "send_now",
}
_ON_A_LETTER = {*_CHANGING, "preview", "why", "web", "copy", "mark", "order", "select"}


class LetterKeys(DeskScreen):
    """A screen with a letter under the cursor."""

    KEY_ORDER = (
        "approve",
        "edit",
        "skip",
        "later",
        "undo",
        "select",
        "approve_all",
        "preview",
        "stop",
        "why",
        "filter",
        "mark",
        "send_now",
        "ask",
        "back",
        "order",
        "language",
        "hand_over",
        "web",
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "approve", "Approve", tooltip="Send this letter after a short hold"),
        Binding("e", "edit", "Edit", tooltip="Change the text of this one letter"),
        Binding("s", "skip", "Skip", tooltip="Do not send this step; the next one stays planned"),
        Binding("z", "later", "Later", tooltip="Bring the letter back at another time"),
        Binding("d", "stop", "No contact", tooltip="Never write to this person again"),
        Binding("p", "preview", "Preview", tooltip="See exactly what will be sent"),
        Binding("l", "language", "Language", tooltip="Write this one letter in another language"),
        Binding("i", "why", "Why", tooltip="Every rule that put this letter here or stops it"),
        Binding("w", "web", "Web", tooltip="Open the link back to the basket in the browser"),
        Binding("h", "hand_over", "Phone", tooltip="WhatsApp, text or call (failed or high value)"),
        Binding("y", "copy", "Copy", show=False, tooltip="Copy the e-mail address"),
        Binding("S", "send_now", "Send now", tooltip="Send without the hold (asks first)"),
    ]

    @property
    def item(self) -> QueueItem | None:
        """The letter under the cursor."""
        raise NotImplementedError

    @property
    def chosen(self) -> Sequence[QueueItem]:
        """The marked letters, or the one under the cursor."""
        return (self.item,) if self.item else ()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide keys that need a letter when there is none, or change something when read-only."""
        if action in _CHANGING and self.desk.read_only:
            return False
        if action in _ON_A_LETTER and self.is_mounted and self.item is None:
            return False
        return super().check_action(action, parameters)

    @work
    async def action_approve(self) -> None:
        """Hold the letter, to leave when the hold is over; several are asked about first."""
        chosen = self.chosen
        if len(chosen) == 1:
            if chosen[0].reminder.state is ReminderState.UNSURE:
                await self._settle(chosen[0])
            elif chosen[0].ask is not None:
                await self._approve_knowingly(chosen[0], chosen[0].ask)
            else:
                self.house.perform(self.desk.approve(chosen[0].reminder.id))
        elif chosen:
            await self.approve_many(chosen)

    async def approve_many(self, items: Sequence[QueueItem], answers: int = 0) -> None:
        """Ask, then hold many letters; above a limit the number must be typed.

        Those with a question of their own are left out, to be approved each by itself.

        Args:
            items: What may go.
            answers: How many answers to people were left out already.
        """
        asking = sum(item.ask is not None for item in items)
        items = [item for item in items if item.ask is None]
        left = " ".join(_left_out(asking, answers))
        if not items:
            self.house.tell(left, trouble=True)
            return
        count, hold = len(items), self.desk.settings.sequence.hold_seconds
        many = "1 letter" if count == 1 else f"{count} letters"
        body = stack(
            line(f"To {first_names(items)}"),
            line(f"The baskets add up to {money_of(items, self.look)}."),
            line(left),
            line(f"They leave after {hold} s; until then u takes them all back."),
        )
        typed = str(count) if count > TYPED_ABOVE else ""
        ask = Ask(f"Approve {many}?", body, yes=f"Approve {count}", must_type=typed)
        if await self.app.push_screen_wait(ask):
            self.house.perform(self.desk.approve_all([item.reminder.id for item in items]))

    @work
    async def action_send_now(self) -> None:
        """Send without the hold, after a question."""
        items = self.chosen
        if not items:
            return
        count = len(items)
        many = "this letter" if count == 1 else f"{count} letters"
        asking = [item.ask.sentence for item in items if item.ask is not None]
        more = f" (and {len(asking) - 1} more)" if len(asking) > 1 else ""
        body = stack(
            line(f"To {first_names(items)}"),
            line("It leaves at once and cannot be taken back."),
            *(line((f"{sentence}{more}.", CARE)) for sentence in asking[:1]),
        )
        typed = str(count) if count > TYPED_ABOVE else ""
        ask = Ask(f"Send {many} now?", body, yes="Send now", must_type=typed)
        if await self.app.push_screen_wait(ask):
            ids = [item.reminder.id for item in items]
            sending = self.desk.send_now(ids, self.house.report, knowingly=bool(asking))
            self.house.perform(sending)

    def action_skip(self) -> None:
        """Skip this step."""
        for item in self.chosen:
            self.house.perform(self.desk.skip(item.reminder.id))

    @work
    async def action_later(self) -> None:
        """Bring the letter back at a time from a short list."""
        item = self.item
        if item is None:
            return
        choices = self.desk.later_choices()
        wide = max((len(name) for name, _ in choices), default=0) + 2
        shown = [
            (str(place), line(name.ljust(wide), (self.look.day(at), MUTED)))
            for place, (name, at) in enumerate(choices)
        ]
        title = f"Bring back the letter to {who(item)}"
        answer = await self.app.push_screen_wait(Choose(title, shown))
        if answer is not None:
            until = choices[int(answer)][1]
            self.house.perform(self.desk.later(item.reminder.id, until))

    @work
    async def action_stop(self) -> None:
        """Never write to this person again, after a question."""
        item = self.item
        if item is None:
            return
        body = stack(
            line(f"No letter will go to {item.row.email or who(item)} any more,"),
            line("for this basket and all later ones. u takes it back."),
        )
        ask = Ask(f"Do not contact {who(item)}?", body, yes="Do not contact")
        if await self.app.push_screen_wait(ask):
            self.house.perform(self.desk.stop(item.row.id))

    @work
    async def action_edit(self) -> None:
        """Give this one letter its own text."""
        from cartdesk.tui.edit import EditScreen

        item = self.item
        if item is not None and item.reminder.sequence == ANSWER:
            from cartdesk.tui.answer import AnswerScreen

            draft = await self.house.attempt(self.desk.answers.draft(item.reminder.step))
            if draft is not None:
                await self.app.push_screen(AnswerScreen(draft))
        elif item is not None:
            preview = await self.house.attempt(self.desk.preview(item.reminder.id))
            if preview is not None:
                await self.app.push_screen(EditScreen(preview))

    @work
    async def action_language(self) -> None:
        """Write this one letter in another language."""
        item = self.item
        preview = await self.house.attempt(self.desk.preview(item.reminder.id)) if item else None
        if item is None or preview is None:
            return
        tongue = preview.tongue
        if tongue is None or len(preview.languages) < 2:
            self.house.tell("There is no other language for this letter.", trouble=True)
            return
        now = line(f"It is in {own_name(tongue.language)}: {tongue.reason}.")
        shown = [(one, line(own_name(one))) for one in preview.languages if one != tongue.language]
        title = f"Write to {who(item)} in another language"
        answer = await self.app.push_screen_wait(Choose(title, shown, [("", now)]))
        if answer is not None:
            self.house.perform(self.desk.speak(item.reminder.id, answer))

    @work
    async def action_hand_over(self) -> None:
        """Go over to the phone for this cart."""
        from cartdesk.tui.handoffs import hand_over

        if item := self.item:
            await hand_over(self.house, item.row.id, who(item))

    @work
    async def action_preview(self) -> None:
        """Show the exact bytes."""
        from cartdesk.tui.preview import PreviewScreen

        if item := self.item:
            preview = await self.house.attempt(self.desk.preview(item.reminder.id))
            if preview is not None:
                await self.app.push_screen(PreviewScreen(preview))

    @work
    async def action_why(self) -> None:
        """Show every rule with its datum: why the cart is here, and what stops the letter."""
        if item := self.item:
            here = await self.house.attempt(self.desk.why(item.row.id))
            preview = await self.house.attempt(self.desk.preview(item.reminder.id))
            if preview is not None:
                groups = {
                    "WHY THIS CART IS HERE": here or (),
                    "CHECKED BEFORE SENDING": preview.checks,
                }
                pairs = grouped_checks(groups, self.look)
                await self.app.push_screen(Explain(f"Why: letter to {who(item)}", pairs))

    @work
    async def action_web(self) -> None:
        """Open the link back to the basket."""
        if item := self.item:
            detail = await self.house.attempt(self.desk.cart(item.row.id))
            if detail is not None:
                await visit(self.house, detail.link, detail.link_note)

    def action_copy(self) -> None:
        """Copy the e-mail address."""
        if (item := self.item) and item.row.email:
            self.app.copy_to_clipboard(item.row.email)
            self.house.tell(f"Copied {item.row.email}")

    async def _approve_knowingly(self, item: QueueItem, check: Check) -> None:
        """Hold a letter once the question of one of its checks was answered with yes."""
        body = stack(line((f"{check.sentence}.", CARE)), line("Send another letter all the same?"))
        if await self.app.push_screen_wait(Ask(f"Write to {who(item)}?", body, yes="Approve")):
            self.house.perform(self.desk.approve(item.reminder.id, knowingly=True))

    async def _settle(self, item: QueueItem) -> None:
        """Ask a person what became of a letter nobody can know about."""
        from cartdesk.tui.unsure import UnsureDialog

        answer = await self.app.push_screen_wait(UnsureDialog(item, self.look))
        if answer is not None:
            self.house.perform(self.desk.settle(item.reminder.id, answer))


def who(item: QueueItem) -> str:
    """Name the person behind a letter."""
    return item.row.name or item.row.email or f"cart {item.row.number}"


def _left_out(asking: int, answers: int) -> Iterator[str]:
    """Say what is not approved with the others."""
    if asking:
        yield f"{asking} left out, as another sender wrote: approve each by itself."
    if answers:
        what = "1 answer to a person" if answers == 1 else f"{answers} answers to people"
        yield f"{what} left out, as it may be half written: approve each by itself (a)."


def first_names(items: Sequence[QueueItem], most: int = 5) -> str:
    """Name the first few persons and count the others."""
    names = [_first_name(item) for item in items]
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def _first_name(item: QueueItem) -> str:
    first = item.row.name.split(" ")[0]
    return first if first and not first.endswith(".") else who(item)


def money_of(items: Sequence[QueueItem], look: Look) -> str:
    """Add up the baskets, currency by currency; an answer is about no basket."""
    totals = (item.row.total for item in items if item.reminder.sequence != ANSWER)
    return " + ".join(look.money(sum_) for sum_ in sums(totals)) or "-"
