"""A letter to be judged: who gets it, the checks, and its text."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from cartdesk.domain.lifecycle.schedule import ANSWER
from cartdesk.domain.model import ReminderState
from cartdesk.domain.views import Preview, QueueItem, Verdict
from cartdesk.tui.base import PushedScreen
from cartdesk.tui.facts import Facts
from cartdesk.tui.letter_keys import LetterKeys
from cartdesk.tui.text import (
    BAD,
    CARE,
    LETTER_SIGNS,
    MUTED,
    VERDICT_SIGNS,
    Fact,
    Look,
    line,
    paragraphs,
)


class ReviewPane(VerticalScroll):
    """The right pane of the Queue. It is repainted only when the letter in it changed."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._shown: Preview | None = None

    def compose(self) -> ComposeResult:
        """Lay out facts, a rule and the text."""
        yield Facts(id="review-facts")
        yield Static(classes="rule")
        yield Static(id="review-text")

    def show(self, preview: Preview | None, look: Look) -> None:
        """Show a letter, from its top when it is another one."""
        before, self._shown = self._shown, preview
        self.query_one(".rule").display = preview is not None
        self.query_one(Facts).show_facts(review_facts(preview, look) if preview else ())
        if preview != before or preview is None:
            self.query_one("#review-text", Static).update(review_text(preview))
        if preview is None or before is None or before.reminder.id != preview.reminder.id:
            self.scroll_home(animate=False)

    def tick(self, look: Look) -> None:
        """Count a held letter down."""
        if self._shown:
            self.query_one(Facts).show_facts(review_facts(self._shown, look))


def review_facts(preview: Preview, look: Look) -> list[Fact]:
    """Say to whom, from whom, what, when, and what the rules say."""
    reminder, rendered = preview.reminder, preview.rendered
    subject = rendered.subject if rendered else reminder.subject
    pairs: list[Fact] = [
        ("To", line((preview.to or "(no address)", "bold"))),
        ("From", line(preview.sender or "(not set: see 6 Settings)")),
        ("Subject", line((subject or "(not filled in)", "bold"))),
        ("Letter", [line(_which(preview)), line((_when(preview, look), MUTED))]),
    ]
    if state := _state(preview, look):
        pairs.append(("Now", state))
    return pairs + _checks(preview)


def _which(preview: Preview) -> str:
    reminder = preview.reminder
    own = " · your own text" if reminder.source else ""
    language = preview.tongue.language if preview.tongue else reminder.language
    spoken = f" · {language}" if language else ""
    if reminder.sequence == ANSWER:
        return f"your answer to what they wrote{spoken}"
    return f"{reminder.letter} · step {reminder.step} of {preview.steps}{spoken}{own}"


def _when(preview: Preview, look: Look) -> str:
    due = preview.reminder.due_at
    return f"due {look.ago(due)}" if due <= look.now else f"due {look.day(due)}"


def _state(preview: Preview, look: Look) -> Content | None:
    reminder = preview.reminder
    sign = LETTER_SIGNS[reminder.state]
    if reminder.state is ReminderState.HELD:
        sign_text = f"{sign.mark} held: leaves in {look.left(reminder.held_until)}"
        return line((sign_text, sign.style), " · u to undo")
    if reminder.state is ReminderState.READY:
        return line((reminder.said, CARE)) if reminder.said else None
    said = f": {reminder.said}" if reminder.said else ""
    return line((f"{sign.mark} {sign.word}{said}", sign.style))


def _checks(preview: Preview) -> list[Fact]:
    """Put what stops the letter first, each with its mending; what is fine goes together."""
    found: list[Content | list[Content]] = []
    for verdict in (Verdict.STOP, Verdict.WARN):
        for check in preview.checks:
            if check.verdict is verdict:
                sign = VERDICT_SIGNS[verdict]
                found.append(line((f"{sign.mark} {check.sentence}", sign.style)))
                if check.mend:
                    found.append(line(f"  → {check.mend}"))
    sign = VERDICT_SIGNS[Verdict.OK]
    fine = [
        line((f"{sign.mark} ", sign.style), check.sentence)
        for check in preview.checks
        if check.verdict is Verdict.OK
    ]
    if fine:
        found.append(fine)
    return [("" if place else "Checks", content) for place, content in enumerate(found)]


def review_text(preview: Preview | None) -> Content:
    """Give the text part as it will go."""
    if preview is None:
        return line(("Nothing is chosen.", MUTED))
    if preview.rendered is None:
        return line(("This letter cannot be filled in; the check marked ✗ says why.", BAD))
    return paragraphs(preview.rendered.text)


class ReviewScreen(PushedScreen, LetterKeys):
    """One letter on its own screen, for narrow terminals."""

    MODE = "queue"
    ABOUT = "One letter to judge: a approves it, esc goes back to the list."

    def __init__(self, item: QueueItem) -> None:
        super().__init__()
        self._item: QueueItem | None = item
        self._reminder_id = item.reminder.id

    @property
    def item(self) -> QueueItem | None:
        """The letter shown."""
        return self._item

    def body(self) -> ComposeResult:
        """Show the letter alone."""
        yield ReviewPane(id="review")

    async def load(self) -> None:
        """Read the letter again; when it left the queue, go back to the list."""
        queue = await self.desk.queue()
        found = [item for item in queue.items if item.reminder.id == self._reminder_id]
        self._item = found[0] if found else None
        if self._item is None:
            self.action_back()
        else:
            self.query_one(ReviewPane).show(await self.desk.preview(self._reminder_id), self.look)
            self.refresh_bindings()
