"""Answering from the terminal: the words, ready-made ones, the exact mail, and approving it."""

from __future__ import annotations

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static, TextArea

from cartdesk.desk import NotPossible
from cartdesk.domain.feedback.answers import AnswerDraft
from cartdesk.domain.model import ReminderState
from cartdesk.domain.views import Preview
from cartdesk.tui.base import PushedScreen
from cartdesk.tui.dialogs import Ask, Choose, Explain, check_pairs
from cartdesk.tui.facts import Facts
from cartdesk.tui.preview import PreviewScreen
from cartdesk.tui.text import BAD, MUTED, VERDICT_SIGNS, Fact, fit, line, paragraphs


class AnswerScreen(PushedScreen):
    """An answer being written, with what it answers above."""

    MODE = "feedback"
    ABOUT = "Your answer, in the same thread. ctrl+s shows the exact mail; a there approves it."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "show", "See the mail", priority=True, tooltip="Keep and see the mail"),
        Binding("f2", "ready", "Ready answer", tooltip="Put in a ready-made answer"),
        Binding("escape", "back", "Back", tooltip="Go back; asks when something was changed"),
    ]

    def __init__(self, draft: AnswerDraft) -> None:
        super().__init__()
        self._draft = draft
        self._kept = draft.text

    def body(self) -> ComposeResult:
        """Lay out what is answered, and the words."""
        with VerticalScroll(id="answer-to", can_focus=False):
            yield Facts()
            yield Static(paragraphs(self._draft.piece.text, MUTED), id="answer-quote")
        area = TextArea(self._draft.text, id="edit-text", soft_wrap=True)
        area.cursor_blink = False
        yield area
        yield Static(id="edit-said")

    def on_mount(self) -> None:
        """Type at once, below the greeting."""
        super().on_mount()
        draft = self._draft
        facts: list[Fact] = [
            ("To", line((draft.to, "bold"), (f"  {draft.language}", MUTED))),
            ("Subject", line(draft.subject)),
            ("Said", line((f"by {draft.piece.who or draft.to}, quoted below your words", MUTED))),
        ]
        self.query_one(Facts).show_facts(facts)
        area = self.query_one(TextArea)
        area.move_cursor((2 if draft.reminder is None else 0, 0))
        area.focus()
        self._say()

    def _say(self, wrong: str = "") -> None:
        hint = self._draft.trouble or "f2 puts in a ready-made answer · ctrl+s shows the mail"
        self.query_one("#edit-said", Static).update(
            line((f"✗ {wrong}", BAD)) if wrong else line((hint, MUTED))
        )

    @on(TextArea.Changed)
    def _typed(self) -> None:
        self._say()

    @property
    def text(self) -> str:
        """The words as they stand."""
        return self.query_one(TextArea).text

    @work
    async def action_ready(self) -> None:
        """Put in a ready-made answer."""
        answers = self._draft.canned
        if not answers:
            self.house.tell(self._draft.trouble or "There is no ready-made answer.", trouble=True)
            return
        shown = [
            (str(place), line(title, (f"  {fit(text.replace(chr(10), ' '), 40)}", MUTED)))
            for place, (title, text) in enumerate(answers)
        ]
        answer = await self.app.push_screen_wait(Choose("Put in a ready-made answer", shown))
        if answer is not None:
            self.query_one(TextArea).insert(answers[int(answer)][1])

    @work
    async def action_show(self) -> None:
        """Keep the words and show the mail as it will go; when it cannot go, say why."""
        try:
            kept = await self.desk.answers.keep(self._draft.piece.id, self.text)
        except NotPossible as error:
            self._say(str(error))
            return
        self._kept = self.text
        self.house.publish("desk")
        preview = await self.house.attempt(self.desk.preview(kept.id))
        if preview is not None and self.is_current:
            await self.app.push_screen_wait(AnswerPreview(preview))
            now = await self.desk.answers.of([self._draft.piece.id])
            if now[kept.step].state is not ReminderState.READY and self.is_current:
                self.dismiss()  # approved: it leaves after its hold

    def action_back(self) -> None:
        """Go back; changed words are not thrown away without a question."""
        self.leave()

    @work
    async def leave(self) -> None:
        """Ask when the words were changed since they were kept, then go back."""
        if self.text != self._kept:
            ask = Ask("Throw your words away?", line("ctrl+s keeps them."), yes="Throw away")
            if not await self.app.push_screen_wait(ask):
                return
        if self.is_current:
            self.dismiss()


class AnswerPreview(PreviewScreen):
    """The mail as it will go; approving it holds it like any letter."""

    MODE = "feedback"
    KEY_ORDER = ("approve", "why", "part(1)")
    ABOUT = "The answer to the byte. a approves it: it leaves after the hold, u takes it back."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "approve", "Approve", tooltip="Send it after the hold"),
        Binding("i", "why", "Checks", tooltip="Every check with its fact"),
    ]

    def body(self) -> ComposeResult:
        """Lay out the checks above the parts."""
        yield Static(answer_checks(self._preview), id="answer-checks")
        yield from super().body()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to approve only where something may be changed."""
        if action == "approve" and self.desk.read_only:
            return False
        return super().check_action(action, parameters)

    @work
    async def action_approve(self) -> None:
        """Hold the answer; when a check stops it, say so and stay."""
        done = await self.house.attempt(self.desk.approve(self._preview.reminder.id))
        if done is not None:
            self.house.tell(done.sentence, undo=done.undo)
            self.house.publish("desk")
            self.dismiss()

    def action_why(self) -> None:
        """Show every check with its fact."""
        pairs = check_pairs(self._preview.checks, self.look)
        self.app.push_screen(Explain("Checked before sending", pairs))


def answer_checks(preview: Preview) -> Content:
    """Write the checks of an answer in a line each, what stops it first."""
    order = sorted(preview.checks, key=lambda check: list(VERDICT_SIGNS)[::-1].index(check.verdict))
    parts: list[str | tuple[str, str]] = []
    for check in order:
        sign = VERDICT_SIGNS[check.verdict]
        parts += [(f"{sign.mark} ", sign.style), check.sentence, "  "]
    return line(*parts)
