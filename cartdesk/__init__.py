"""cartdesk: see who almost bought, read each reminder, send it with one key.

``domain`` holds the rules (pure Python), ``adapters`` the outside world (shop, ledger,
mail, keyring, settings file), ``desk`` everything a merchant can do, ``tui`` the screens,
``demo`` a shop on this computer to try it all with, and ``cli`` wires them together.
Imports point down only: cli, tui, demo, desk, adapters, domain.
"""

__version__ = "0.1.0"
