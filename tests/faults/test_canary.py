"""Key, secret and password are looked for in everything cartdesk writes, shows, starts or says."""

from __future__ import annotations

import asyncio
import base64
import fcntl
import json
import os
import struct
import sys
import termios
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from textual.widgets import Input
from textual.worker import WorkerFailed

from cartdesk.adapters.mail.imap import ImapMailbox
from cartdesk.adapters.secrets import Secrets
from cartdesk.adapters.settings.file import SettingsFile
from cartdesk.adapters.shop.woocommerce import WooCommerce
from cartdesk.adapters.vault import KeyringVault, SessionVault
from cartdesk.cli.exits import Exit
from cartdesk.cli.wiring import Premises
from cartdesk.demo.store import DemoStore, Fault
from cartdesk.demo.web import Request, Response
from cartdesk.demo.world import World
from cartdesk.domain.ports import StoreError
from cartdesk.domain.settings import Encryption, ImapSettings, Settings
from cartdesk.tui.app import CartdeskApp
from cartdesk.work.feedback import Feedback
from tests.adapters.mail.certificates import Authority
from tests.adapters.mail.fake_imap import FakeImap
from tests.cli.terminal import Said, Terminal, open_terminal, shop_files
from tests.complete import VARIABLE
from tests.tui.screens import Press, settled, text_of, until

if sys.platform != "win32":
    from tests.cli.typist import Typist

PASSWORD = "Pass-canary/7=+ä"
MAILBOX = "Imap-canary/8=+!"  # of the mailbox; FakeImap knows no other way to log in than ASCII
SENT_FOLDER = b'* LIST (\\HasNoChildren \\Sent) "/" "Sent"\r\n'
LOGIN = "replies@oakandtin.example"


