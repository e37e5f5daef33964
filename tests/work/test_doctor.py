"""What the doctor finds, over a real shop, mail server, ledger and keyring."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from keyring.backends.fail import Keyring as NoKeyring

from cartdesk.adapters.ledger import Book
from cartdesk.adapters.paths import Home
from cartdesk.adapters.secrets import Secrets
from cartdesk.adapters.settings.file import SettingsFile
from cartdesk.adapters.vault import KeyringVault, SessionVault
from cartdesk.demo.web import Request, Response
from cartdesk.demo.world import World
from cartdesk.domain.model import Shop
from cartdesk.domain.settings import Audience, ConsentSettings, SenderSettings, Settings
from cartdesk.domain.views import Finding, Verdict
from cartdesk.work.doctor import Examined, examine
from cartdesk.work.examining import other_senders

OK, WARN, STOP = Verdict.OK, Verdict.WARN, Verdict.STOP


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(tmp_path / "world", speed=0) as running:
        yield running


def place(world: World, key: str = "", secret: str = "") -> Examined:
    """Set the world's shop up in this home."""
    paths, settings = Home.find().shop(), world.settings()
    SettingsFile(paths.settings).write(settings)
    secrets = Secrets(SessionVault(), environ={})
    secrets.keep_shop_key(world.address, key or world.key, secret or world.secret)
    secrets.keep_mail_password(world.smtp_host, world.smtp_login, world.smtp_password)
    return Examined(paths, settings, secrets, world.clock)


async def found(here: Examined) -> list[Finding]:
    return [finding async for finding in examine(here)]


def of(findings: list[Finding], topic: str) -> list[Finding]:
    return [finding for finding in findings if finding.topic == topic]


def worst(findings: list[Finding], topic: str) -> Verdict:
    order = [OK, WARN, STOP]
    return max((finding.verdict for finding in of(findings, topic)), key=order.index)


async def test_where_all_is_well_nothing_stops_and_no_secret_is_shown(world: World) -> None:
    here = place(world)
    Book(here.paths.ledger).close()
    findings = await found(here)
    assert {finding.verdict for finding in findings} == {OK}, findings
    topics = {finding.topic for finding in findings}
    assert topics >= {"settings", "folders", "disk", "ledger", "keyring", "secrets", "shop", "key"}
    assert topics >= {"checkout", "coverage", "clock", "mail", "sender", "other senders"}
    told = " ".join(f"{finding.sentence} {finding.mend}" for finding in findings)
    assert "Oak & Tin" in told
    assert "Europe/Helsinki" in told
    for secret in (world.key, world.secret, world.smtp_password):
        assert secret not in told


async def test_with_nothing_set_up_it_says_what_is_missing_and_looks_at_the_rest() -> None:
    from cartdesk.adapters.clock import SystemClock

    nobody = NoKeyring()  # type: ignore[no-untyped-call]
    secrets = Secrets(KeyringVault(nobody), environ={})
    findings = await found(Examined(Home.find().shop(), Settings(), secrets, SystemClock()))
    assert worst(findings, "settings") is STOP
    assert worst(findings, "shop") is STOP
    assert worst(findings, "mail") is STOP
    assert worst(findings, "sender") is STOP
    assert worst(findings, "who gets letters") is STOP
    assert worst(findings, "folders") is OK
    (keyring,) = of(findings, "keyring")
    assert keyring.verdict is WARN
    assert "CARTDESK_WC_KEY" in keyring.sentence


async def test_keys_are_judged_by_what_they_may_do(world: World) -> None:
    keys = world.store.keys
    writing = await found(place(world, keys.read_write.key, keys.read_write.secret))
    (key,) = of(writing, "key")
    assert key.verdict is WARN
    assert "permission to Read" in key.mend
    for wrong in (keys.write_only, keys.customer):
        findings = await found(place(world, wrong.key, wrong.secret))
        assert worst(findings, "shop") is STOP
        assert not of(findings, "coverage")
        assert worst(findings, "mail") is OK  # the rest is looked at all the same
    none = place(world)
    none.secrets.forget_shop_key(world.address)
    assert worst(await found(none), "shop") is STOP


async def test_a_shop_and_a_mail_server_that_do_not_answer_stop(world: World) -> None:
    here = place(world)
    await world.sink.stop()
    world.store.faults.append(
        lambda request, answer: replace(answer, status=503, headers={"Retry-After": "600"})
    )
    findings = await found(here)
    assert worst(findings, "shop") is STOP
    assert worst(findings, "mail") is STOP
    assert worst(findings, "sender") is OK


async def test_clocks_that_differ_are_told(world: World) -> None:
    here = place(world)

    def later(request: Request, answer: Response) -> Response:
        date = format_datetime(world.clock.now() + timedelta(minutes=10), usegmt=True)
        return replace(answer, headers={**answer.headers, "Date": date})

    world.store.faults.append(later)
    (clock,) = of(await found(here), "clock")
    assert clock.verdict is WARN
    assert "10 min ahead" in clock.sentence


