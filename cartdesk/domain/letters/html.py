"""The HTML part of a letter.

It is made of tables with inline styles, since mail programs know little else. Nothing in it
is fetched but the products' pictures, and it reads well without them.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from cartdesk.domain.letters.fields import Item
from cartdesk.domain.letters.parts import BadLink, Part, is_items, is_reasons, target, unshield

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode

_CARD = "background:#ffffff;border:1px solid #e7e1d6;border-radius:10px"
_FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_INK = "#2c2a26"
_MUTED = "#6b665d"
_GREEN = "#2f5d50"
_LINE = "#ece7dd"


class HtmlPart(Part):
    """Writes the HTML part."""

    def letter(self, root: SyntaxTreeNode, subject: str) -> str:
        """Write the whole page: the shop's name, the card with the letter, the footer."""
        facts = self.facts
        rows = (
            f'<td style="padding:4px 8px 14px;font:600 18px Georgia,serif;color:{_GREEN}">'
            f"{escape(facts.shop_name)}</td>",
            f'<td class="card" style="{_CARD};padding:28px 24px 14px">'
            f"{self.inside(root)}{self.below()}</td>",
            f'<td style="padding:20px 8px;font-size:13px;line-height:1.55;color:{_MUTED}">'
            f"{self.footer()}</td>",
        )
        body = "".join(f"<tr>{row}</tr>" for row in rows)
        return _PAGE.format(
            language=escape(facts.language), title=escape(subject), font=_FONT, ink=_INK, rows=body
        )

    def below(self) -> str:
        """Write what stands in the card below the letter; nothing by itself."""
        return ""

    def footer(self) -> str:
        """Write who wrote it, why, and how to stop."""
        facts = self.facts
        stop = escape(facts.words.stop)
        if facts.stop_url:
            stop += " " + _anchor(facts.stop_url, escape(facts.words.stop_link), _MUTED) + "."
        return (
            f'<p style="margin:0 0 12px">{self.identity()}</p>'
            f'<p style="margin:0">{escape(facts.why)}<br>{stop}</p>'
        )

    def identity(self) -> str:
        """Write who the sender is and how to reach them."""
        facts = self.facts
        contact = []
        if facts.email:
            contact.append(_anchor(f"mailto:{facts.email}", escape(facts.email), _MUTED))
        if facts.phone:
            contact.append(_anchor(target(f"tel:{facts.phone}"), escape(facts.phone), _MUTED))
        who = [" · ".join(map(escape, facts.sender)), " · ".join(contact)]
        return "<br>".join(filter(None, who))

    def paragraph(self, node: SyntaxTreeNode) -> str:
        if is_items(node):
            return self.items()
        if is_reasons(node):
            return self.reasons()
        link = self.button(node)
        if link is not None:
            return _BUTTON.format(url=escape(self.address(link)), label=self.inside(link))
        return f'<p style="margin:0 0 16px">{self.inside(node)}</p>'

    def heading(self, node: SyntaxTreeNode) -> str:
        style = f"margin:0 0 14px;font:600 20px/1.35 Georgia,serif;color:{_INK}"
        return f'<{node.tag} style="{style}">{self.inside(node)}</{node.tag}>'

    def bullet_list(self, node: SyntaxTreeNode) -> str:
        return f'<ul style="margin:0 0 16px;padding:0 0 0 22px">{self.inside(node)}</ul>'

    def ordered_list(self, node: SyntaxTreeNode) -> str:
        start = int(node.attrs.get("start", 1))
        style = "margin:0 0 16px;padding:0 0 0 22px"
        return f'<ol start="{start}" style="{style}">{self.inside(node)}</ol>'

    def list_item(self, node: SyntaxTreeNode) -> str:
        tight = [
            self.inside(child) if child.type == "paragraph" and child.hidden else self.write(child)
            for child in node.children
        ]
        return f'<li style="margin:0 0 6px">{"".join(tight)}</li>'

    def blockquote(self, node: SyntaxTreeNode) -> str:
        style = f"margin:0 0 16px;padding:0 0 0 14px;border-left:3px solid {_LINE}"
        return f'<blockquote style="{style}">{self.inside(node)}</blockquote>'

    def hr(self, _node: SyntaxTreeNode) -> str:
        return f'<hr style="margin:20px 0;border:0;border-top:1px solid {_LINE}">'

    def fence(self, node: SyntaxTreeNode) -> str:
        style = "margin:0 0 16px;white-space:pre-wrap;font-size:14px"
        return f'<pre style="{style}">{escape(unshield(node.content))}</pre>'

    code_block = fence

    def text(self, node: SyntaxTreeNode) -> str:
        return escape(unshield(node.content))

    text_special = text

    def code_inline(self, node: SyntaxTreeNode) -> str:
        return f"<code>{self.text(node)}</code>"

    def softbreak(self, _node: SyntaxTreeNode) -> str:
        return "\n"

    def hardbreak(self, _node: SyntaxTreeNode) -> str:
        return "<br>"

    def strong(self, node: SyntaxTreeNode) -> str:
        return f"<strong>{self.inside(node)}</strong>"

    def em(self, node: SyntaxTreeNode) -> str:
        return f"<em>{self.inside(node)}</em>"

    def link(self, node: SyntaxTreeNode) -> str:
        return _anchor(self.address(node), self.inside(node), _GREEN)

    def image(self, node: SyntaxTreeNode) -> str:
        url = self.address(node, "src")
        if not url.startswith("https:"):
            raise BadLink(url)
        alt = escape(unshield(node.content))
        return f'<img src="{escape(url)}" alt="{alt}" style="max-width:100%;height:auto;border:0">'

    def items(self) -> str:
        """Write the list of products as a table: picture, name and quantity, price; sums."""
        facts = self.facts
        pictures = any(item.image for item in facts.items)
        rows = [self._row(item, pictures=pictures) for item in facts.items]
        span = 2 if pictures else 1
        if facts.more:
            more = escape(facts.words.more.format(n=facts.more))
            rows.append(f'<td colspan="{span + 1}" style="{_CELL};color:{_MUTED}">{more}</td>')
        for name, price in facts.sums:
            weight = "font-weight:600" if (name, price) == facts.sums[-1] else f"color:{_MUTED}"
            rows.append(
                f'<td colspan="{span}" style="{_CELL};{weight}">{escape(name)}</td>'
                f'<td align="right" style="{_PRICE};{weight}">{escape(price)}</td>'
            )
        table = "".join(f"<tr>{row}</tr>" for row in rows)
        return _TABLE.format(rows=table)

    def reasons(self) -> str:
        """Write the reasons a reader can tap as a list of links."""
        entries = "".join(
            f'<li style="margin:0 0 8px">{_anchor(target(url), escape(label), _GREEN)}</li>'
            for label, url in self.facts.reasons
        )
        return f'<ul style="margin:0 0 16px;padding:0 0 0 22px">{entries}</ul>'

    def _row(self, item: Item, *, pictures: bool) -> str:
        name = escape(item.name)
        image = ""
        if item.image:
            image = _PICTURE.format(url=escape(item.image), alt=name)
        cell = f'<td width="64" valign="top" style="{_CELL}">{image}</td>' if pictures else ""
        quantity = escape(self.facts.words.quantity.format(n=item.quantity))
        return (
            f'{cell}<td valign="top" style="{_CELL};overflow-wrap:anywhere;word-break:break-word">'
            f'{name}<br><span style="font-size:14px;color:{_MUTED}">{quantity}</span></td>'
            f'<td align="right" valign="top" style="{_PRICE}">{escape(item.price)}</td>'
        )


