"""The arguments of the command line. Nothing heavy is imported here: ``--help`` is quick."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any

from cartdesk import __version__
from cartdesk.cli.exits import table
from cartdesk.cli.feedback_arguments import feedback_arguments

_Add = Callable[[str, str], argparse.ArgumentParser]
_MOST_DAYS = 3660
_KNOWINGLY = "also to people another sender wrote to"
ABOUT = """\
See who almost bought in your WooCommerce shop, read each reminder, send it with one key.
Without a command the screens open. The commands do the same without a screen, for scripts
and screen readers: data on stdout, everything else on stderr.
"""


class _Parser(argparse.ArgumentParser):
    def __init__(self, **given: Any) -> None:
        given.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        given.setdefault("allow_abbrev", False)
        super().__init__(**given)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the arguments. Raises SystemExit when they are wrong, or after ``--help``."""
    return build().parse_args(arguments)


def build() -> argparse.ArgumentParser:
    """Give the parser with every command."""
    parser = _Parser(
        prog="cartdesk", description=ABOUT, epilog=f"exit codes:\n{table()}", add_help=True
    )
    parser.add_argument("--version", action="version", version=f"cartdesk {__version__}")
    _shop_options(parser, shop=None, read_only=False)
    commands = parser.add_subparsers(dest="command", metavar="command", title="commands")
    parser.set_defaults(json=False)
    every = _Parser(add_help=False)
    _shop_options(every, shop=argparse.SUPPRESS, read_only=argparse.SUPPRESS)
    twin = _Parser(add_help=False, parents=[every])
    twin.add_argument(
        "--json",
        action="store_true",
        default=argparse.SUPPRESS,
        help="print one JSON document on stdout",
    )

    def add(name: str, about: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=about, description=about, parents=[twin])

    about = "set up shop, key, mail and sender, step by step"
    setup = commands.add_parser("setup", help=about, description=about, parents=[every])
    setup.add_argument("--plain", action="store_true", help="by question and answer, no screen")
    setup.add_argument(
        "--mailbox", action="store_true", help="set up the optional mailbox replies come into"
    )
    _demo(commands)
    _carts(add)
    _letters(add)
    _figures(add)
    feedback_arguments(add("feedback", "list what people said, and why they left"), twin, _count)
    add("audit", "look at the shop's settings and pages for the reasons people leave")
    _keeping(add)
    about = "write carts, letters, events or figures as CSV or JSON lines"
    export = commands.add_parser("export", help=about, description=about, parents=[every])
    export.add_argument("what", choices=("carts", "letters", "events", "figures"))
    _span(export, 30)
    export.add_argument("--format", choices=("csv", "json"), default="csv")
    export.add_argument("--json", action="store_const", dest="format", const="json")
    export.add_argument("--output", metavar="FILE", help="a new file instead of stdout")
    return parser


def _carts(add: _Add) -> None:
    poll = add("poll", "ask the shop what changed")
    poll.add_argument("--full", action="store_true", help="read all orders of the period again")
    carts = add("carts", "list carts")
    carts.add_argument(
        "filter", nargs="*", metavar="FILTER", help="words, state:, lane:, country:, min:"
    )
    carts.add_argument("--limit", type=_count, default=100, metavar="N", help="at most (100)")
    back = add("let-back", "count a cart that is kept apart as a shopper's again")
    back.add_argument("cart", type=_count, metavar="CART", help="the cart's number")
    why = add("why", "say why a cart is in the queue, or not")
    why.add_argument("cart", type=_count, metavar="CART", help="the cart's number")


def _letters(add: _Add) -> None:
    queue = add("queue", "list the letters that are due, approved or in trouble")
    queue.add_argument("filter", nargs="*", metavar="WORD", help="only those that hold the words")
    show = add("show", "show a letter as it will go, with its checks")
    show.add_argument("id", type=_count, metavar="ID", help="the letter's number in the queue")
    show.add_argument(
        "--html", nargs="?", const="", metavar="FILE", help="write the HTML part to a private file"
    )
    approve = add("approve", "approve letters; they wait for “cartdesk send”")
    approve.add_argument("ids", type=_count, nargs="+", metavar="ID")
    approve.add_argument("--knowingly", action="store_true", help=_KNOWINGLY)
    send = add("send", "send letters: those named, or all that were approved")
    send.add_argument("ids", type=_count, nargs="*", metavar="ID")
    send.add_argument("--yes", action="store_true", help="do not ask")
    send.add_argument("--knowingly", action="store_true", help=_KNOWINGLY)
    back = add("take-back", "take an approved letter back to ready")
    back.add_argument("id", type=_count, metavar="ID")
    skip = add("skip", "leave out a letter; the next step follows in its time")
    skip.add_argument("id", type=_count, metavar="ID")
    language = add("language", "write a letter in another language")
    language.add_argument("id", type=_count, metavar="ID")
    language.add_argument("language", metavar="LANGUAGE", help="two letters, such as fi")
    settle = add("settle", "look for proof of what became of a letter, or say it")
    settle.add_argument("id", type=_count, metavar="ID")
    settle.add_argument(
        "answer",
        nargs="?",
        choices=("proof", "sent", "again", "leave"),
        help="without one: show what can be found out; proof: go by it",
    )
    settle.add_argument("--yes", action="store_true", help="do not ask before sending again")
    stop = add("stop", "never write to the person behind a cart again")
    stop.add_argument("cart", type=_count, metavar="CART")
    stop.add_argument("--reason", default="do not contact", metavar="WORDS")
    consent = add("consent", "show who may get letters, or decide it for one country")
    consent.add_argument("country", nargs="?", metavar="COUNTRY", help="two letters, such as HU")
    consent.add_argument(
        "audience",
        nargs="?",
        choices=("consent", "customer", "everyone", "usual"),
        help="who may get letters there; usual: the country's usual rule",
    )
    consent.add_argument("--reason", default="", metavar="WORDS", help="why; it is kept")
    add("resume", "let sending go on after the mail server made it pause")
    templates = add("letters", "list the letters as written, show, check or test one")
    templates.add_argument("what", nargs="?", choices=("list", "show", "check", "test"))
    templates.add_argument("name", nargs="?", default="", metavar="NAME", help="such as small-gift")
    templates.add_argument("--language", metavar="LANGUAGE", help="two letters, such as fi")
    templates.add_argument("--yes", action="store_true", help="do not ask before the test is sent")


