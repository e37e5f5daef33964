"""What is connected only at its first use, and a keyring that gives no answer."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from cartdesk.adapters.patience import limited
from cartdesk.adapters.secrets import Secrets
from cartdesk.adapters.vault import SessionVault
from cartdesk.cli.lazy import LazyMailer, LazyStore
from cartdesk.cli.wiring import Premises
from cartdesk.demo.world import World
from cartdesk.domain.ports import NotSent, Store, StoreError, VaultError
from tests.cli.terminal import shop_files


def premises(world: World, vault: SessionVault) -> Premises:
    secrets = Secrets(vault, environ={})
    return Premises(shop_files(), world.settings(), secrets, world.clock)


async def test_the_keyring_is_asked_at_the_first_question_and_again_after_a_refusal(
    tmp_path: Path,
) -> None:
    vault = SessionVault()
    async with World(tmp_path / "world", speed=0) as world:
        place = premises(world, vault)
        store = place.store
        assert store is not None
        with pytest.raises(StoreError) as refused:
            await store.orders({})
        assert refused.value.kind == "no-key"
        assert store.trouble is refused.value
        Secrets(vault, environ={}).keep_shop_key(world.address, world.key, world.secret)
        assert (await store.orders({})).records
        assert store.trouble is None
        await store.close()
        await store.close()


async def test_closing_a_store_that_was_never_asked_connects_nothing() -> None:
    def connect() -> Store:
        raise AssertionError("nobody asked")

    await LazyStore(connect).close()


async def test_without_a_password_the_letter_is_not_sent_and_the_reason_told(
    tmp_path: Path,
) -> None:
    async with World(tmp_path / "world", speed=0) as world:
        mailer = premises(world, SessionVault()).mailer()
        assert isinstance(mailer, LazyMailer)
        failed = mailer.open()
        assert isinstance(failed, NotSent)
        assert "No password of demo is kept" in failed.text
        mailer.close()


def test_a_keyring_that_gives_no_answer_is_not_waited_for() -> None:
    never = threading.Event()
    with pytest.raises(VaultError) as left:
        limited(never.wait, 0.05)
    never.set()
    assert left.value.kind == "locked"
    assert "unlock" in str(left.value)


def test_what_the_keyring_says_passes_through() -> None:
    def denied() -> str:
        raise VaultError("denied", "no")

    assert limited(lambda: "secret") == "secret"
    with pytest.raises(VaultError, match="no"):
        limited(denied)
