"""The template language of letters: fields and conditions, nothing else.

It is Jinja's syntax without loops, assignments, calls and arithmetic, so the work of filling
in a letter never exceeds its length, whatever somebody wrote or pasted.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from cartdesk.domain.letters.fields import FIELDS
from cartdesk.domain.letters.parts import ITEMS, REASONS, shield, without_private
from cartdesk.domain.text import clean

if TYPE_CHECKING:
    from jinja2 import Template, nodes
    from jinja2.sandbox import ImmutableSandboxedEnvironment

_LONE = re.compile(r"(?m)^[ \t]*(\{%(?:(?!%\}).)*%\})[ \t]*\n")  # a condition alone on its line
LONGEST_SOURCE = 8_000  # the densest Markdown of this length is parsed in 0.1 s
LONGEST_TEXT = 60_000
_MOST_NODES = 1000
_DEEPEST = 12
_NAMES = frozenset(field.name for field in FIELDS)
_BLOCKS = frozenset({"items", "reasons"})  # stand on a line of their own, so in no subject
_FILTERS = ("capitalize", "default", "lower", "title", "trim", "upper")
_ALLOWED = frozenset(
    [
        *("Template", "TemplateData", "Output", "Name", "Const", "Filter", "If", "CondExpr"),
        *("Compare", "Operand", "And", "Or", "Not"),
    ]
)


class Flaw(Exception):
    """What is wrong with a template: a sentence, and the line (0: nowhere in particular)."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(f"Line {line}: {sentence}" if line else sentence)


class Compiled(NamedTuple):
    subject: Template
    body: Template


def _context(fields: Mapping[str, str | int]) -> dict[str, object]:
    """Give every field its value; an empty one is falsy and cannot be printed."""
    empty = _empty_type()
    context: dict[str, object] = {
        name: fields[name] if name in fields else empty(_EMPTY.format(name=name)) for name in _NAMES
    }
    return context | {"items": ITEMS} | ({"reasons": REASONS} if "reasons" in fields else {})


def filled(template: Template, fields: Mapping[str, str | int]) -> str:
    """Fill in one part of a letter, stopping when it grows too long. Raises :class:`Flaw`."""
    from jinja2 import TemplateError

    pieces: list[str] = []
    length = 0
    try:
        for piece in template.generate(_context(fields)):
            pieces.append(piece)
            length += len(piece)
            if length > LONGEST_TEXT:
                raise Flaw(0, "The letter is too long once it is filled in. Shorten it.")
    except TemplateError as error:
        raise Flaw(_line_of(error), str(error.message)) from None
    except TypeError as error:
        raise Flaw(_line_of(error), "A number and a text are compared here.") from None
    return "".join(pieces)


def _line_of(error: BaseException) -> int:
    """Find the line of a letter at which filling it in failed."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


@lru_cache(maxsize=32)
def compiled(source: str) -> Compiled:
    """Check a letter's source and make it ready to be filled in. Raises :class:`Flaw`."""
    if len(source) > LONGEST_SOURCE:
        raise Flaw(0, f"The letter is longer than {LONGEST_SOURCE:,} characters. Shorten it.")
    head, _, body = without_private(source).replace("\r\n", "\n").partition("\n")
    key, colon, subject = head.partition(":")
    if key.strip().lower() != "subject" or not colon:
        raise Flaw(1, "The first line must be the subject. Write “Subject: ...”.")
    if body.partition("\n")[0].strip():
        raise Flaw(2, "Leave an empty line between the subject and the letter.")
    return Compiled(
        _template(subject.strip(), forbidden=_BLOCKS),
        _template("\n" + body),  # so that lines are counted from the subject on
    )


def _template(source: str, forbidden: frozenset[str] = frozenset()) -> Template:
    """Compile one part of a letter after looking at everything it uses."""
    from jinja2 import TemplateSyntaxError

    environment = _environment()
    try:
        tree = environment.parse(_LONE.sub(_without_break, source))
        _inspect(tree, forbidden)
        return environment.from_string(tree)
    except TemplateSyntaxError as error:
        raise Flaw(error.lineno, f"{error.message} {_SYNTAX}") from None
    except ValueError:  # a number of thousands of digits
        raise Flaw(0, f"A number is too long. {_SYNTAX}") from None
    except RecursionError:
        raise Flaw(0, "Conditions are nested too deeply. Make the letter simpler.") from None


def _without_break(line: re.Match[str]) -> str:
    """Take a condition's own line out of the letter, but not out of the count of lines."""
    return f"{line[1]}{{#\n#}}"


def _inspect(tree: nodes.Template, forbidden: frozenset[str]) -> None:
    """Refuse whatever is not a known field or a condition."""
    for count, (node, depth) in enumerate(_walk(tree)):
        kind = type(node).__name__
        if count > _MOST_NODES or depth > _DEEPEST:
            raise Flaw(node.lineno, "There are too many fields or conditions. Make it simpler.")
        if kind == "For":
            raise Flaw(node.lineno, "Loops cannot be used. {{ items }} lists the products.")
        if kind not in _ALLOWED:
            raise Flaw(node.lineno, f"This cannot be used in a letter. {_SYNTAX}")
        name = getattr(node, "name", "") if kind == "Name" else ""
        if name and name not in _NAMES:
            raise Flaw(node.lineno, _unknown(name))
        if name in forbidden:
            raise Flaw(node.lineno, f"{{{{ {name} }}}} cannot stand in the subject.")


def _walk(node: nodes.Node, depth: int = 0) -> Iterator[tuple[nodes.Node, int]]:
    yield node, depth
    for child in node.iter_child_nodes():
        yield from _walk(child, depth + 1)


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, sorted(_NAMES), 1)
    if near:
        return f"There is no field {clean(name, 40)}. Write {{{{ {near[0]} }}}} instead."
    return f"There is no field {clean(name, 40)}. The fields are: {', '.join(sorted(_NAMES))}."


def _show(value: Any) -> str:
    """Turn a field's value into text that Markdown takes literally."""
    text = str(value)  # an empty field raises here
    return f"\n\n{text}\n\n" if text in {ITEMS, REASONS} else shield(text)


@lru_cache(maxsize=1)
def _environment() -> ImmutableSandboxedEnvironment:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        autoescape=False,  # the fields are shielded, and HTML is made later
        undefined=StrictUndefined,
        finalize=_show,
        cache_size=0,
    )
    environment.globals.clear()
    environment.tests.clear()
    known = environment.filters
    environment.filters = {name: known[name] for name in _FILTERS}
    return environment


@lru_cache(maxsize=1)
def _empty_type() -> Any:
    from jinja2 import StrictUndefined

    class Empty(StrictUndefined):
        """An optional field without a value: false in a condition, an error when printed."""

        __slots__ = ()

        def __bool__(self) -> bool:  # type: ignore[override]
            return False

    return Empty


_SYNTAX = "Fields are written {{ first_name }}, conditions {% if first_name %} ... {% endif %}."
_EMPTY = (
    "{name} is empty here. Fill it in under Settings, or put the sentence between "
    "{{% if {name} %}} and {{% endif %}}."
)
