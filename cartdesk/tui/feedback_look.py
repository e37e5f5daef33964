"""How pieces of feedback look, as rows and in full."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from textual.content import Content

from cartdesk.domain.feedback.reading import Found
from cartdesk.domain.feedback.reasons import Mood
from cartdesk.domain.feedback.views import (
    FeedbackPage,
    Piece,
    PieceState,
    Source,
    Tab,
)
from cartdesk.domain.model import Reminder, ReminderState
from cartdesk.tui.text import (
    BAD,
    CARE,
    GOOD,
    LETTER_SIGNS,
    MUTED,
    TINT,
    Fact,
    Look,
    Sign,
    cells,
    fit,
    line,
    paragraphs,
    stack,
)

KINDS = {
    Source.REVIEW: "product review",
    Source.NOTE: "note on an order",
    Source.GATEWAY: "payment gateway's note",
    Source.REPLY: "reply to a letter",
    Source.ONE_CLICK: "reason tapped in a letter",
    Source.CHAT: "live chat",
    Source.PHONE: "phone call",
    Source.SOCIAL: "social media",
    Source.SURVEY: "survey",
}
STATES = {
    PieceState.NEW: Sign("○", "new"),
    PieceState.WAITING: Sign("◔", "waits for an answer", CARE),
    PieceState.ANSWERED: Sign("✉", "answered", GOOD),
    PieceState.HANDLED: Sign("·", "handled", MUTED),
}
MOODS = {
    Mood.NEGATIVE: Sign("-", "unhappy", CARE),
    Mood.NEUTRAL: Sign("·", "neutral", MUTED),
    Mood.POSITIVE: Sign("+", "happy", GOOD),
}
TABS = {
    Tab.NEW: "NEW",
    Tab.WAITING: "WAITING",
    Tab.ANSWERED: "ANSWERED",
    Tab.ALL: "ALL",
}


def tabs_line(page: FeedbackPage, tab: Tab, days: int, look: Look) -> Content:
    """Write the tabs with their counts, the open one standing out, and of which days they are."""
    counts = {
        Tab.NEW: page.new,
        Tab.WAITING: page.waiting,
        Tab.ANSWERED: page.answered,
        Tab.ALL: page.every,
    }
    parts: list[str | tuple[str, str]] = []
    for one, word in TABS.items():
        text = f"{word} {counts[one]}"
        if one is Tab.ANSWERED:
            text += f" · PUT ASIDE {page.put_aside}"
        parts += [(f"[{text}]", "bold $primary") if one is tab else text, "  "]
    parts += [(f"in {days} days", MUTED), "  "]
    if page.oldest_waiting is not None:
        parts.append((f"oldest {look.ago(page.oldest_waiting)}", CARE))
    return line(*parts)


def flat(text: str) -> str:
    """Put a text on one line."""
    return text.replace("\n", " ")


def stars(piece: Piece) -> str:
    """Write a rating as stars."""
    return f"{'★' * piece.rating}{'☆' * (5 - piece.rating)}" if piece.rating else ""


def piece_row(piece: Piece, answer: Reminder | None, look: Look, width: int) -> Content:
    """Write one piece: state, who and when, and below it the beginning of the text."""
    sign = STATES[piece.state]
    waits = piece.waiting_since
    when = f"waits {look.ago(waits).removesuffix(' ago')}" if waits else look.ago(piece.written_at)
    source = stars(piece) or piece.source
    mood = MOODS[piece.mood]
    name = fit(piece.who or "(no name)", max(6, width - 9 - cells(when) - cells(source)))
    state = answer_state(answer, look)
    said = ", ".join(found.reason.title for found in piece.reasons)
    below = [(f"{state} · ", CARE)] if state else []
    room = width - 6 - sum(cells(text) for text, _ in below)
    text = flat(piece.text)
    if said and room > 60:
        below += [(fit(text, room - 26), MUTED), ("  " + fit(said, 24), TINT)]
    else:
        below.append((fit(text, room), MUTED))
    return stack(
        line(
            " ",
            (sign.mark, sign.style),
            " ",
            name,
            " ",
            (source, CARE if (piece.rating or 5) <= 2 else ""),
            " ",
            (mood.mark, mood.style),
            " ",
            (when, CARE if waits else MUTED),
        ),
        line("   ", *below),
    )


def answer_state(answer: Reminder | None, look: Look) -> str:
    """Say where an answer stands that is neither sent nor thrown away, or ""."""
    if answer is None:
        return ""
    match answer.state:
        case ReminderState.SKIPPED | ReminderState.CANCELLED:
            return ""
        case ReminderState.READY:
            return f"answer kept: {answer.said}" if answer.said else "answer written, not approved"
        case ReminderState.HELD if answer.held_until is not None:
            return f"answer leaves in {look.left(answer.held_until)}"
        case ReminderState.HELD:
            return "answer approved, waits for “send”"
        case ReminderState.SENT | ReminderState.SETTLED:
            return ""
    return f"answer {LETTER_SIGNS[answer.state].word}"


def piece_facts(piece: Piece, answer: Reminder | None, look: Look) -> list[Fact]:
    """Say who wrote what kind of piece, when, about what, and what it means."""
    rating = f"  {stars(piece)} {piece.rating} of 5" if piece.rating else ""
    language = f" · {piece.language}" if piece.language else ""
    sign = STATES[piece.state]
    state = sign.content
    if piece.waiting_since:
        state = line(state, f" for {look.ago(piece.waiting_since).removesuffix(' ago')}")
    money = f" · {look.money(piece.money)}" if piece.money else ""
    found: list[Fact] = [
        ("From", line((piece.who or "(no name)", "bold"), f"  {piece.email}")),
        ("Kind", line(KINDS[piece.source] + language, rating)),
        ("About", line((piece.about or "-") + money)),
        ("Written", line(look.day(piece.written_at))),
        ("State", state),
    ]
    if doing := answer_state(answer, look):
        found.append(("Answer", line((doing, CARE))))
    return [*found, ("Means", meaning(piece)), *_mood(piece)]


def meaning(piece: Piece) -> Content:
    """Write the reasons with the words they were read from."""
    if not piece.reasons:
        none = "you said that it names no reason" if piece.corrected else "no reason was found"
        return line((none, MUTED))
    whole = stack(*(_reason(one) for one in piece.reasons))
    return stack(whole, line(("as you corrected it", MUTED))) if piece.corrected else whole


def _reason(found: Found) -> Content:
    words = ", ".join(f"“{word}”" for word in dict.fromkeys(found.words))
    return line((found.reason.title, TINT), (f"  {words}" if words else "", MUTED))


def _mood(piece: Piece) -> list[Fact]:
    mood = MOODS[piece.mood]
    words = ", ".join(f"“{word}”" for word in dict.fromkeys(piece.mood_words))
    return [("Mood", line(mood.content, (f"  {words}" if words else "", MUTED)))]


def piece_text(piece: Piece | None) -> Content:
    """Write the text, the words that name a reason standing out."""
    if piece is None:
        return line(("Nothing is chosen.", MUTED))
    return paragraphs(piece.text) if not _spans(piece) else _marked(piece)


def _spans(piece: Piece) -> list[tuple[int, int]]:
    """Give the places of the words in order, none over another, all inside the text."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(span for one in piece.reasons for span in one.spans):
        if (not found or start >= found[-1][1]) and 0 <= start < end <= len(piece.text):
            found.append((start, end))
    return found


