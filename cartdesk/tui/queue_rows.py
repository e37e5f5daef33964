"""How a letter looks as a row of the Queue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from textual.content import Content

from cartdesk.domain.lifecycle.schedule import ANSWER
from cartdesk.domain.model import ReminderState
from cartdesk.domain.views import QueueItem
from cartdesk.tui.text import BAD, CARE, LETTER_SIGNS, MUTED, STRONG, Look, cells, fit, line, stack

_LEAD = 3  # cursor, mark, sign
_STEP = 3


@dataclass(frozen=True, slots=True)
class Widths:
    """The widths of the columns, taken from what stands in them."""

    number: int
    total: int

    @classmethod
    def of(cls, items: Iterable[QueueItem], look: Look) -> Widths:
        """Measure the letters of the list."""
        rows = [item.row for item in items]
        return cls(
            min(8, max((cells(row.number) for row in rows), default=1)),
            min(14, max((cells(look.money(row.total)) for row in rows), default=5)),
        )

    def _name(self, width: int) -> int:
        return max(6, width - _LEAD - self.number - 2 - 2 - self.total - 2 - _STEP - 1)

    def columns(self, width: int) -> Content:
        """Write the names of the columns above the rows."""
        name = fit("who", self._name(width))
        number, total = fit("#", self.number), fit("total", self.total, right=True)
        return line((f"{' ' * _LEAD}{number}  {name}  {total} step", MUTED))

    def row(self, item: QueueItem, look: Look, width: int, *, marked: bool) -> Content:
        """Write one letter: a line, and below it what there is to know now."""
        reminder, cart = item.reminder, item.row
        sign = LETTER_SIGNS[reminder.state]
        name = cart.name or cart.email or "(no name)"
        head = line(
            " ",
            ("x" if marked else " ", STRONG),
            (sign.mark, sign.style),
            fit(cart.number, self.number),
            "  ",
            (fit(name, self._name(width)), "" if cart.name else MUTED),
            "  ",
            fit(look.money(cart.total), self.total, right=True),
            (fit(_step(item), _STEP + 2, right=True), MUTED),
        )
        note = _note(item, look)
        if note is None:
            return head
        indent = " " * (_LEAD + self.number + 2)
        text, style = note
        return stack(head, line(indent, (fit(text, width - len(indent) - 1), style)))


def _step(item: QueueItem) -> str:
    answers = item.reminder.sequence == ANSWER
    return "reply" if answers else f"{item.reminder.step}/{item.steps}"


def _note(item: QueueItem, look: Look) -> tuple[str, str] | None:
    """Say what the row needs to say: countdown, the server's words, what stops it."""
    reminder = item.reminder
    said = reminder.said or "the server gave no reason"
    match reminder.state:
        case ReminderState.HELD:
            return f"sends in {look.left(reminder.held_until)} · u to undo", CARE
        case ReminderState.OPEN | ReminderState.DOT:
            return "being sent now", CARE
        case ReminderState.REFUSED:
            return said, BAD
        case ReminderState.DEFERRED:
            again = f", again {look.day(reminder.not_before)}" if reminder.not_before else ""
            return f"put off{again}: {said}", BAD
        case ReminderState.UNSURE:
            return "not sure it went · enter to answer", CARE
        case ReminderState.HELD_OUT:
            return "held out · gets no letter, i says why", MUTED
        case _ if item.stop:
            return f"✗ {item.stop.sentence}", BAD
        case ReminderState.READY if item.ask:
            return f"! {item.ask.sentence}", CARE
        case _ if item.help_now:
            return "! payment failed · help now", CARE
        case _ if reminder.said:
            return reminder.said, CARE
    return None
