"""Small questions: yes or no with Cancel focused, and a choice from a short list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, OptionList, Static
from textual.widgets.option_list import Option

from cartdesk.domain.views import Check
from cartdesk.tui.facts import Facts
from cartdesk.tui.text import MUTED, VERDICT_SIGNS, Look, line


class Ask(ModalScreen[bool]):
    """Ask before something that cannot be taken back, or that touches many letters.

    Args:
        title: The question.
        body: What would happen, with the facts.
        yes: The word on the button that does it.
        must_type: Text the person has to type before the button works.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "yes", "Yes"),
        Binding("n,escape", "no", "Cancel"),
        Binding("left,right,up,down", "app.focus_next", "Move", show=False),
    ]

    def __init__(self, title: str, body: Content, *, yes: str, must_type: str = "") -> None:
        super().__init__()
        self._title, self._body, self._yes, self._must_type = title, body, yes, must_type

    def compose(self) -> ComposeResult:
        """Lay out the question; Cancel has the focus unless something must be typed."""
        with Vertical(classes="dialog"):
            yield Static(line((self._title, "bold")), classes="dialog-title")
            with VerticalScroll(classes="dialog-body", can_focus=False):
                yield Static(line(self._body))
            if self._must_type:
                yield Static(line((f"Type {self._must_type} to go on:", MUTED)))
                yield Input(id="typed", compact=True)
            with Horizontal(classes="dialog-buttons"):
                yield Button(line("Cancel (n)"), id="no", compact=True)
                yes = f"{self._yes} (y)" if not self._must_type else self._yes
                yield Button(
                    line(yes), id="yes", variant="primary", compact=True, disabled=self._locked("")
                )

    def on_mount(self) -> None:
        """Put the focus where it does no harm."""
        self.query_one("#typed" if self._must_type else "#no").focus()

    def _locked(self, typed: str) -> bool:
        return bool(self._must_type) and typed.strip() != self._must_type

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self.query_one("#yes", Button).disabled = self._locked(event.value)

    @on(Input.Submitted)
    @on(Button.Pressed, "#yes")
    def action_yes(self) -> None:
        """Do it, when what must be typed was typed."""
        typed = self.query_one("#typed", Input).value if self._must_type else ""
        if not self._locked(typed):
            self.dismiss(True)

    @on(Button.Pressed, "#no")
    def action_no(self) -> None:
        """Leave everything as it is."""
        self.dismiss(False)


class Choose(ModalScreen[str | None]):
    """A choice from a short list; escape chooses nothing.

    Args:
        title: What is chosen.
        choices: Key and text of each choice; the first one has the cursor.
        body: Facts to decide by.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "cancel", "Cancel"),
        Binding("j", "move('cursor_down')", "Down", show=False),
        Binding("k", "move('cursor_up')", "Up", show=False),
    ]

    def __init__(
        self,
        title: str,
        choices: Sequence[tuple[str, Content]],
        body: Sequence[tuple[str, Content]] = (),
    ) -> None:
        super().__init__()
        self._title, self._choices, self._body = title, choices, body

    def compose(self) -> ComposeResult:
        """Lay out the facts and the choices."""
        with Vertical(classes="dialog"):
            yield Static(line((self._title, "bold")), classes="dialog-title")
            if self._body:
                yield Facts()
            yield OptionList(
                *(Option(line(text), id=key) for key, text in self._choices), compact=True
            )
            yield Static(line(("enter chooses · esc cancels", MUTED)), classes="dialog-hint")

    def on_mount(self) -> None:
        """Put the cursor on the first choice."""
        if self._body:
            self.query_one(Facts).show_facts(self._body)
        choices = self.query_one(OptionList)
        choices.highlighted = 0
        choices.focus()

    def action_move(self, action: str) -> None:
        """Move the cursor by letter keys."""
        getattr(self.query_one(OptionList), f"action_{action}")()

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option_id)

    def action_cancel(self) -> None:
        """Choose nothing."""
        self.dismiss(None)


class Explain(ModalScreen[None]):
    """A card of facts to read: why a cart is where it is, how a figure is counted."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,i,enter,q", "close", "Close")]

    def __init__(self, title: str, pairs: Sequence[tuple[str, Content]]) -> None:
        super().__init__()
        self._title, self._pairs = title, pairs

    def compose(self) -> ComposeResult:
        """Lay out the card."""
        with Vertical(classes="dialog -wide"):
            yield Static(line((self._title, "bold")), classes="dialog-title")
            with VerticalScroll(classes="dialog-body"):
                yield Facts()
            yield Static(line(("esc closes", MUTED)), classes="dialog-hint")

    def on_mount(self) -> None:
        """Show the facts."""
        self.query_one(Facts).show_facts(self._pairs)

    def action_close(self) -> None:
        """Close the card."""
        self.dismiss(None)


def grouped_checks(groups: Mapping[str, Sequence[Check]], look: Look) -> list[tuple[str, Content]]:
    """Write groups of rules below their headings."""
    found: list[tuple[str, Content]] = []
    for heading, checks in groups.items():
        found += [("", line(""))] if found else []
        found += [("", line((heading, "bold"))), *check_pairs(checks, look)]
    return found


def check_pairs(checks: Sequence[Check], look: Look) -> list[tuple[str, Content]]:
    """Write each rule with its verdict, its datum, when that was learnt and what mends it."""
    found: list[tuple[str, Content]] = []
    for check in checks:
        sign = VERDICT_SIGNS[check.verdict]
        found.append((check.rule, line((f"{sign.mark} ", sign.style), check.sentence)))
        known = f"{check.datum} " if check.datum else ""
        known += f"(known {look.day(check.at)})" if check.at else ""
        if known:
            found.append(("", line((f"  {known}", MUTED))))
        if check.mend:
            found.append(("", line(f"  → {check.mend}")))
    return found or [("", line(("No rule has looked at this cart yet.", MUTED)))]
