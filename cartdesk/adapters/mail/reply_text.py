"""What a person wrote in a reply: without what they quote, sign with, or their program adds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from email.message import Message

from cartdesk.adapters.markup import Tag, pieces
from cartdesk.domain.text import clean_lines

LONGEST = 5000  # characters that are kept
_NOT_WESTERN = frozenset("õûÕÛ")
_EXCERPT = 1000  # characters at each end of a mail that is nothing but a quotation
_MOST_TEXT = 60_000  # characters that are looked at
_BREAKS = frozenset({"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "ul", "ol", "table"})
_SILENT = frozenset({"script", "style", "head", "title", "template"})
_VOID = frozenset({"br", "img", "hr", "meta", "link", "input", "col", "wbr", "area", "base"})
# how Gmail, Yahoo, Outlook, Thunderbird and Proton mark what they quote, and a signature
_QUOTES = re.compile(
    r"gmail_quote|yahoo_quoted|moz-cite-prefix|protonmail_quote"
    r"|gmail_signature|moz-signature|protonmail_signature"
)
_OUTLOOK = "divRplyFwdMsg"  # stands above what Outlook quotes, not around it
_WROTE = re.compile(
    r"(?:\bwrote|\bkirjoitti|\bírta|\bschrieb|\ba écrit|\bskrev|\bescribió|\bha scritto)"
    r"\b[^\n]{0,80}:$"
)
_OPENS = re.compile(r"(?:On|Am|Le|El|Il|Den|Op|ma|ti|ke|to|pe|la|su) |\d")
_NAMES = re.compile(r"[^\n]{0,60}<\S{1,254}@\S{1,254}>")
_ORIGINAL = re.compile(
    r"-{2,}\s*(?:Original Message|Alkuperäinen viesti|Eredeti üzenet|Ursprüngliche Nachricht"
    r"|Message d'origine|Forwarded message|Välitetty viesti|Továbbított üzenet)\s*-{2,}",
    re.IGNORECASE,
)
_FROM = re.compile(r"\*?(?:From|Lähettäjä|Feladó|Von|De|Från|Da)\s*:\*?\s*\S")
_NEXT = re.compile(
    r"\*?(?:Sent|Date|To|Subject|Lähetetty|Päivä|Vastaanottaja|Aihe|Elküldve|Dátum|Címzett|Tárgy"
    r"|Gesendet|Datum|An|Betreff|Envoyé|Skickat|Till|Ämne)\s*:"
)
_DEVICE = re.compile(
    r"(?:sent from my |sent from .{0,20}mail|get outlook for |sent with |lähetetty .{0,40}"
    r"(?:stani|sta|stä|lla|llä)\b|hanki outlook|elküldve |az én .{0,30}küldve|küldve .{0,30}-"
    r"|outlook letöltése|von meinem .{0,30}gesendet)[^\n]{0,80}$",
    re.IGNORECASE,
)


def own_words(message: Message) -> str:
    """Give what the writer of a mail wrote themselves, clean and at most 5,000 characters.

    The plain part is preferred; HTML is turned to text where there is no plain one. When
    nothing is left without the quoted text, it is "".
    """
    plain, html = _bodies(message)
    return clean_lines(without_quotes(plain if plain.strip() else to_text(html)), LONGEST)


def quoted_words(message: Message) -> str:
    """Give the beginning and the end of a mail with what it quotes, clean.

    Somebody may have written within the quotation, where no rule can tell whose words are whose.
    """
    plain, html = _bodies(message)
    text = plain if plain.strip() else to_text(html, quotes=True)
    text = clean_lines(text[:_MOST_TEXT], _MOST_TEXT)
    if len(text) <= 2 * _EXCERPT:
        return text
    return f"{text[:_EXCERPT].rstrip()}\n[…]\n{text[-_EXCERPT:].lstrip()}"


def _bodies(message: Message) -> tuple[str, str]:
    """Give the first plain part and the first HTML part of a mail."""
    plain = html = ""
    for part in message.walk():
        kind = part.get_content_type()
        if part.is_multipart() or part.get_content_disposition() == "attachment":
            continue
        if kind == "text/plain" and not plain:
            plain = decoded(part)
        elif kind == "text/html" and not html:
            html = decoded(part)
    return plain, html


def decoded(part: Message) -> str:
    """Decode the body of a part in the character set it names, or in a likely one."""
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError, TypeError, AttributeError):
        return ""
    if not isinstance(payload, bytes):
        return ""
    payload = payload[: _MOST_TEXT * 4]
    try:
        named = part.get_content_charset("")
    except (ValueError, LookupError, TypeError, AttributeError):
        named = ""
    for charset in (named or "utf-8", "utf-8", "cp1252"):
        try:
            text = payload.decode(charset)
        except (ValueError, LookupError, TypeError):
            continue
        return text if named or charset != "cp1252" else _central_european(payload, text)
    return payload.decode("utf-8", "replace")


def _central_european(payload: bytes, western: str) -> str:
    """Read a text that names no character set as Hungarian, when it is.

    The bytes of ő and ű in cp1250 and ISO 8859-2 are õ and û in Western Europe.
    """
    from cartdesk.domain.feedback.language import guess_language

    if _NOT_WESTERN.isdisjoint(western):
        return western
    central = payload.decode("cp1250", "replace")
    return central if guess_language(central) == "hu" else western


def without_quotes(text: str) -> str:
    """Take quoted lines, the line above them, a signature and a phone's advertising away."""
    lines = [line.rstrip() for line in text[:_MOST_TEXT].replace("\r\n", "\n").split("\n")]
    lines = lines[: _old_message(lines)]
    kept: list[str] = []
    for number, line in enumerate(lines):
        if line.lstrip().startswith(">"):
            if number == 0 or not lines[number - 1].lstrip().startswith(">"):
                _drop_attribution(kept)
        elif _begins_signature(line):
            break
        else:
            kept.append(line)
    _drop_attribution(kept)  # of a quotation that was cut off, or marked by HTML
    while kept and (not kept[-1].strip() or _DEVICE.match(kept[-1].strip())):
        kept.pop()
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def _old_message(lines: list[str]) -> int:
    """Find where a program put the whole old message below, without marking its lines."""
    for number, line in enumerate(lines):
        if _ORIGINAL.search(line[:200]):
            return number
        following = " \n".join(lines[number + 1 : number + 4])
        if _FROM.match(line) and any(_NEXT.match(one) for one in following.split("\n")):
            above = number - 1
            while above >= 0 and not lines[above].strip("_- "):
                above -= 1  # the ruler Outlook draws
            return above + 1
    return len(lines)


