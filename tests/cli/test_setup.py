"""The set-up: by question and answer on a real terminal, and what the screens ask of it."""

from __future__ import annotations

import asyncio
import io
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from cartdesk.adapters.ledger import Book
from cartdesk.adapters.secrets import Secrets
from cartdesk.adapters.settings.file import SettingsFile
from cartdesk.adapters.vault import SessionVault
from cartdesk.cli.asking import ask, choose
from cartdesk.cli.screens import SetUpFirst
from cartdesk.cli.wiring import Premises
from cartdesk.demo.world import World
from cartdesk.desk import NotPossible
from cartdesk.domain.consent import usual_audience
from cartdesk.domain.model import Shop
from cartdesk.domain.ports import StoreError
from cartdesk.domain.settings import Audience, Encryption, MailSettings, Settings, ShopSettings
from cartdesk.domain.views import Finding, Verdict
from cartdesk.tui.setup import SetupScreen
from cartdesk.work.setup import Setup
from tests.cli.terminal import shop_files
from tests.cli.typist import Typist


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(tmp_path / "world", speed=0) as running:
        yield running


def premises(world: World, settings: Settings | None = None) -> Premises:
    secrets = Secrets(SessionVault(), environ={})
    return Premises(shop_files(), settings or Settings(), secrets, world.clock)


def stops(findings: list[Finding]) -> bool:
    return any(finding.verdict is Verdict.STOP for finding in findings)


def by_question_and_answer(world: World) -> tuple[int, str]:
    host, port = world.smtp_host, str(world.smtp_port)
    with Typist("setup", "--plain") as typist:
        typist.answer("Address: ", "nonsense address")
        typist.answer("is not the address of a shop", "")
        typist.answer("Address: ", world.address + "/wp-admin/")
        typist.answer("Consumer key", world.key)
        typist.answer("not shown", "cs_wrong")
        typist.answer("Consumer key", world.key)
        typist.answer("not shown", world.secret)
        typist.answer("Who keeps your mail?", "0")
        typist.answer("Server", host)
        typist.answer("Encryption", "none")
        typist.answer("Port", port)
        typist.answer("Login", world.smtp_login)
        typist.answer("Password", world.smtp_password)
        typist.answer("E-mail letters come from", "hello@oakandtin.example")
        typist.answer("Your name", "Maija, Oak & Tin")
        typist.answer("Replies go to [hello@oakandtin.example]", "")
        typist.answer("Postal address", "Puistokatu 7, Helsinki")
        typist.answer("Your choice", "")
        typist.answer("Your choice", "2")
        typist.answer("Consent field (empty: there is none)", "_marketing_consent")
        return typist.end(), typist.seen


async def test_by_question_and_answer_everything_is_kept_and_no_secret_is_shown(
    world: World,
) -> None:
    code, seen = await asyncio.to_thread(by_question_and_answer, world)
    assert code == 0, seen
    settings = SettingsFile(shop_files().settings).read()
    assert settings.shop.address == world.address
    assert settings.mail.encryption is Encryption.NONE
    assert (settings.mail.host, settings.mail.port) == (world.smtp_host, world.smtp_port)
    assert settings.sender.reply_to == settings.sender.email == "hello@oakandtin.example"
    assert settings.consent.audience is Audience.CUSTOMER
    assert settings.consent.meta_key == "_marketing_consent"
    assert "(usual in your country)" in seen  # the demo shop is in Finland
    assert "secret does not belong to it" in seen
    for secret in (world.secret, world.smtp_password):
        assert secret not in seen
        assert secret not in shop_files().settings.read_text("utf-8")
    assert not list((world.maildir / "new").iterdir())


def without_a_keyring(world: World) -> tuple[int, str]:
    with Typist("setup", "--plain") as typist:
        typist.wait_for("kept in no keyring, never in a file")
        typist.answer("Address: ", world.address)
        for answer in ("n", "y"):
            typist.answer("Consumer key", world.key)
            typist.answer("not shown", world.secret)
            typist.answer("Use it only for this session?", answer)
        typist.wait_for("Who keeps your mail?")
        typist.process.send_signal(signal.SIGINT)
        return typist.end(), typist.seen