def _figures(add: _Add) -> None:
    metrics = add("metrics", "give all figures, beside those of the period before")
    _span(metrics, 30)
    metrics.add_argument(
        "--by", action="append", default=[], metavar="WHAT", help="divide by country, ..., or all"
    )
    report = add("report", "write a report with plots as a page or as Markdown")
    _span(report, 7)
    report.add_argument("--format", choices=("html", "md"), default="html")
    report.add_argument("--output", metavar="FILE", help="a new file (-: stdout)")
    report.add_argument("--open", action="store_true", help="show the page in the browser")
    visits = add("visits", "keep how many visits the shop had, from a CSV list or of one day")
    visits.add_argument("file", nargs="?", metavar="FILE", help="lines of day,visits (-: stdin)")
    visits.add_argument("--day", metavar="DAY", help="one day, such as 2026-11-21")
    visits.add_argument("--count", type=_visits, metavar="N", help="its visits")
    visits.add_argument("--forget", action="store_true", help="forget the visits of the day")
    visits.add_argument("--days", type=_days, default=30, metavar="N", help="list N days (30)")
    doctor = add("doctor", "check everything and say what to do")
    doctor.add_argument(
        "--mail", action="store_true", help="also what DNS says of the domain letters come from"
    )


def _span(command: argparse.ArgumentParser, days: int) -> None:
    command.add_argument(
        "--days", type=_days, default=days, metavar="N", help=f"of N days ({days})"
    )
    command.add_argument("--currency", default="", metavar="C", help="in this currency")


def _keeping(add: _Add) -> None:
    person = add("export-person", "write all that is kept of one person as a JSON document")
    person.add_argument("--output", metavar="FILE", help="a new file instead of stdout")
    erase = add("erase", "erase one person for good; counts stay")
    erase.add_argument("--yes", action="store_true", help="do not ask")
    for command in (person, erase):
        who = command.add_mutually_exclusive_group(required=True)
        who.add_argument("email", nargs="?", metavar="EMAIL", help="the person's e-mail address")
        who.add_argument("--cart", type=_count, metavar="ID", help="one of the person's carts")
    forget = add("forget-keys", "take the shop's key and the mail passwords out of the keyring")
    forget.add_argument("--yes", action="store_true", help="do not ask")
    restore = add("restore", "list the ledger's daily copies, or go back to one")
    restore.add_argument("name", nargs="?", metavar="COPY", help="its day, such as 2026-11-21")
    restore.add_argument("--yes", action="store_true", help="do not ask")


def _demo(commands: Any) -> None:
    about = "try everything with a shop on this computer: no network, account or key"
    demo = commands.add_parser("demo", help=about, description=about)
    demo.add_argument(
        "--woo",
        choices=("old", "new"),
        default="old",
        help="a shop that shows checkouts early (old), or only at “Place order” (new)",
    )
    demo.add_argument("--speed", type=_speed, metavar="N", help="story seconds in a second (1700)")
    demo.add_argument("--seed", type=_count, default=1, metavar="N", help="another story")
    demo.add_argument(
        "--headless", action="store_true", help="play the story without a screen, as JSON lines"
    )


def _shop_options(parser: argparse.ArgumentParser, shop: str | None, read_only: bool | str) -> None:
    parser.add_argument(
        "--shop", default=shop, metavar="NAME", help="the shop's short name, when there are several"
    )
    parser.add_argument(
        "--read-only", action="store_true", default=read_only, help="send and change nothing"
    )


def _count(text: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text[:19]) < 2**63:
        return int(text[:19])
    raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above zero")


def _visits(text: str) -> int:
    return 0 if text == "0" else _count(text)


def _days(text: str) -> int:
    days = _count(text)
    if days > _MOST_DAYS:
        raise argparse.ArgumentTypeError(f"{text} days are too many; give at most {_MOST_DAYS}")
    return days


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0
    if not 0.1 <= speed <= 100_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0.1 to 100000")
    return speed
