"""Who takes part in the story of Oak & Tin, and what becomes of each."""

from __future__ import annotations

import random
from dataclasses import dataclass

from cartdesk.demo.catalog import BUYABLE
from cartdesk.demo.people import somebody

ROBOT = "john.smith@storebotmail.joonix.net"  # Google's checkout robot uses this domain
GONE = "clara.meyer@gone.example"
FULL = "jonas.schmidt@full.example"
REFUSALS = {
    GONE: "550 5.1.1 No such user here",
    FULL: "452 4.2.2 Mailbox full, try again later",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One visit to the shop.

    Attributes:
        hour: When it begins, in hours from the story's start; negative: before it.
        stage: How far the form is filled in: opened, email, name or address.
        end: leaves, buys, transfers, unpaid, unpaid-classic, declined, cancels or
            cancelled-by-merchant.
        consent: Whether the box for letters was ticked.
        earlier: An order this many days before the start (0: none).
        registered: Whether the shopper has an account.
        returns_after: Hours until they come back by themselves and pay.
        clicks_letter: Which letter's link they follow and buy by (0: none).
        english: Whether they read the shop in English, wherever they live.
        mistyped: What stood in the e-mail field for a moment before the right address.
        empties_email: Whether the e-mail is taken out of the form again.
        note: What the shopper wrote to the shop with the order.
        review: Product, stars and HTML: the visit is a review, not a checkout.
    """

    first: str
    last: str
    email: str
    hour: float
    items: tuple[tuple[int, int], ...] = ((14, 1),)
    country: str = "FI"
    stage: str = "address"
    end: str = "leaves"
    consent: bool = True
    mobile: bool = False
    earlier: int = 0
    registered: bool = False
    returns_after: float | None = None
    clicks_letter: int = 0
    mistyped: str = ""
    english: bool = False
    empties_email: bool = False
    note: str = ""
    review: tuple[int, int, str] | None = None


def _review(name: str, hour: float, product: int, stars: int, html: str) -> Part:
    email = f"{name.partition(' ')[0].lower()}@example.net"
    return Part(name, "", email, hour, review=(product, stars, html))


BUYS_BETWEEN = "tom.weir@example.com"
HUGO = "hugo.silva@example.net"
BOLD = ("[bold]Väinö[/bold]", "Nieminen")
SCRIPT = ("<script>alert(1)</script>", "Smith-Jones")

CAST = (
    # before the story begins: what waits on the desk at the first look
    Part("Liisa", "Mäkinen", "liisa.makinen@example.org", -26, ((22, 1),), consent=False,
         earlier=40, registered=True, clicks_letter=2),
    Part("Ana", "Petrova", "ana@example.org", -3, ((14, 1), (15, 1)), clicks_letter=1,
         english=True),
    Part("Tom", "Weir", BUYS_BETWEEN, -2.2, ((16, 1),), "GB", mobile=True),
    Part("Lena", "Groß", "lena.gross@example.net", -1.5, ((18, 2),), "DE", end="unpaid"),
    Part("Adaeze", "Okafor", "m.okafor@example.com", -0.4, ((19, 1), (24, 1)), "GB",
         end="declined", mobile=True, clicks_letter=1),
    # the first day
    Part("Yuki", "Sato", "yuki@example.org", 0.5, ((17, 1), (25, 2)), clicks_letter=3,
         english=True),
    Part(*BOLD, "vaino.nieminen@example.com", 1, ((19, 1),), mobile=True),
    Part(*SCRIPT, "alex.smith-jones@example.net", 2, ((20, 3),), "GB"),
    Part("John", "Smith", ROBOT, 2.5, ((14, 1),), "US"),
    Part("Noor 🌿", 'de "Wit"', "noor@example.org", 3, ((23, 1),), "NL", consent=False),
    Part("Zsófia", "Szőke", "zsofia.szoke@example.com", 4, ((21, 2),), "HU", returns_after=0.4),
    Part("Oskar", "Lindqvist", "oskar@example.net", 5, ((15, 2),), "SE", consent=False,
         returns_after=5),
    Part("Katri", "Laine", "katri.laine@example.org", 6, ((22, 1),), end="transfers",
         note="Invoice to the company, please."),
    Part("Hugo", "Silva", HUGO, 7, ((16, 1),), "FI", "name"),
    Part("Hugo", "Silva", HUGO, 7.3, ((16, 2),), "FI", "email", mobile=True),
    Part("", "", "", 8, ((45, 1),), stage="opened", consent=False),
    Part("Hugo", "Silva", HUGO, 9, ((16, 2), (24, 1)), clicks_letter=2,
         english=True),
    Part("Aino", "Korhonen", "aino.korhonen@example.com", 9.2, ((46, 1),),
         mistyped="aino.korhonen@example.co"),
    Part("Marek", "Novák", "marek.novak@example.net", 9.5, stage="name", empties_email=True),
    Part("Clara", "Meyer", GONE, 10, ((21, 1),), "DE"),
    Part("Jonas", "Schmidt", FULL, 11, ((18, 1),), "AT", mobile=True),
    Part("Bence", "Kovács", "bence.kovacs@example.org", 12, ((47, 1), (15, 1)), "HU",
         end="unpaid-classic", clicks_letter=1),
    Part("Ines", "Silva", "ines.silva@example.net", 14, ((25, 6),), "NL", end="unpaid-classic"),
    # the second day
    Part("Sanna", "Virtanen", "sanna.virtanen@example.com", 24, end="cancels"),
    Part("Ville", "Laine", "ville.laine@example.org", 25, end="cancelled-by-merchant"),
    Part("Freya", "Øverby", "freya@example.com", 26, ((24, 2),), "SE", end="declined",
         returns_after=0.1),
    Part("Kofi", "Mensah", "kofi.mensah@example.org", 27, ((22, 2),), "GB", end="declined",
         clicks_letter=1),
    Part("John", "Smith", ROBOT, 26.5, ((17, 1),), "US"),
    Part("Amara", "d'Arc", "amara@example.net", 28, ((23, 2),), "DE", consent=False, mobile=True),
    Part("Onni", "Korhonen", "onni.korhonen@example.com", 30, ((19, 1),), mobile=True,
         note="Does the kettle work on induction? [We] have only that. ő"),
    Part("Luca", "O'Brien", "luca.obrien@example.net", 32, ((16, 4),), "GB", "email",
         clicks_letter=1),
    Part("Anikó", "Nagy", "aniko.nagy@example.com", 33, ((14, 1), (25, 4)), "HU",
         clicks_letter=2),
    Part("Mária", "Kovács", "maria.kovacs@example.org", 34, ((15, 1),), "HU", consent=False,
         earlier=21),
    # the third day
    Part("Jussi", "Mäkinen", "jussi.makinen@example.org", 48, ((22, 1), (23, 1))),
    Part("Linnea", "Meyer", "linnea@example.com", 50, ((18, 1), (24, 1)), "SE", mobile=True,
         clicks_letter=1),
    Part("Eero", "Virtanen", "eero.virtanen@example.net", 52, ((45, 1),), consent=False,
         earlier=9),
    # what people say
    _review("Maija", -600, 17, 4, "<p>Nice &amp; sturdy</p>\n"),
    _review("Bob <b>x</b>", -300, 14, 2, "<p>Arrived late.<br />\nBox [red]torn[/red].</p>\n"),
    _review("Ritva", -90, 15, 5, "<p>Smells wonderful ☕</p>\n"),
    _review("Pál", 6.5, 22, 3, "<p>Shipping to Hungary cost more than the towel.</p>\n"),
    _review("Elsa", 29, 19, 1, "<p><script>alert(1)</script>It does not work on induction!</p>\n"),
    _review("Timo", 49, 16, 5, "<p>The best mug I ever had, and so quick.</p>\n"),
)  # fmt: skip


def background(chance: random.Random, count: int = 14) -> tuple[Part, ...]:
    """Make shoppers who simply buy, now and then, over the days of the story."""
    parts = []
    for number in range(count):
        email, address = somebody(chance, 5000 + number)
        items = tuple((product.id, 1) for product in chance.sample(BUYABLE, chance.randint(1, 3)))
        first, last, country = (address[name] for name in ("first_name", "last_name", "country"))
        hour = chance.uniform(-8, 82)
        mobile = chance.random() < 0.5
        parts.append(Part(first, last, email, hour, items, country, end="buys", mobile=mobile))
    return tuple(parts)