def forms(*secrets: str) -> set[bytes]:
    """Give each secret as it is, quoted for URLs, escaped for JSON, reversed and in Base64."""
    found = set()
    for secret in secrets:
        raw = secret.encode()
        found |= {raw, quote(secret).encode(), quote_plus(secret).encode(), raw[::-1]}
        found |= {json.dumps(secret)[1:-1].encode(), raw.hex().encode()}
        # Base64 of something that holds the secret at any of the three positions
        for lead in range(3):
            code = base64.b64encode(b" " * lead + raw)
            found.add(code[(lead * 8 + 5) // 6 : len(code) // 4 * 4 - 4])
    return found


def canaries(world: World) -> set[bytes]:
    """Give all forms of the key, the secret and both passwords."""
    return forms(world.key, world.secret, world.smtp_password, MAILBOX)


def move_mailbox_in(server: FakeImap, secrets: Secrets | None = None) -> Settings:
    """Set the mailbox up whose password is one of the canaries."""
    file = SettingsFile(shop_files().settings)
    imap = ImapSettings("127.0.0.1", server.port, Encryption.NONE, LOGIN)
    settings = replace(file.read(), imap=imap)
    file.write(settings)
    kept = secrets or Secrets(KeyringVault(), environ={})
    kept.keep_mailbox_password("127.0.0.1", LOGIN, MAILBOX)
    return settings


def knew_only_its_own(server: FakeImap, world: World) -> bool:
    """Tell whether the mailbox's server heard its own password, and no other secret."""
    others = forms(world.key, world.secret, world.smtp_password)
    heard = bytes(server.heard)
    own = any(one in heard for one in forms(MAILBOX))
    return own and not any(one in heard for one in others)


def hits(root: Path, wanted: set[bytes]) -> list[tuple[str, bytes]]:
    """Search every file below a folder."""
    files = [path for path in sorted(root.rglob("*")) if path.is_file()]
    contents = [(path, path.read_bytes()) for path in files]
    return [(path.name, one) for path, content in contents for one in wanted if one in content]


def told(said: Said, wanted: set[bytes]) -> list[bytes]:
    """Search what a command printed."""
    printed = (said.out + said.err).encode()
    return [one for one in wanted if one in printed]


def test_the_search_finds_what_it_shall_find(tmp_path: Path) -> None:
    pair = base64.b64encode(b"ck_1234567890abcdef:" + PASSWORD.encode())
    login = base64.b64encode(b"\0me@shop.example\0" + PASSWORD.encode())
    for content in (PASSWORD.encode(), pair, login, quote_plus(PASSWORD).encode()):
        (tmp_path / "file").write_bytes(b"x" * 5 + content + b"y")
        assert hits(tmp_path, forms(PASSWORD)), content


@pytest.fixture
async def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Terminal]:
    async with open_terminal(tmp_path, monkeypatch) as opened:
        yield opened


def echo(request: Request, answer: Response) -> Response:
    """Print all that was asked before the answer, as a plugin left in debug mode does."""
    dump = f"Notice: {dict(request.headers)} {request.query} in debug.php\n".encode()
    return replace(answer, body=dump + answer.body)


def parrot(request: Request, answer: Response) -> Response:
    """Refuse a question and repeat all of it."""
    words = " ".join(f"{name}={value}" for name, value in request.query if name != "_fields")
    said = {"code": "bad", "message": f"{request.headers.get('authorization')} {words}"}
    return replace(answer, status=400, body=json.dumps(said).encode())


async def test_a_days_work_leaves_no_secret_in_any_file_nor_on_the_terminal(
    terminal: Terminal,
) -> None:
    with FakeImap({"LIST": SENT_FOLDER}) as imap:
        move_mailbox_in(imap)
        await work_a_day(terminal, imap)
        assert knew_only_its_own(imap, terminal.world)


async def work_a_day(terminal: Terminal, imap: FakeImap) -> None:
    """Do everything there is, also with a shop and a mailbox that repeat what they are told."""
    paths, wanted = shop_files(), canaries(terminal.world)
    said = [await terminal.run("poll"), await terminal.run("queue")]
    number = next(iter((await terminal.letters()).values()))
    said += [await terminal.run("approve", number), await terminal.run("send", "--yes")]
    assert len(terminal.mails()) == 1
    for what in ("carts", "letters", "events"):
        target = paths.exports / f"{what}.csv"
        said.append(await terminal.run("export", what, "--output", target))
    said += [await terminal.run("show", number, "--html"), await terminal.run("doctor")]
    cart = (await terminal.run("carts", "--json")).json["rows"][0]["id"]
    said.append(await terminal.run("export-person", "--cart", cart))
    assert [one.code for one in said] == [Exit.OK] * len(said), said
    terminal.world.store.faults.append(echo)
    terminal.pass_time(2)
    said += [await terminal.run("poll"), await terminal.run("doctor")]
    terminal.world.store.faults[:] = [
        lambda request, answer: replace(echo(request, answer), status=403)
    ]
    said.append(await terminal.run("poll"))
    terminal.world.store.faults[:] = [parrot]
    said.append(await terminal.run("poll"))
    assert "oauth_consumer_key" in said[-1].err
    terminal.world.store.faults.clear()
    login = base64.b64encode(f"\0{LOGIN}\0{MAILBOX}".encode())
    imap.answers["LOGIN"] = imap.answers["AUTHENTICATE"] = (
        b"{tag} NO [AUTHENTICATIONFAILED] not " + MAILBOX.encode() + b" of " + login + b"\r\n"
    )
    terminal.pass_time(2)
    said += [await terminal.run("poll"), await terminal.run("doctor")]
    assert "AUTHENTICATIONFAILED" in said[-1].out
    await terminal.world.sink.stop()
    said.append(await terminal.run("doctor"))
    assert {path.suffix for path in paths.ledger.parent.rglob("*.*")} >= {".db", ".csv", ".html"}
    assert [told(one, wanted) for one in said] == [[]] * len(said)
    assert hits(paths.ledger.parents[1], wanted) == []
    assert hits(terminal.world.maildir, wanted) == []


async def test_a_crash_that_carries_secrets_writes_none_of_them_down(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = canaries(terminal.world)
    with FakeImap() as imap:
        move_mailbox_in(imap)
        await crash(terminal, monkeypatch, wanted)


async def crash(terminal: Terminal, monkeypatch: pytest.MonkeyPatch, wanted: set[bytes]) -> None:
    """Let the shop and the mailbox fail with all secrets in the error, and look at what is told."""
    world = terminal.world
    pair = base64.b64encode(f"{world.key}:{world.secret}".encode()).decode()

    async def broken(self: WooCommerce, *_: object) -> None:
        header = {"Authorization": f"Basic {pair}"}
        raise RuntimeError(f"{header} {world.secret} {world.key!r} {self._connection!r}")

    async def worse(self: WooCommerce, *_: object) -> None:
        raise RuntimeError(f"{world.secret} AUTH PLAIN {world.smtp_password!r} {self!r}")

    def worst(self: ImapMailbox) -> None:
        login = base64.b64encode(f"\0{LOGIN}\0{MAILBOX}".encode()).decode()
        raise RuntimeError(f"{MAILBOX!r} of {login} {self!r} {vars(self)}")

    said = [await terminal.run("poll")]
    with monkeypatch.context() as patch:
        patch.setattr(ImapMailbox, "probe", worst)
        said.append(await terminal.run("doctor"))
    await terminal.run("approve", next(iter((await terminal.letters()).values())))
    monkeypatch.setattr(WooCommerce, "orders", broken)
    monkeypatch.setattr(WooCommerce, "order", worse)
    said += [await terminal.run("poll"), await terminal.run("send", "--yes")]
    assert [one.code for one in said] == [Exit.OK, *[Exit.NOTHING] * 3]
    log = shop_files().log.read_text("utf-8")
    assert log.count("RuntimeError") >= 3
    assert LOGIN in log
    assert [told(one, wanted) for one in said] == [[]] * 4
    assert hits(shop_files().ledger.parents[1], wanted) == []


@pytest.mark.parametrize("fault", [echo, parrot])
async def test_a_shop_that_repeats_the_keys_over_tls_is_not_believed_nor_quoted(
    tmp_path: Path, fault: Fault
) -> None:
    authority = Authority(tmp_path)
    async with DemoStore(tls=authority.server()) as store:
        store.faults.append(fault)
        shop = WooCommerce(
            store.address, store.key, store.secret, clock=store.clock, ca_file=str(authority.file)
        )
        wanted = forms(store.key, store.secret, f"{store.key}:{store.secret}")
        try:
            page = await shop.orders({"per_page": "1"})
            told = f"{page.warning} {page.records}"
        except StoreError as error:
            told = f"{error} {error.mend}"
        finally:
            await shop.close()
        assert "Basic ***" in told
        assert [one for one in wanted if one in told.encode()] == []


# The screens.


@asynccontextmanager
async def screens(directory: Path) -> AsyncIterator[tuple[Press, World, set[bytes]]]:
    """Open the app with the real set-up over the demo, with the secrets kept for the session."""
    async with World(directory / "world", speed=0) as world:
        world.sink.password = PASSWORD
        paths, secrets = shop_files(), Secrets(SessionVault(), environ={})
        SettingsFile(paths.settings).write(world.settings())
        secrets.keep_shop_key(world.address, world.key, world.secret)
        secrets.keep_mail_password(world.smtp_host, world.smtp_login, PASSWORD)
        with FakeImap() as imap:
            settings = move_mailbox_in(imap, secrets)
            place = Premises(paths, settings, secrets, world.clock)
            app = CartdeskApp(
                place.desk(), clock=world.clock, setup=place.setup(), known=secrets.known
            )
            async with app.run_test(size=(120, 40), notifications=True) as pilot:
                await sees(pilot, "READY")
                yield pilot, world, forms(world.key, world.secret, PASSWORD, MAILBOX)
            heard = bytes(imap.heard)
            assert any(one in heard for one in forms(MAILBOX))
            assert not any(one in heard for one in forms(world.key, world.secret, PASSWORD))


async def sees(pilot: Press, words: str) -> None:
    """Wait until words stand on the screen."""
    await until(pilot, lambda: words in text_of(pilot))


def shown(pilot: Press, wanted: set[bytes]) -> list[bytes]:
    """Search a screenshot, and the text of the screen."""
    picture = pilot.app.export_screenshot().replace("&#160;", " ").encode()
    return [one for one in wanted if one in picture or one in text_of(pilot).encode()]


async def test_no_screen_of_settings_and_set_up_shows_a_secret(tmp_path: Path) -> None:
    async with screens(tmp_path) as (pilot, world, wanted):
        await pilot.press("6")
        await sees(pilot, "Who gets letters")
        assert shown(pilot, wanted) == []
        await pilot.press("c")
        await sees(pilot, "What was checked")
        assert shown(pilot, wanted) == []
        await pilot.press("escape", "s")
        seen = set()
        for step in ("Shop address", "Shop key", "Mail"):
            await sees(pilot, f"[{step}]")
            lines = {line.id: line for line in pilot.app.screen.query(Input)}
            for name, value in (
                ("key", world.key),
                ("secret", world.secret),
                ("password", PASSWORD),
            ):
                if name in lines:
                    lines[name].value = value
                    seen.add(name)
            await settled(pilot)
            assert shown(pilot, wanted) == [], step
            await pilot.press("f2")
            await settled(pilot)
            assert shown(pilot, wanted) == [], step
        assert seen == {"key", "secret", "password"}


async def test_a_fault_of_the_screens_reports_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def broken(self: Feedback, *_: object, **__: object) -> None:
        local = f"{PASSWORD} in a local variable"
        raise KeyError(f"surprise {local} ck_{'f' * 40}")

    wanted = set[bytes]()
    with pytest.raises(WorkerFailed):
        async with screens(tmp_path) as (pilot, _, found):
            wanted |= found
            monkeypatch.setattr(Feedback, "page", broken)
            await pilot.press("3")
            await until(pilot, lambda: not pilot.app.is_running)
    printed = "".join(capsys.readouterr())
    assert "KeyError" in printed
    assert "surprise" in printed
    assert [one for one in wanted if one in printed.encode()] == []
    assert "ck_ffff" not in printed
    assert hits(shop_files().ledger.parents[1], wanted) == []


# What is started from it.

WITNESS = """\
#!{python}
import json, os, sys, time
with open({record!r}, "a") as file:
    file.write(json.dumps([sys.argv, dict(os.environ)]) + "\\n")
"""


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """Give a program that writes down how it was called and with what environment."""
    program, record = tmp_path / "witness", tmp_path / "record.jsonl"
    program.write_text(WITNESS.format(python=sys.executable, record=str(record)))
    program.chmod(0o700)
    yield program, record


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo terminals are a Unix thing")
@pytest.mark.parametrize("command", [(), ("demo", "--speed", "0.1")])
async def test_editor_and_browser_get_no_secret_in_arguments_environment_or_files(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    witness: tuple[Path, Path],
    command: tuple[str, ...],
) -> None:
    program, record = witness
    start = datetime.now(UTC) - timedelta(hours=10)
    async with World(tmp_path / "world", speed=1, start=start) as world:
        world.clock.advance(timedelta(hours=10))
        SettingsFile(shop_files().settings).write(world.settings())
        for name, value in (
            ("CARTDESK_WC_KEY", world.key),
            ("CARTDESK_WC_SECRET", world.secret),
            ("CARTDESK_SMTP_PASSWORD", world.smtp_password),
            ("CARTDESK_IMAP_PASSWORD", MAILBOX),
            ("CARTDESK_MAIL_PASSWORD", world.smtp_password),  # a name somebody got wrong
            ("CARTDESK_CONSUMER_KEY", world.key),
            ("EDITOR", str(program)),
            ("BROWSER", f"{program} %s"),
            ("TERM", "xterm-256color"),
            ("DISPLAY", ":9"),
        ):
            monkeypatch.setenv(name, value)

        def calls() -> int:
            return len(record.read_text().splitlines()) if record.exists() else 0

        def wait_for_calls(number: int) -> None:
            for _ in range(400):
                if calls() >= number:
                    return
                typist.drink(0.02)
            raise AssertionError(typist.seen[-3000:])

        def at_the_desk() -> list[bytes]:
            typist.wait_for("READY", 20)
            arguments = Path(f"/proc/{typist.process.pid}/cmdline")
            processes = [arguments.read_bytes()] if arguments.exists() else []
            typist.press("e")
            typist.wait_for("can be kept")
            typist.press("\x1bOS")  # F4
            wait_for_calls(1)
            typist.press("\x1b")
            typist.wait_for("READY")
            typist.press("w")
            typist.wait_for("in the browser?")
            typist.press("y")
            wait_for_calls(2)
            typist.press("\x11")
            typist.end()
            return processes

        with Screen120(*command) as typist:
            processes = await asyncio.to_thread(at_the_desk)
        wanted = canaries(world)
        assert [one for one in wanted if any(one in process for process in processes)] == []
        assert [one for one in wanted if one in record.read_bytes()] == []
        assert [one for one in wanted if one in typist.seen.encode()] == []
        names = {name for line in record.read_text().splitlines() for name in json.loads(line)[1]}
        ours = {name for name in names if name.startswith("CARTDESK")} - {VARIABLE}
        assert ours == {"CARTDESK_HOME"}
        assert hits(tmp_path, wanted) == []


class Screen120(Typist):
    """A terminal of 120 columns."""

    def __init__(self, *arguments: str) -> None:
        super().__init__(*arguments)
        fcntl.ioctl(self.handle, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))

    def press(self, keys: str) -> None:
        os.write(self.handle, keys.encode())

    def drink(self, seconds: float) -> None:
        """Read what is there, so that the program never waits for its terminal."""
        import select

        if select.select([self.handle], [], [], seconds)[0]:
            self._read()


# The wire.


class Listener:
    """Somebody else's server: takes whatever is said to it and answers nothing much."""

    def __init__(self) -> None:
        self.heard = b""
        self.port = 0

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heard += await reader.read(65536)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]")
        await writer.drain()
        writer.close()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_shop_that_sends_on_to_another_host_takes_no_secret_there(
    tmp_path: Path, status: int
) -> None:
    other = Listener()
    async with other.listening(), World(tmp_path, speed=0) as world:

        def send_on(request: Request, answer: Response) -> Response:
            query = "&".join(f"{name}={value}" for name, value in request.query)
            there = f"http://127.0.0.1:{other.port}{request.raw_path}?{query}"
            return replace(answer, status=status, headers={"Location": there})

        world.store.faults.append(send_on)
        store = WooCommerce(world.address, world.key, world.secret, clock=world.clock)
        try:
            with pytest.raises(StoreError) as caught:
                await store.orders({"per_page": "1"})
        finally:
            await store.close()
        assert caught.value.kind == "moved"
        wanted = canaries(world)
        assert [one for one in wanted if one in other.heard] == []
        sentence = f"{caught.value} {caught.value.mend}".encode()
        assert [one for one in wanted if one in sentence] == []


