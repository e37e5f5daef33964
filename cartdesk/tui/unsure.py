"""The question what became of a letter nobody can know about, with whatever can be found out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from cartdesk.domain.checks import proof
from cartdesk.domain.views import Check, QueueItem, Verdict
from cartdesk.tui.dialogs import Choose
from cartdesk.tui.facts import Facts
from cartdesk.tui.text import BAD, GOOD, MUTED, Look, line

if TYPE_CHECKING:
    from cartdesk.tui.house import House

_TITLE = "Nobody knows whether this letter went out"
_SIGNS = {Verdict.OK: ("✓", GOOD), Verdict.STOP: ("✗", BAD), Verdict.WARN: ("·", MUTED)}
_LOOKING = ("Proof", line(("Looking into your mailbox …", MUTED)))


class UnsureDialog(Choose):
    """Leave it, it went out, or send it again; what proves something is shown as it is found.

    The cursor stays on "leave it" until the person moves it.
    """

    def __init__(self, item: QueueItem, look: Look) -> None:
        reminder = item.reminder
        self._letter, self._look = reminder.id, look
        self._known = (
            ("To", line(f"{item.row.name} <{reminder.email or item.row.email}>")),
            ("Sent", line(look.day(reminder.sent_at or reminder.approved_at))),
            ("Server", line(reminder.said or "The connection ended before it answered.")),
            ("Message-ID", line(reminder.message_id or "-")),
        )
        choices = (
            ("leave", line("Leave it: send nothing, count it as sent")),
            ("sent", line("It went out: I have seen that it did")),
            ("again", line("Send it again: the same letter with the same Message-ID")),
        )
        super().__init__(_TITLE, choices, (*self._known, _LOOKING))

    def compose(self) -> ComposeResult:
        """Lay out the facts, with room for what will be found, and the choices."""
        with Vertical(classes="dialog -wide"):
            yield Static(line((self._title, "bold")), classes="dialog-title")
            with VerticalScroll(classes="dialog-body", can_focus=False):
                yield Facts()
            yield OptionList(
                *(Option(line(text), id=key) for key, text in self._choices), compact=True
            )
            yield Static(line(("enter chooses · esc cancels", MUTED)), classes="dialog-hint")

    def on_mount(self) -> None:
        """Look for more than is known; Textual lets the dialog's own ``on_mount`` run too."""
        self.find_out()

    @work(group="evidence")
    async def find_out(self) -> None:
        """Look into the mailbox; that takes seconds, and nobody has to wait for it."""
        house = cast("House", self.app)
        lines = await house.attempt(house.desk.evidence(self._letter)) or ()
        if not self.is_attached:
            return
        self.query_one(Facts).show_facts((*self._known, *proof_pairs(lines, self._look)))
        found, choices = proof(lines), self.query_one(OptionList)
        if found is not None:
            went_out = found.verdict is Verdict.OK
            words = "It went out" if went_out else "It did not arrive"
            choices.add_options([Option(line(f"{words}: go by the proof"), id="proof")])
            if went_out:
                choices.disable_option("again")


def proof_pairs(lines: Sequence[Check], look: Look) -> list[tuple[str, Content]]:
    """Write what was found, each line with its sign; what proves something stands first."""
    found: list[tuple[str, Content]] = []
    for check in (each for each in lines if each.rule != "connection"):  # stands above
        sign, style = _SIGNS[check.verdict]
        known = check.datum or (look.day(check.at) if check.at else "")
        said = line((f"{sign} ", style), check.sentence, (f" ({known})" if known else "", MUTED))
        found.append(("Proof" if not found else "", said))
        if check.mend:
            found.append(("", line(f"  → {check.mend}")))
    return found