async def test_other_senders_are_named_from_the_active_plugins(world: World) -> None:
    here = place(world)

    def plugins(request: Request, answer: Response) -> Response:
        if not request.path.endswith("/system_status"):
            return answer
        status = json.loads(answer.body)
        names = ["woo-cart-abandonment-recovery/x.php", "klaviyo/klaviyo.php", "akismet/a.php"]
        status["active_plugins"] = [{"plugin": name} for name in names]
        return replace(answer, body=json.dumps(status).encode())

    world.store.faults.append(plugins)
    others = of(await found(here), "other senders")
    assert [finding.verdict for finding in others] == [WARN, WARN]
    assert "CartFlows" in others[0].sentence
    assert "Klaviyo" in others[1].sentence


@pytest.mark.parametrize(
    ("version", "plugins", "count"),
    [("10.8.0", ("automatewoo",), 1), ("10.9.1", (), 1), ("11.0", ("mailpoet",), 2), ("", (), 0)],
)
def test_newer_shops_have_a_recovery_mail_of_their_own(
    version: str, plugins: tuple[str, ...], count: int
) -> None:
    findings = other_senders(Shop("https://x.example", version=version, plugins=plugins))
    assert sum(finding.verdict is WARN for finding in findings) == count


async def test_a_newer_shop_shows_less_and_it_says_so(tmp_path: Path) -> None:
    async with World(tmp_path / "world", woo="new", speed=0) as world:
        (coverage,) = of(await found(place(world)), "coverage")
    assert coverage.verdict is WARN
    assert "10.9" in coverage.sentence


async def test_what_the_ledger_holds_half_done_is_told(world: World) -> None:
    from tests.desks import Bench

    here = place(world)
    bench = Bench(world, here.paths.ledger.parent)
    here = replace(
        here, paths=replace(here.paths, ledger=bench.directory / "ledger" / "ledger.sqlite3")
    )
    await bench.desk.poll()
    first, second = (item.reminder.id for item in (await bench.sendable())[:2])
    await bench.desk.approve(first, hold=False)
    await bench.desk.approve(second, hold=False)
    await bench.desk.close()
    book, now = Book(here.paths.ledger), world.clock.now()

    def end(book: Book) -> None:
        for event in ("claim", "body-written", "lost-sight"):
            reminder = book.outbox.get(first)
            assert reminder is not None
            book.outbox.move(reminder, event, now)
        book.orders.save([{"id": 4711, "status": 3}], now)

    book.write(end)
    book.close()
    findings = await found(here)
    letters = [finding.sentence for finding in of(findings, "letters")]
    assert "1 letter of which nobody knows if it went." in letters
    assert "1 letter approved and not sent yet." in letters
    (records,) = of(findings, "records")
    assert records.verdict is WARN
    assert "order 4711" in records.sentence


async def test_a_ledger_that_others_may_read_or_that_is_damaged_is_told(world: World) -> None:
    here = place(world)
    ledger = here.paths.ledger
    Book(ledger).close()
    ledger.chmod(0o644)
    assert worst(await found(here), "ledger") is WARN
    assert ledger.stat().st_mode & 0o077 == 0
    with closing(sqlite3.connect(ledger)) as db:
        db.execute("PRAGMA writable_schema = 1")
        db.execute("UPDATE sqlite_schema SET rootpage = 2 WHERE name = 'events'")
        db.commit()
    damaged = await found(here)
    assert worst(damaged, "ledger") is STOP
    assert worst(damaged, "shop") is OK
    ledger.unlink()
    ledger.write_bytes(b"no ledger")
    assert worst(await found(here), "ledger") is STOP


Change = Callable[[Settings], Settings]


@pytest.mark.parametrize(
    ("topic", "verdict", "change"),
    [
        ("sender", STOP, lambda s: replace(s, sender=SenderSettings(name="Oak & Tin"))),
        ("sender", WARN, lambda s: replace(s, mail=replace(s.mail, login="me@other.example"))),
        ("who gets letters", STOP, lambda s: replace(s, consent=ConsentSettings())),
        ("who gets letters", STOP, lambda s: replace(s, consent=ConsentSettings(Audience.CONSENT))),
        ("who gets letters", OK, lambda s: replace(s, consent=ConsentSettings(Audience.EVERYONE))),
        ("secrets", STOP, lambda s: replace(s, mail=replace(s.mail, login="somebody"))),
        ("mail", STOP, lambda s: replace(s, mail=replace(s.mail, login="somebody"))),
    ],
)
async def test_settings_that_stop_letters_are_told(
    world: World, topic: str, verdict: Verdict, change: Change
) -> None:
    here = place(world)
    here.secrets.keep_mail_password(world.smtp_host, "me@other.example", world.smtp_password)
    findings = await found(replace(here, settings=change(here.settings)))
    assert worst(findings, topic) is verdict


async def test_a_letter_of_the_merchants_own_that_is_broken_is_named(world: World) -> None:
    here = place(world)
    own = here.paths.letters / "en" / "friendly-reminder.md"
    own.parent.mkdir()
    own.write_text("Subject: Hello\n\n{{ no_such_field }}\n", "utf-8")
    words = here.paths.letters / "et" / "words.toml"
    words.parent.mkdir()
    words.write_text("total = 7\n", "utf-8")
    findings = of(await found(here), "letters")
    stops = [finding for finding in findings if finding.verdict is STOP]
    assert any("friendly-reminder" in finding.sentence for finding in stops)
    assert any("total must be text" in f.sentence for f in findings if f.verdict is not STOP)
