"""What the set-up screens ask of the program around them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from cartdesk.adapters.mail.providers import Provider
from cartdesk.domain.settings import Audience, MailSettings, Settings
from cartdesk.domain.views import Finding

NO_KEYRING = "no keyring"  # the name of a vault that can keep nothing
CONSENT_HINT = "_marketing_consent"
CONSENT_FIELD = (
    "If your checkout asks for a consent to letters, the order keeps the answer in a field (order "
    "meta key) of the plugin that asks. Needed for the first choice, optional for the second."
)


class SetupPort(Protocol):
    """What the set-up asks of the program around it.

    Whatever cannot be done raises NotPossible, StoreError, VaultError or OSError with a
    sentence for the merchant.
    """

    @property
    def settings_file(self) -> Path:
        """The file the settings are kept in."""

    @property
    def ledger_file(self) -> Path:
        """The file carts and letters are kept in."""

    @property
    def vault_name(self) -> str:
        """The place secrets are kept in, in words ("GNOME keyring"); "no keyring": none."""

    def settings(self) -> Settings:
        """Give the settings as they are kept now (steps done before are in them)."""

    def has_shop_key(self) -> bool:
        """Tell whether a key of the shop is kept."""

    def has_mail_password(self) -> bool:
        """Tell whether the password of the mail account is kept."""

    def presets(self) -> Sequence[Provider]:
        """Give the mail providers known, without "another"."""

    def key_page(self, address: str) -> str:
        """Give the address of the shop's page where a key is made."""

    def proposed_audience(self) -> Audience:
        """Propose who may get letters, by the shop's country."""

    async def test_shop(self, address: str, key: str, secret: str) -> list[Finding]:
        """Ask the shop; with an empty key only whether a WooCommerce shop answers there."""

    async def test_mail(self, mail: MailSettings, password: str) -> list[Finding]:
        """Connect and log in; no letter is sent."""

    async def keep_shop_key(
        self, address: str, key: str, secret: str, *, session_only: bool = False
    ) -> None:
        """Keep the key in the vault, or in memory until the program ends."""

    async def keep_mail_password(
        self, mail: MailSettings, password: str, *, session_only: bool = False
    ) -> None:
        """Keep the password in the vault, or in memory until the program ends."""

    async def save(self, settings: Settings) -> None:
        """Write the settings file."""

    async def doctor(self) -> list[Finding]:
        """Check everything there is to check."""