async def test_links_and_pictures_to_another_host_are_never_fetched(tmp_path: Path) -> None:
    other = Listener()
    async with other.listening():
        async with open_terminal_over(tmp_path, other) as (terminal, wanted):
            await terminal.run("poll")
            for number in (await terminal.run("queue", "--json")).json["items"]:
                await terminal.run("show", number["reminder"]["id"], "--html")
            await terminal.run("doctor")
        assert other.heard == b""
        assert wanted


@asynccontextmanager
async def open_terminal_over(
    directory: Path, other: Listener
) -> AsyncIterator[tuple[Terminal, set[bytes]]]:
    """Open a shop whose every link leads to another server."""
    patch = pytest.MonkeyPatch()
    try:
        async with open_terminal(directory, patch) as terminal:
            own = terminal.world.address.encode()
            elsewhere = f"http://127.0.0.1:{other.port}".encode()
            terminal.world.store.faults.append(
                lambda _, answer: replace(answer, body=answer.body.replace(own, elsewhere))
            )
            yield terminal, canaries(terminal.world)
    finally:
        patch.undo()


async def test_over_plain_http_the_secret_itself_is_never_on_the_wire(
    terminal: Terminal,
) -> None:
    wire = bytearray()

    def listen(request: Request, answer: Response) -> Response:
        wire.extend(repr(request).encode())
        return answer

    world = terminal.world
    assert world.address.startswith("http://")
    world.store.faults.append(listen)
    with FakeImap() as imap:
        move_mailbox_in(imap)
        await send_one(terminal)
        assert knew_only_its_own(imap, world)
    assert b"oauth_signature" in wire
    assert len(wire) > 10_000
    unwanted = forms(world.secret, world.smtp_password, MAILBOX)
    assert [one for one in unwanted if one in wire] == []


async def send_one(terminal: Terminal) -> None:
    """Do what asks shop, mail account and mailbox."""
    await terminal.run("poll")
    number = next(iter((await terminal.letters()).values()))
    assert (await terminal.run("approve", number)).code == Exit.OK
    assert (await terminal.run("send", "--yes")).code == Exit.OK
    await terminal.run("doctor")