def _anchor(url: str, label: str, color: str) -> str:
    return f'<a href="{escape(url)}" style="color:{color};text-decoration:underline">{label}</a>'


_CELL = f"padding:12px 14px 12px 0;border-top:1px solid {_LINE}"
_PRICE = f"padding:12px 0;border-top:1px solid {_LINE};white-space:nowrap"
_PICTURE = (
    '<img src="{url}" alt="{alt}" width="64" height="64" style="display:block;width:64px;'
    "height:64px;border:0;border-radius:6px;object-fit:cover;overflow:hidden;"
    'background:#f4f1ea;font-size:10px;line-height:1.3;color:#6b665d">'
)
_TABLE = (
    '<table width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:4px 0 20px;'
    f"border-collapse:collapse;border-bottom:1px solid {_LINE};font-size:16px;"
    'line-height:1.4">{rows}</table>'
)
_BUTTON = (
    '<table role="presentation" cellpadding="0" cellspacing="0" border="0" '
    'style="margin:4px 0 22px"><tr>'
    f'<td bgcolor="{_GREEN}" style="border-radius:8px">'
    '<a href="{url}" style="display:inline-block;padding:13px 26px;border-radius:8px;'
    'color:#ffffff;font-weight:600;text-decoration:none">{label}</a></td></tr></table>'
)
# Outlook on Windows does not know max-width; the comments give it a table of its own.
_PAGE = """<!DOCTYPE html>
<html lang="{language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light"><title>{title}</title></head>
<body style="margin:0;padding:0;background:#f6f3ee">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" \
bgcolor="#f6f3ee"><tr><td align="center" style="padding:24px 12px">
<!--[if mso]><table role="presentation" width="600"><tr><td><![endif]-->
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" \
style="max-width:600px;text-align:left;{font};font-size:16px;line-height:1.6;color:{ink}">
{rows}
</table>
<!--[if mso]></td></tr></table><![endif]-->
</td></tr></table>
</body></html>
"""
