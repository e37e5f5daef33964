"""Opening things in the browser: the whole address is shown first, and only http(s) opens."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from cartdesk.adapters.browser import browse
from cartdesk.tui.dialogs import Ask, Explain
from cartdesk.tui.text import line, stack

if TYPE_CHECKING:
    from cartdesk.tui.house import House


async def visit(app: House, url: str, note: str = "") -> None:
    """Show a link in full, ask, and open it. Anything but http(s) is refused."""
    try:
        scheme = urlsplit(url).scheme
    except ValueError:
        scheme = ""
    if not url:
        app.tell(note or "There is no link for this cart.", trouble=True)
    elif scheme not in {"http", "https"}:
        app.tell("Not opened: the link is no web address (http or https).", trouble=True)
    else:
        body = stack(line(url), *([line((note, "dim"))] if note else []))
        if await app.push_screen_wait(Ask("Open this link in the browser?", body, yes="Open")):
            await open_in_browser(app, url, "Opened the link in the browser.")


async def browse_any(url: str) -> bool:
    """Open an address of ours (``https://wa.me``, ``sms:``, ``tel:``); False when nothing can."""
    return await asyncio.to_thread(browse, url)


async def open_in_browser(app: House, url: str, said: str) -> None:
    """Open a URL and say so, or name what to open where there is no browser."""
    if await asyncio.to_thread(browse, url):
        app.tell(said)
        return
    pairs = [
        ("", line("Nothing was opened. Open this yourself, before you leave cartdesk:")),
        ("", line((unquote(url.removeprefix("file://")) if url[:5] == "file:" else url, "bold"))),
    ]
    await app.push_screen(Explain("There is no browser here", pairs))


def html_part(message: bytes) -> str:
    """Take the HTML part out of a letter's bytes; "" when it has none."""
    from email import message_from_bytes
    from email.message import EmailMessage
    from email.policy import default

    parsed = message_from_bytes(message, _class=EmailMessage, policy=default)
    part = parsed.get_body(("html",))
    return str(part.get_content()) if part is not None else ""


async def show_html(app: House, message: bytes) -> None:
    """Write the HTML part to a file only this user can read, ask, and open it."""
    html = html_part(message)
    if not html:
        app.tell("This letter has no HTML part.", trouble=True)
        return
    body = stack(
        line("The HTML part is written to a private file on this computer and your browser"),
        line("shows it. The browser may load the pictures in it from the shop. The file is"),
        line("deleted when you leave cartdesk."),
    )
    if await app.push_screen_wait(Ask("Show the letter in the browser?", body, yes="Show")):
        handle, name = tempfile.mkstemp(prefix="cartdesk-", suffix=".html")  # 0600 by mkstemp
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(html)
        app.left_behind.append(Path(name))
        await open_in_browser(app, Path(name).as_uri(), "Showed the letter in the browser.")
