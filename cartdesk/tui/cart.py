"""One cart: the person, the basket and its state on the left, its whole story on the right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from cartdesk.domain.model import CartState, Evidence, Reminder
from cartdesk.domain.views import CartDetail, Moment, Person, Verdict
from cartdesk.tui.base import PushedScreen
from cartdesk.tui.dialogs import Ask, Explain, check_pairs
from cartdesk.tui.facts import Facts
from cartdesk.tui.links import visit
from cartdesk.tui.text import (
    BAD,
    CART_SIGNS,
    GOOD,
    LANES,
    LETTER_SIGNS,
    MUTED,
    TINT,
    VERDICT_SIGNS,
    Fact,
    Look,
    line,
    stack,
)

if TYPE_CHECKING:
    from cartdesk.domain.feedback.silent import Silent

_EVIDENCE = {
    Evidence.COUPON: "our coupon was used",
    Evidence.CAMPAIGN: "our link's campaign stands on the order",
    Evidence.SAME_ORDER: "the same order was paid after a letter",
    Evidence.WITHIN_5_DAYS: "bought within 5 days of a letter",
    Evidence.BY_THEMSELVES: "came back by themselves, no letter was sent",
}
_NOBODY = "read from the facts of the checkout; nobody said it"


class CartScreen(PushedScreen):
    """Everything known of one cart."""

    ABOUT = "One cart with its person and its story; planned letters are at the end."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p,enter", "letter", "Read letter", tooltip="Read the newest letter that was sent"),
        Binding("i", "why", "Why", tooltip="Every rule that put this cart in the queue, or not"),
        Binding("w", "web", "Open link", tooltip="Open the way back to the basket"),
        Binding("d", "stop", "No contact", tooltip="Never write to this person again"),
        Binding("b", "let_back", "Let back", tooltip="Count a cart kept apart as a shopper's"),
        Binding("h", "hand_over", "Phone", tooltip="WhatsApp, text or call (failed or high value)"),
        Binding("y", "copy", "Copy link", tooltip="Copy the link back to the basket"),
    ]

    def __init__(self, cart_id: int, mode: str) -> None:
        super().__init__()
        self.MODE = mode  # type: ignore[misc]  # the tab it was opened from stays marked
        self._cart_id = cart_id
        self._detail: CartDetail | None = None

    def body(self) -> ComposeResult:
        """Lay out the two panes; one below the other on a narrow screen."""
        with VerticalScroll(id="cart"):
            with VerticalScroll(id="cart-left"):
                yield Facts(id="cart-facts")
            with VerticalScroll(id="cart-right"):
                yield Static(line(("STORY", "bold")))
                yield Facts(id="cart-story")
                yield Facts(id="cart-letters")

    async def load(self) -> None:
        """Read the cart."""
        self._detail = detail = await self.desk.cart(self._cart_id)
        self.query_one("#cart-facts", Facts).show_facts(cart_facts(detail, self.look))
        self.query_one("#cart-story", Facts).show_facts(story(detail.timeline, self.look))
        self.query_one("#cart-letters", Facts).show_facts(letters(detail.letters, self.look))
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide what would change something when the program only looks, or has nothing to do."""
        if action == "let_back" and not (self._detail and self._detail.row.state is CartState.JUNK):
            return False
        if action == "letter":
            return self._detail is not None and newest_sent(self._detail.letters) is not None
        return not (action in {"stop", "let_back", "hand_over"} and self.desk.read_only)

    @work
    async def action_letter(self) -> None:
        """Show the newest letter that was sent, byte for byte."""
        from cartdesk.tui.preview import PreviewScreen

        sent = newest_sent(self._detail.letters) if self._detail else None
        if sent is not None:
            preview = await self.house.attempt(self.desk.preview(sent.id))
            if preview is not None:
                await self.app.push_screen(PreviewScreen(preview))

    def action_why(self) -> None:
        """Show every rule with its datum."""
        if self._detail:
            title = f"Why: cart {self._detail.row.number}"
            self.app.push_screen(Explain(title, check_pairs(self._detail.why, self.look)))

    @work
    async def action_web(self) -> None:
        """Open the link back to the basket."""
        if self._detail:
            await visit(self.house, self._detail.link, self._detail.link_note)

    @work
    async def action_hand_over(self) -> None:
        """Go over to the phone for this cart."""
        from cartdesk.tui.handoffs import hand_over

        if self._detail:
            row = self._detail.row
            await hand_over(self.house, self._cart_id, row.name or row.email or row.number)

    def action_copy(self) -> None:
        """Copy the link back to the basket."""
        if self._detail and self._detail.link:
            self.app.copy_to_clipboard(self._detail.link)
            self.house.tell("Copied the link back to the basket.")
        elif self._detail:
            self.house.tell(self._detail.link_note or "This cart has no link.", trouble=True)

    def action_let_back(self) -> None:
        """Count a cart that is kept apart as a shopper's again."""
        self.house.perform(self.desk.let_back(self._cart_id))

    @work
    async def action_stop(self) -> None:
        """Never write to this person again, after a question."""
        if self._detail is None:
            return
        row = self._detail.row
        body = stack(
            line(f"No letter will go to {row.email or row.name} any more,"),
            line("for this basket and all later ones. u takes it back."),
        )
        if await self.app.push_screen_wait(
            Ask(f"Do not contact {row.name or row.email}?", body, yes="Do not contact")
        ):
            self.house.perform(self.desk.stop(self._cart_id))