def _marked(piece: Piece) -> Content:
    cuts = [0, *(place for span in _spans(piece) for place in span), len(piece.text)]
    parts: list[Content] = []
    for place, (start, end) in enumerate(pairwise(cuts)):
        parts += _run(piece.text[start:end], f"underline {TINT}" if place % 2 else "")
    return line(*parts)


def _run(text: str, style: str) -> list[Content]:
    rows = text.split("\n")
    found: list[Content] = []
    for place, row in enumerate(rows):
        found += [stack(line(""), line(""))] if place else []
        found.append(line((row, style)))
    return found


def history_facts(pieces: Sequence[Piece], look: Look) -> list[Fact]:
    """Write what else the person said."""
    return [
        (
            look.day(piece.written_at),
            line((f"{KINDS[piece.source]}: ", MUTED), fit(flat(piece.text), 90).strip()),
        )
        for piece in pieces
    ]


def empty(why: str, *, filtered: bool) -> Content:
    """Say why there is nothing, what happens next, and one key."""
    if filtered:
        return line((f" {why} ", MUTED), ("esc", "bold $primary"), (" shows all", MUTED))
    return line((f" {why}", MUTED))


def nothing_yet() -> Content:
    """Say what will stand here once somebody says something."""
    return stack(
        line(("No feedback yet", "bold")),
        line(""),
        line("Reviews, notes on orders, replies to letters and reasons tapped in them"),
        line("appear here by themselves. Survey results come in with"),
        line(("cartdesk feedback import FILE", BAD.replace("error", "accent"))),
        line(""),
        line(
            ("n", "bold $primary"),
            " types in a chat, a call or a post   ",
            ("r", "bold $primary"),
            " asks the shop now",
        ),
    )