async def test_without_a_keyring_the_set_up_goes_on_with_a_key_for_this_session(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    code, seen = await asyncio.to_thread(without_a_keyring, world)
    assert code == 130, seen
    assert "No keyring can be reached" in seen
    assert world.secret not in seen
    assert world.secret not in shop_files().settings.read_text("utf-8")


def test_leaving_in_the_middle_ends_with_a_sentence() -> None:
    with Typist("setup", "--plain") as typist:
        typist.wait_for("Address: ")
        typist.process.send_signal(signal.SIGINT)
        assert typist.end() == 130
    assert "Interrupted." in typist.seen
    assert "Traceback" not in typist.seen


def test_questions_are_asked_until_the_answer_fits(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n x \n\n70000\n465\nmaybe\ntls\n"))
    assert ask("Name") == "x"
    assert ask("Name", "known") == "known"
    assert choose("Port", None) == "465"
    assert choose("Encryption", ("tls", "starttls")) == "tls"
    with pytest.raises(NotPossible):
        ask("Name")
    assert "tls, starttls" in capsys.readouterr().err


# what the screens ask


async def test_an_address_alone_shows_whether_a_shop_is_there(world: World) -> None:
    setup = premises(world).setup()
    findings = await setup.test_shop(world.address, "", "")
    assert not stops(findings)
    assert "asks for a key" in findings[0].sentence
    world.store.faults.append(
        lambda request, answer: replace(
            answer, status=404, body=b"<html>", headers={"Content-Type": "text/html"}
        )
    )
    assert stops(await setup.test_shop(world.address, "", ""))
    with pytest.raises(StoreError):
        await setup.test_shop("http://far.example", "", "")


async def test_key_and_password_are_tested_and_kept_in_the_keyring(world: World) -> None:
    place = premises(world)
    setup = place.setup()
    await setup.save(Settings(shop=ShopSettings(address=f"{world.address}/wp-admin/")))
    assert setup.settings().shop.address == world.address
    assert not setup.has_shop_key()
    assert not stops(await setup.test_shop(world.address, world.key, world.secret))
    await setup.keep_shop_key(world.address, f" {world.key} ", world.secret)
    assert setup.has_shop_key()
    assert place.secrets.shop_key(world.address) == (world.key, world.secret)

    mail = world.settings().mail
    assert stops(await setup.test_mail(mail, "wrong"))
    assert not stops(await setup.test_mail(mail, world.smtp_password))
    await setup.keep_mail_password(mail, world.smtp_password)
    await setup.save(replace(setup.settings(), mail=mail))
    assert setup.has_mail_password()
    assert not stops(await setup.test_mail(mail, ""))  # the one that is kept
    assert setup.key_page(world.address).startswith(f"{world.address}/wp-admin/admin.php?")
    assert any(finding.topic == "sender" for finding in await setup.doctor())


async def test_settings_that_may_not_be_are_refused_and_the_file_stays(world: World) -> None:
    setup = premises(world).setup()
    before = Settings(shop=ShopSettings(address="https://shop.example"))
    await setup.save(before)
    plain = MailSettings(host="mail.example", encryption=Encryption.NONE)
    with pytest.raises(NotPossible, match="could be read on the way"):
        await setup.save(replace(before, mail=plain))
    assert setup.settings() == before
    setup.settings_file.write_text("nonsense", "utf-8")
    with pytest.raises(NotPossible, match="line 1"):
        setup.settings()


@pytest.mark.parametrize(
    ("country", "audience"),
    [
        ("HU", Audience.CONSENT),
        ("FI", Audience.CUSTOMER),
        ("NO", Audience.CUSTOMER),
        ("GB", Audience.CUSTOMER),
        ("US", Audience.EVERYONE),
        ("", Audience.CONSENT),
    ],
)
def test_who_may_get_letters_is_proposed_by_the_country(country: str, audience: Audience) -> None:
    assert usual_audience(country) is audience


async def test_the_country_is_known_from_the_test_or_from_the_ledger(world: World) -> None:
    place = premises(world)
    assert place.setup().proposed_audience() is Audience.CONSENT  # not known yet
    tested = place.setup()
    await tested.test_shop(world.address, world.key, world.secret)
    assert tested.proposed_audience() is Audience.CUSTOMER
    book = Book(place.paths.ledger)
    book.write(lambda book: book.state.keep_shop(Shop(world.address, country="US")))
    book.close()
    assert Setup(place.paths, place.secrets, world.clock).proposed_audience() is Audience.EVERYONE


async def test_cartdesk_setup_opens_the_set_up_over_the_desk(world: World) -> None:
    for settings, first in ((Settings(), "#address"), (world.settings(), "#key")):
        place = premises(world, settings)
        SettingsFile(place.paths.settings).write(settings)
        app = SetUpFirst(place.desk(), clock=world.clock, setup=place.setup())
        async with app.run_test() as pilot:
            await app.started.wait()
            for _ in range(100):
                if isinstance(app.screen, SetupScreen) and app.screen.query(first):
                    break
                await pilot.pause(0.02)
            shown = [screen for screen in app.screen_stack if isinstance(screen, SetupScreen)]
            assert len(shown) == 1


def test_the_demo_opens_on_a_terminal_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with Typist("demo") as typist:
        typist.wait_for("Queue")
        (directory,) = tmp_path.glob("cartdesk-demo-*")
        assert (directory / "Maildir").is_dir()
        os.write(typist.handle, b"\x11")  # ctrl+q
        assert typist.end() == 0
        assert not directory.exists()


async def test_a_secret_for_this_session_lives_in_memory_alone(world: World) -> None:
    vault = SessionVault()
    secrets = Secrets(vault, environ={})
    setup = Setup(shop_files(), secrets, world.clock)
    mail = world.settings().mail
    await setup.save(Settings(shop=ShopSettings(address=world.address), mail=mail))
    await setup.keep_shop_key(world.address, world.key, world.secret, session_only=True)
    await setup.keep_mail_password(mail, world.smtp_password, session_only=True)
    assert setup.has_shop_key()
    assert setup.has_mail_password()
    assert secrets.where_shop_key(world.address) == "this session"
    assert repr(vault) == "SessionVault(0 secrets)"
    assert secrets.known() >= {world.key, world.secret, world.smtp_password}