def cart_facts(detail: CartDetail, look: Look) -> list[tuple[str, Content]]:
    """Say who, what is in the basket, where it stands, what comes next, what stops it."""
    row, cart = detail.row, detail.cart
    sign = CART_SIGNS[row.state]
    state = line(
        (f"{sign.mark} {sign.word}", sign.style),
        f" · {LANES[row.lane]} · quiet since {look.day(row.quiet_since)}",
    )
    pairs = [(f"Cart {row.number}", state)]
    if row.evidence:
        pairs.append(("", line((_EVIDENCE[row.evidence], GOOD))))
    pairs += _person(detail.person, look)
    pairs.append(("", line("")))
    for place, item in enumerate(cart.lines):
        pairs.append(
            (
                "" if place else "Basket",
                line(f"{item.quantity} × {item.name}", (f"  {look.money(item.total)}", MUTED)),
            )
        )
    if not cart.lines:
        pairs.append(("Basket", line(("nothing in it", MUTED))))
    for name, amount in (("shipping", cart.shipping), ("discount", cart.discount)):
        if amount is not None and amount.minor:
            pairs.append(("", line((f"{name} {look.money(amount)}", MUTED))))
    pairs.append(("Total", line((look.money(cart.total), "bold"))))
    if cart.customer_note:
        pairs.append(("Note", line(f"“{cart.customer_note}”")))
    pairs += hints(detail.hints)
    pairs.append(("", line("")))
    return pairs + _next(detail, look)


def hints(silent: Sequence[Silent]) -> list[tuple[str, Content]]:
    """List what the facts hint at, marked as what it is: nobody said it."""
    pairs = [
        ("" if place else "Hints", line(("hint  ", MUTED), one.sentence))
        for place, one in enumerate(silent)
    ]
    return [("", line("")), *pairs, ("", line((_NOBODY, MUTED)))] if pairs else []


def _person(person: Person, look: Look) -> list[tuple[str, Content]]:
    name = person.name or "(no name)"
    bought = "never bought before"
    if person.orders_paid:
        orders = "1 order" if person.orders_paid == 1 else f"{person.orders_paid} orders"
        bought = f"{orders}, {' + '.join(look.money(each) for each in person.spent)}"
    pairs = [
        ("Person", line((name, "bold"), f" · {person.country}" if person.country else "")),
        ("", line(person.email or "(no address)")),
        ("Bought", line(bought)),
    ]
    if person.last_order_at:
        pairs.append(("", line((f"last {look.day(person.last_order_at)}", MUTED))))
    if person.stopped:
        pairs.append(("Stopped", line((f"✗ {person.stopped}", BAD))))
    if len(person.carts) > 1:
        pairs.append(("Carts", line(f"{len(person.carts)} of this person")))
    return pairs


def _next(detail: CartDetail, look: Look) -> list[tuple[str, Content]]:
    planned = [moment for moment in detail.timeline if moment.planned]
    coming = [line(f"{look.day(each.at)}  {each.sentence}") for each in planned[:1]]
    pairs = [("Next", coming[0] if coming else line(("nothing is planned", MUTED)))]
    stops = [check for check in detail.why if check.verdict is Verdict.STOP]
    sign = VERDICT_SIGNS[Verdict.STOP]
    for place, check in enumerate(stops):
        mark = line((f"{sign.mark} {check.sentence}", sign.style))
        pairs.append(("" if place else "Stopped by", mark))
        if check.mend:
            pairs.append(("", line(f"  → {check.mend}")))
    if detail.link_note:
        pairs.append(("Link", line((detail.link_note, MUTED))))
    return pairs


def newest_sent(reminders: Sequence[Reminder]) -> Reminder | None:
    """Give the newest letter that went out and whose bytes are still kept."""
    sent = [(one.sent_at, one.id, one) for one in reminders if one.sent_at and one.sha256]
    return max(sent)[2] if sent else None


def letters(reminders: Sequence[Reminder], look: Look) -> list[Fact]:
    """List the letters of a cart, oldest first, each with what became of it."""
    pairs: list[Fact] = []
    for one in reminders:
        sign = LETTER_SIGNS[one.state]
        words = line((f"{sign.mark} {sign.word}", sign.style), f"  {one.subject or one.letter}")
        pairs.append((look.day(one.sent_at or one.due_at), words))
    if not pairs:
        return []
    hint = "LETTERS" if newest_sent(reminders) is None else "LETTERS  · p reads the newest sent one"
    return [("", line("")), ("", line((hint, "bold"))), *pairs]


def story(timeline: tuple[Moment, ...], look: Look) -> list[tuple[str, Content]]:
    """Write the timeline, oldest first; what lies ahead has an open mark."""
    pairs: list[tuple[str, Content]] = []
    ahead = False
    for moment in timeline:
        if moment.planned and not ahead:
            pairs.append((look.day(look.now), line(("now", TINT))))
            ahead = True
        mark, style = ("○ ", MUTED) if moment.planned else ("● ", "")
        pairs.append((look.day(moment.at), line((mark, MUTED), (moment.sentence, style))))
    return pairs or [("", line(("Nothing was recorded yet.", MUTED)))]
