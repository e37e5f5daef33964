"""The folder cartdesk keeps its files in, for a shop that has many carts already."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cartdesk.adapters.paths import Home
from cartdesk.adapters.settings.file import SettingsFile
from cartdesk.domain.settings import (
    Audience,
    ConsentSettings,
    SenderSettings,
    Settings,
    ShopSettings,
)
from tests.bench.ledgers import ADDRESS, write_carts

SENDER = SenderSettings(
    name="Oak & Tin",
    email="hello@oakandtin.example",
    reply_to="hello@oakandtin.example",
    postal_address="Oak & Tin, Puistokatu 7, 00140 Helsinki, Finland",
)


def settings_for(address: str) -> Settings:
    """Give the settings of a shop that writes to everyone."""
    return Settings(
        shop=ShopSettings(address=address),
        sender=SENDER,
        consent=ConsentSettings(audience=Audience.EVERYONE),
    )


def write_home(folder: Path, carts: int) -> Path:
    """Write settings and a ledger with so many carts; gives the ledger's path."""
    paths = Home.find({"CARTDESK_HOME": str(folder)}).shop()
    SettingsFile(paths.settings).write(settings_for(ADDRESS))
    write_carts(paths.ledger, carts)
    return paths.ledger


def environment(ledger: Path) -> Mapping[str, str]:
    """Give the variables that make cartdesk use the home of such a ledger, and no keyring."""
    return {
        "CARTDESK_HOME": str(ledger.parent.parent),
        "CARTDESK_WC_KEY": "ck_" + "0" * 40,
        "CARTDESK_WC_SECRET": "cs_" + "0" * 40,
        "PYTHON_KEYRING_BACKEND": "tests.memory_keyring.MemoryKeyring",
    }
