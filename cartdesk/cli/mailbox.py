"""``cartdesk setup --mailbox``: the optional mailbox that replies come into, step by step."""

from __future__ import annotations

from dataclasses import replace

from cartdesk.cli.asking import Asker, ask, ask_secret, choose
from cartdesk.cli.exits import Exit
from cartdesk.cli.trouble import EXPECTED
from cartdesk.domain.settings import Encryption, ImapSettings, MailSettings, Settings

_ENCRYPTIONS = tuple(kind.value for kind in Encryption)


class MailboxWizard(Asker):
    """Asks for the mailbox, tries it, keeps it."""

    async def run(self) -> Exit:
        """Ask until the mailbox can be read. Raises NotPossible when the person leaves."""
        out, setup = self._out, self._setup
        out.say(
            "The mailbox your customers' replies come into. It is optional and only ever read: "
            "who writes back gets no more letters, addresses that do not exist are not tried "
            "again, and after a broken connection cartdesk can look whether the letter went out."
        )
        while True:
            settings = setup.settings()
            imap = self._mailbox(settings.imap, settings.mail)
            password = ask_secret("Password (not shown; empty: the one for sending, or kept)")
            same = not password and imap.login == settings.mail.login
            settings = replace(settings, imap=replace(imap, same_password=same))
            if await self.passed(setup.test_mailbox(settings, password)) and await self._keep(
                settings, password
            ):
                out.say("The mailbox is kept. It is read after each look at the shop.")
                return Exit.OK

    async def _keep(self, settings: Settings, password: str) -> bool:
        try:
            if password:
                await self._setup.keep_mailbox_password(settings, password)
        except EXPECTED as error:
            self.tell(error)
            return False
        return await self.kept(settings)

    def _mailbox(self, known: ImapSettings, mail: MailSettings) -> ImapSettings:
        host = ask("Server", known.host or _likely(mail.host))
        encryption = choose("Encryption", _ENCRYPTIONS, known.encryption.value)
        usual = {"tls": "993", "starttls": "143"}.get(encryption, str(known.port))
        port = choose("Port", None, str(known.port) if known.host == host else usual)
        return replace(
            known,
            host=host,
            port=int(port),
            encryption=Encryption(encryption),
            login=ask("Login", known.login or mail.login),
        )


def _likely(host: str) -> str:
    """Guess where mail is read, from where it is sent: most providers call both alike."""
    first, _, rest = host.partition(".")
    return f"imap.{rest}" if first == "smtp" and rest else host
