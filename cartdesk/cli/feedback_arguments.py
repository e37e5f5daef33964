"""The arguments of ``cartdesk feedback``; nothing heavy is imported here."""

from __future__ import annotations

import argparse
from collections.abc import Callable

_FIELDS = "text, date, who, email, order, product, rating, reason"


def feedback_arguments(
    parser: argparse.ArgumentParser,
    twin: argparse.ArgumentParser,
    number: Callable[[str], int],
) -> None:
    """Name the options of the list, and the two commands below it.

    Args:
        parser: Of ``feedback``.
        twin: Options every command has.
        number: Reads a whole number above zero.
    """
    parser.add_argument("--tab", default="all", metavar="TAB", help="new, waiting, answered, all")
    parser.add_argument("--words", default="", metavar="WORDS", help="only what holds the words")
    parser.add_argument("--source", default="", metavar="S", help="review, note, reply, survey ...")
    parser.add_argument("--reason", default="", metavar="R", help="shipping_cost, price ...")
    parser.add_argument("--language", default="", metavar="CODE", help="en, fi or hu")
    parser.add_argument("--days", type=number, default=0, metavar="N", help="of the last N days")
    parser.add_argument("--limit", type=number, default=100, metavar="N", help="at most (100)")
    below = parser.add_subparsers(dest="doing", metavar="command", title="commands")

    def command(name: str, about: str) -> argparse.ArgumentParser:
        return below.add_parser(name, help=about, description=about, parents=[twin])

    add = command("add", "keep what somebody said in a chat, on the phone or in social media")
    add.add_argument("text", help="what was said")
    add.add_argument("--source", default="phone", metavar="S", help="chat, phone (usual), social")
    add.add_argument("--who", default="", metavar="NAME", help="who said it")
    add.add_argument("--email", default="", metavar="EMAIL", help="their e-mail address")
    add.add_argument("--cart", type=number, metavar="ID", help="the cart it is about")
    add.add_argument("--product", default="", metavar="NAME", help="the product it is about")

    answer = command("answer", "answer somebody in the same thread: approves it for “send”")
    answer.add_argument("id", type=number, help="the piece, as “cartdesk feedback” numbers it")
    answer.add_argument("--text", required=True, metavar="FILE", help="Markdown; - reads stdin")

    bring = command("import", "bring in a survey's results from a CSV file, each line once")
    bring.add_argument("file", metavar="FILE", help="with a line of headers")
    bring.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="FIELD=COLUMN,...",
        help=f"which column holds what ({_FIELDS}); remembered for such files",
    )
    bring.add_argument("--preview", action="store_true", help="show what would land, keep nothing")
