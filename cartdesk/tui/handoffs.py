"""Going over to the phone for one cart: who, by what, and only with the person's consent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartdesk.domain.handoffs import Way
from cartdesk.tui.dialogs import Ask, Choose, Explain
from cartdesk.tui.links import browse_any
from cartdesk.tui.text import line, stack

if TYPE_CHECKING:
    from cartdesk.tui.house import House

_WAYS = {Way.WHATSAPP: "WhatsApp", Way.SMS: "text message", Way.CALL: "call"}


async def hand_over(app: House, cart_id: int, name: str) -> None:
    """Offer the ways, ask for the consent, and open the computer's own program."""
    ready = await app.attempt(app.desk.hand_offs.ready(cart_id))
    if ready is None:
        return
    facts = [("Number", line(ready.number)), ("Text", line(ready.text))]
    ways = [(way.value, line(word)) for way, word in _WAYS.items()]
    answer = await app.push_screen_wait(Choose(f"Reach {name} by phone", ways, facts))
    if answer is None:
        return
    way = Way(answer)
    body = stack(
        line("Did this person agree that you may call or message this number?"),
        line("Only then go on. cartdesk opens the program; you press send there."),
    )
    if not await app.push_screen_wait(Ask(f"{_WAYS[way]} to {ready.number}?", body, yes="Open")):
        return
    if await app.attempt(app.desk.hand_offs.opened(cart_id, way)) is None:
        return
    if await browse_any(ready.link(way)):
        app.tell(f"Opened: {_WAYS[way]} to {name}. It stands in the cart's story.")
        return
    pairs = [
        ("", line("No program for it was found on this computer. Use your phone:")),
        ("Number", line((ready.number, "bold"))),
        ("Text", line(ready.text)),
    ]
    await app.push_screen(Explain("Nothing was opened", pairs))
