"""``cartdesk forget-keys``: takes a shop's key and passwords out of the keyring."""

from __future__ import annotations

import argparse
from functools import partial

from cartdesk.adapters.patience import limited
from cartdesk.adapters.secrets import Secrets
from cartdesk.cli.exits import Exit
from cartdesk.cli.output import Out
from cartdesk.cli.sending import confirmed
from cartdesk.desk import NotPossible
from cartdesk.domain.ports import VaultError
from cartdesk.domain.settings import Settings

_STILL_GOOD = (
    "They are still good where they were made: revoke the key in WooCommerce > Settings > Advanced "
    "> REST API, and an app password at your mail provider. “cartdesk setup” sets new ones."
)


def forget_keys(given: argparse.Namespace, settings: Settings, secrets: Secrets, out: Out) -> Exit:
    """Forget the secrets of one shop, once the merchant said yes.

    Raises:
        NotPossible: Nothing may be changed in this run.
        VaultError: The keyring cannot be asked.
    """
    if given.read_only:
        raise NotPossible("cartdesk was started with --read-only, so nothing is changed.")
    found = limited(lambda: secrets.kept(settings))
    if secrets.given:
        names = ", ".join(secrets.given)
        out.say(f"{names} came from the environment of this run; unset them there yourself.")
    if not found:
        out.say("No key or password of this shop is kept in the keyring.")
        out.document({"removed": [], "left": []})
        return Exit.NOTHING
    where, names = secrets.keyring, ", ".join(one.what for one in found)
    if not confirmed(f"Remove {names} from {where}?", out, yes=given.yes):
        out.say("Nothing was removed.")
        return Exit.NOTHING
    removed, left = [], []
    for one in found:
        try:
            limited(partial(secrets.forget, one))
        except VaultError as error:
            left.append(one.what)
            out.say(f"Not removed: {one.what}. {error}")
        else:
            removed.append(one.what)
            out.line(f"Removed {one.what}.")
    out.say(_STILL_GOOD)
    out.document({"removed": removed, "left": left})
    return Exit.SECRETS if left else Exit.OK
