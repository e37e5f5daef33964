"""Secrets for this session: typed once where no keyring keeps them, held in memory alone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from cartdesk.tui.setup_steps import Field
from cartdesk.tui.text import MUTED, line

if TYPE_CHECKING:
    from cartdesk.tui.house import House

_FIELDS = {
    "key": ("Consumer key", "ck_..."),
    "secret": ("Consumer secret", "cs_..."),
    "password": ("Mail password", ""),
}
_SHOP, _MAIL = ("key", "secret"), ("password",)


class SessionDialog(ModalScreen[dict[str, str] | None]):
    """Asks for the secrets ``wanted``; escape gives none. Nothing typed is shown."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Cancel")]

    def __init__(self, wanted: tuple[str, ...]) -> None:
        super().__init__()
        self._wanted = wanted

    def compose(self) -> ComposeResult:
        """Lay out the lines to fill in."""
        shop = self._wanted[0] == "key"
        title = "Shop key for this session" if shop else "Mail password for this session"
        with Vertical(classes="dialog"):
            yield Static(line((title, "bold")), classes="dialog-title")
            yield Static(line("None is kept on this computer. What you type here is"))
            yield Static(line("kept in no keyring, never in a file, until cartdesk ends."))
            for name in self._wanted:
                label, hint = _FIELDS[name]
                yield Field(label, name, hint=hint, secret=True)
            with Horizontal(classes="dialog-buttons"):
                yield Button(line("Not now (esc)"), id="no", compact=True)
                yield Button(line("Use (enter)"), id="yes", variant="primary", compact=True)
            yield Static(line(("6 Settings, k asks again.", MUTED)), classes="dialog-hint")

    def on_mount(self) -> None:
        """Put the focus on the first line."""
        self.query(Input).first().focus()

    @on(Input.Submitted)
    @on(Button.Pressed, "#yes")
    def _use(self) -> None:
        """Go on when all is typed, else to the line that is still empty."""
        typed = {name: self.query_one(f"#{name}", Input).value.strip() for name in self._wanted}
        empty = next((name for name, value in typed.items() if not value), None)
        if empty:
            self.query_one(f"#{empty}", Input).focus()
        else:
            self.dismiss(typed)

    @on(Button.Pressed, "#no")
    def action_cancel(self) -> None:
        """Use nothing."""
        self.dismiss(None)


async def ask_for_session(app: House, *, asked: bool = False) -> None:
    """Ask for the secrets that are kept nowhere; say so when none is missing and it was asked."""
    port = app.setup
    settings = port.settings() if port else app.desk.settings
    if port is None or not settings.shop.address:
        return
    shop, mail = settings.shop, settings.mail
    has_key = await asyncio.to_thread(port.has_shop_key)
    has_password = not mail.login or await asyncio.to_thread(port.has_mail_password)
    if has_key and has_password and asked:
        app.tell("Nothing is missing: the shop's key and the mail password are there.")
    for wanted, there in ((_SHOP, has_key), (_MAIL, has_password)):
        if there:
            continue
        typed = await app.push_screen_wait(SessionDialog(wanted))
        if typed is None:
            return
        if wanted == _SHOP:
            key, secret = typed["key"], typed["secret"]
            await port.keep_shop_key(shop.address, key, secret, session_only=True)
            app.rounds.poll(asked=True)
        else:
            await port.keep_mail_password(mail, typed["password"], session_only=True)
            app.tell("The mail password is used for this session only.")
