"""Questions about feedback: what a piece means, and what somebody said elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static, TextArea

from cartdesk.domain.feedback.reasons import Mood, Reason
from cartdesk.domain.feedback.views import TYPED_IN, Piece, Source
from cartdesk.tui.facts import Facts
from cartdesk.tui.feedback_look import KINDS, MOODS, meaning
from cartdesk.tui.rows import Row, RowList
from cartdesk.tui.text import BAD, CARE, MUTED, TINT, fit, line

Meaning = tuple[tuple[Reason, ...], Mood]


class CorrectDialog(ModalScreen[Meaning | None]):
    """What a piece means: any number of reasons, and a mood.

    The same wording means it from then on, here and later.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,x", "mark", "Mark", tooltip="The reason under the cursor is named, or not"),
        Binding("m", "mood", "Mood", tooltip="Happy, neutral or unhappy"),
        Binding("enter", "keep", "Keep", priority=True, tooltip="Keep it so"),
        Binding("escape,q", "cancel", "Cancel"),
    ]

    def __init__(self, piece: Piece) -> None:
        super().__init__()
        self._piece = piece
        self._named = {found.reason for found in piece.reasons}
        self._mood = piece.mood

    def compose(self) -> ComposeResult:
        """Lay out the words, the reasons and the mood."""
        with Vertical(classes="dialog", id="correct"):
            yield Static(line(("What does it mean?", "bold")), classes="dialog-title")
            yield Facts()
            yield RowList(id="reasons-of")
            yield Static(id="mood")
            yield Static(
                line(("space marks · m mood · enter keeps · esc cancels", MUTED)),
                classes="dialog-hint",
            )

    def on_mount(self) -> None:
        """Show what is known now."""
        words = self._piece.text.replace("\n", " ")
        self.query_one(Facts).show_facts(
            [
                ("Said", line(f"“{fit(words, min(150, len(words))).strip()}”")),
                ("Read", meaning(self._piece)),
            ]
        )
        self._show()
        listing = self.query_one(RowList)
        first = next((place for place, one in enumerate(Reason) if one in self._named), 0)
        listing.highlighted = first
        listing.focus()

    def _show(self) -> None:
        rows = [Row(reason, partial(self._paint, reason), 1) for reason in Reason]
        self.query_one(RowList).show_rows(rows)
        mood = MOODS[self._mood]
        self.query_one("#mood", Static).update(
            line((" Mood  ", MUTED), mood.content, ("   m changes it", MUTED))
        )

    def _paint(self, reason: Reason, width: int) -> Content:
        marked = reason in self._named
        return line(
            " ", ("x " if marked else "· ", "bold"), (fit(reason.title, width - 4), _style(marked))
        )

    def action_mark(self) -> None:
        """Name the reason under the cursor, or not."""
        if key := self.query_one(RowList).key:
            self._named ^= {Reason(key)}
            self._show()

    def action_mood(self) -> None:
        """Go on to the next mood."""
        moods = tuple(Mood)
        self._mood = moods[(moods.index(self._mood) + 1) % len(moods)]
        self._show()

    @on(OptionList.OptionSelected)
    def _clicked(self) -> None:
        self.action_mark()

    def action_keep(self) -> None:
        """Keep it so."""
        self.dismiss((tuple(one for one in Reason if one in self._named), self._mood))

    def action_cancel(self) -> None:
        """Leave it as it is."""
        self.dismiss(None)


def _style(marked: bool) -> str:
    return TINT if marked else ""


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody said elsewhere, as it was typed in."""

    source: Source
    text: str
    who: str
    email: str
    cart_id: int | None


class NoteDialog(ModalScreen[Note | None]):
    """What somebody said in a chat, on the phone or in social media."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "keep", "Keep", priority=True),
        Binding("f2", "source", "Where", priority=True),
        Binding("escape", "cancel", "Cancel"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._source = Source.PHONE

    def compose(self) -> ComposeResult:
        """Lay out the text and who said it."""
        with Vertical(classes="dialog", id="note"):
            yield Static(id="note-source", classes="dialog-title")
            text = TextArea(id="note-text", soft_wrap=True, tab_behavior="focus")
            text.cursor_blink = False
            yield text
            for name, label, hint in (
                ("who", "Name", "may be left empty"),
                ("email", "E-mail", "finds the person's open cart"),
                ("cart", "Cart", "its number in cartdesk, if it is about one"),
            ):
                with Horizontal(classes="field"):
                    yield Static(line((label, MUTED)), classes="field-label")
                    field = Input(placeholder=hint, id=f"note-{name}", compact=True)
                    field.cursor_blink = False
                    yield field
            yield Static(id="note-said")
            yield Static(
                line(("ctrl+s keeps · f2 chat, phone, social · esc cancels", MUTED)),
                classes="dialog-hint",
            )
            yield Static(line(("A survey: cartdesk feedback import FILE", MUTED)))

    def on_mount(self) -> None:
        """Type at once."""
        self._show()
        self.query_one(TextArea).focus()

    def _show(self) -> None:
        self.query_one("#note-source", Static).update(
            line(("What somebody said: ", "bold"), (KINDS[self._source], CARE))
        )

    def action_source(self) -> None:
        """Go on to the next place it was said at."""
        self._source = TYPED_IN[(TYPED_IN.index(self._source) + 1) % len(TYPED_IN)]
        self._show()

    def action_keep(self) -> None:
        """Keep it, when there are words."""
        text = self.query_one(TextArea).text.strip()
        cart = self._field("cart").lstrip("#")
        if not text:
            self._wrong("Type what they said first.")
        elif cart and not (cart.isascii() and cart.isdecimal() and len(cart) < 16):
            self._wrong("A cart is a number; leave it empty if you do not know it.")
        else:
            number = int(cart) if cart else None
            who, email = self._field("who"), self._field("email")
            self.dismiss(Note(self._source, text, who, email, number))

    def _field(self, name: str) -> str:
        return self.query_one(f"#note-{name}", Input).value.strip()

    def _wrong(self, sentence: str) -> None:
        self.query_one("#note-said", Static).update(line((f"✗ {sentence}", BAD)))

    def action_cancel(self) -> None:
        """Keep nothing."""
        self.dismiss(None)