def _begins_signature(line: str) -> bool:
    return line in {"--", "-- "} or line == "__"


def _drop_attribution(kept: list[str]) -> None:
    """Drop "On Tuesday Ana wrote:" from the end; programs break it over two or three lines."""
    while kept and not kept[-1].strip():
        kept.pop()
    for opens in (_OPENS, _NAMES):
        for length in range(1, min(3, len(kept)) + 1):
            if not kept[-length].strip():
                break
            joined = " ".join(line.strip() for line in kept[-length:])
            if _WROTE.search(joined[-200:]) and opens.match(joined[:400]):
                del kept[-length:]
                return


def to_text(html: str, *, quotes: bool = False) -> str:
    """Turn the HTML of a mail to text, with what it quotes or without."""
    lines = "".join(_unquoted(pieces(html[: _MOST_TEXT * 4]), quotes)).split("\n")
    return "\n".join(" ".join(line.split()) for line in lines)


def _unquoted(markup: Iterable[str | Tag], quotes: bool) -> Iterator[str]:
    """Give the text outside scripts, styles and (unless wanted) quotations.

    Depth is counted, not nested.
    """
    left_out, depth = "", 0  # the element whose content is left out
    for piece in markup:
        if left_out:
            if isinstance(piece, Tag) and piece.name == left_out:
                depth += -1 if piece.closes else 1
                if depth == 0:
                    yield "" if left_out in _SILENT else "\n"
                    left_out = ""
        elif isinstance(piece, str):
            yield piece.replace("\n", " ")
        elif not piece.closes and _OUTLOOK in piece.named:
            yield "\n--Original Message--\n"
        elif not piece.closes and (piece.name in _SILENT if quotes else _begins_quote(piece)):
            left_out, depth = piece.name, 1
        elif piece.name in _BREAKS:
            yield "\n"


def _begins_quote(tag: Tag) -> bool:
    if tag.name in _VOID:
        return False
    return tag.name == "blockquote" or tag.name in _SILENT or bool(_QUOTES.search(tag.named))
