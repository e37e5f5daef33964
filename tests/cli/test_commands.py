"""What a merchant does without a screen: over real HTTP, real SMTP and a real ledger."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from cartdesk.adapters.ledger import Book
from cartdesk.adapters.secrets import Secrets
from cartdesk.adapters.settings.file import SettingsFile
from cartdesk.adapters.vault import KeyringVault
from cartdesk.cli.exits import Exit
from cartdesk.demo.cast import BUYS_BETWEEN, FULL, GONE, ROBOT
from cartdesk.domain.senders import SENT_META
from cartdesk.domain.settings import MailSettings
from tests.cli.terminal import Terminal, open_terminal, shop_files

ANA = "ana@example.org"


@pytest.fixture
async def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Terminal]:
    async with open_terminal(tmp_path, monkeypatch) as opened:
        await opened.run("poll")
        yield opened


async def approved(terminal: Terminal, email: str) -> int:
    number = (await terminal.letters())[email]
    assert (await terminal.run("approve", number)).code == Exit.OK
    return number


async def test_from_poll_to_the_mail_in_the_shoppers_box(terminal: Terminal) -> None:
    number = (await terminal.letters())[ANA]
    shown = await terminal.run("show", number)
    assert "To: Ana Petrova <ana@example.org>" in shown.out
    assert "not paid" in shown.out
    assert (await terminal.run("approve", number)).code == Exit.OK
    assert terminal.mails() == []
    sent = await terminal.run("send", types="y\n")
    assert sent.code == Exit.OK
    assert "Send 1 letter to Ana Petrova?" in sent.err
    (mail,) = terminal.mails()
    body = message_from_bytes(mail, policy=policy.default).get_body(("plain",))
    assert body is not None
    greeting = "Hello Ana,"
    assert greeting in body.get_content()
    assert greeting in shown.out
    letter = (await terminal.run("show", number, "--json")).json["letter"]
    assert letter["state"] == "sent"
    assert letter["sha256"] == hashlib.sha256(mail).hexdigest()


async def test_nothing_is_sent_without_a_yes_and_the_letter_stays_approved(
    terminal: Terminal,
) -> None:
    number = await approved(terminal, ANA)
    for answer in ("n\n", "\n", ""):
        said = await terminal.run("send", types=answer)
        assert said.code == Exit.NOTHING
        assert "Nothing was sent." in said.err
    nobody = await terminal.run("send")
    assert nobody.code == Exit.USAGE
    assert "--yes" in nobody.err
    assert terminal.mails() == []
    assert (await terminal.letters("held")) == {ANA: number}
    assert (await terminal.run("send", "--yes")).code == Exit.OK
    assert len(terminal.mails()) == 1


async def test_with_nothing_approved_send_says_what_to_do(terminal: Terminal) -> None:
    said = await terminal.run("send", "--yes")
    assert said.code == Exit.NOTHING
    assert "cartdesk approve" in said.err
    assert said.out == ""


async def test_a_letter_held_in_a_window_is_not_sent_from_here(terminal: Terminal) -> None:
    number = await approved(terminal, ANA)
    book = Book(shop_files().ledger)
    soon = "2099-01-01T00:00:00.000000+00:00"
    book.write(lambda book: book.db.execute("UPDATE reminders SET held_until = ?", [soon]))
    book.close()
    assert (await terminal.run("send", "--yes")).code == Exit.NOTHING
    assert terminal.mails() == []
    assert (await terminal.letters("held")) == {ANA: number}


async def test_who_buys_between_approve_and_send_gets_no_letter(terminal: Terminal) -> None:
    number = await approved(terminal, BUYS_BETWEEN)
    cart = (await terminal.run("show", number, "--json")).json["cart"]["id"]
    terminal.world.buy(cart)
    said = await terminal.run("send", "--yes", "--json")
    assert said.code == Exit.NOTHING
    assert said.json["report"]["cancelled"] == 1
    assert said.json["letters"][0]["state"] == "cancelled"
    assert terminal.mails() == []


async def test_refused_and_deferred_letters_are_told_in_the_servers_words(
    terminal: Terminal,
) -> None:
    for _ in range(3):
        terminal.pass_time(5)
        await terminal.run("poll")
    ready = await terminal.letters()
    said = await terminal.run("send", ready[GONE], ready[FULL], "--yes")
    assert said.code == Exit.MAIL
    assert "550 5.1.1 No such user here" in said.out
    assert "452 4.2.2 Mailbox full" in said.out
    terminal.pass_time(1)
    await terminal.run("poll")
    assert FULL in await terminal.letters()  # put off, and due again


async def test_without_the_shop_nothing_is_sent_and_the_letter_is_kept(terminal: Terminal) -> None:
    await approved(terminal, ANA)
    terminal.world.store.faults.append(
        lambda request, answer: replace(
            answer,
            status=503,
            body=b"maintenance",
            headers={"Content-Type": "text/html", "Retry-After": "600"},
        )
    )
    said = await terminal.run("send", "--yes")
    assert said.code == Exit.SHOP
    assert "maintenance" in said.err
    assert terminal.mails() == []
    assert (await terminal.run("poll")).code == Exit.SHOP
    terminal.world.store.faults.clear()
    assert ANA in await terminal.letters()


async def test_with_a_wrong_mail_password_the_letter_is_kept_until_it_is_mended(
    terminal: Terminal,
) -> None:
    world = terminal.world
    secrets = Secrets(KeyringVault(), environ={})
    secrets.keep_mail_password(world.smtp_host, world.smtp_login, "not-the-password")
    await approved(terminal, ANA)
    wrong = await terminal.run("send", "--yes")
    assert wrong.code == Exit.MAIL
    assert "535" in wrong.err
    assert "not-the-password" not in wrong.err + wrong.out
    assert terminal.mails() == []
    secrets.keep_mail_password(world.smtp_host, world.smtp_login, world.smtp_password)
    queue = await terminal.run("queue", "ana")
    assert "ready" in queue.out or "held back" in queue.out
    assert "cartdesk resume" in queue.err
    assert (await terminal.run("doctor")).out.count("paused") == 1
    assert (await terminal.run("send", "--yes")).code == Exit.NOTHING
    assert (await terminal.run("resume")).code == Exit.OK
    assert (await terminal.run("resume")).code == Exit.NOTHING
    await approved(terminal, ANA)
    assert (await terminal.run("send", "--yes")).code == Exit.OK
    assert len(terminal.mails()) == 1


async def test_a_missing_mail_password_is_told_before_anything_else(terminal: Terminal) -> None:
    world = terminal.world
    Secrets(KeyringVault(), environ={}).forget_mail_password(world.smtp_host, world.smtp_login)
    await approved(terminal, ANA)
    missing = await terminal.run("send", "--yes")
    assert missing.code == Exit.SECRETS
    assert "CARTDESK_SMTP_PASSWORD" in missing.err
    assert (await terminal.letters("held")).keys() == {ANA}
    assert terminal.mails() == []


async def test_a_wrong_key_and_a_missing_one_are_told_apart(terminal: Terminal) -> None:
    secrets, address = Secrets(KeyringVault(), environ={}), terminal.world.address
    secrets.keep_shop_key(address, "ck_" + "0" * 40, "cs_" + "0" * 40)
    wrong = await terminal.run("poll")
    assert wrong.code == Exit.SHOP
    assert "does not know the key" in wrong.err
    assert "cs_0000" not in wrong.err
    secrets.forget_shop_key(address)
    missing = await terminal.run("poll")
    assert missing.code == Exit.SECRETS
    assert "cartdesk setup" in missing.err
    assert (await terminal.run("queue")).code == Exit.OK  # needs no key


async def test_the_environment_gives_the_key_for_one_run(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = terminal.world
    Secrets(KeyringVault(), environ={}).forget_shop_key(world.address)
    monkeypatch.setenv("CARTDESK_WC_KEY", world.key)
    monkeypatch.setenv("CARTDESK_WC_SECRET", world.secret)
    assert (await terminal.run("poll")).code == Exit.OK


async def test_read_only_looks_and_changes_nothing(terminal: Terminal) -> None:
    number = (await terminal.letters())[ANA]
    cart = (await terminal.run("show", number, "--json")).json["cart"]["id"]
    for command in (
        ("approve", number),
        ("send", number, "--yes"),
        ("skip", number),
        ("stop", cart),
    ):
        said = await terminal.run("--read-only", *command)
        assert said.code == Exit.NOTHING
        assert "--read-only" in said.err
    assert (await terminal.run("poll", "--read-only")).code == Exit.OK
    assert (await terminal.letters())[ANA] == number
    assert terminal.mails() == []


async def test_approving_names_each_letter_that_may_not_go(terminal: Terminal) -> None:
    number = (await terminal.letters())[ANA]
    said = await terminal.run("approve", 4711, number, number, "--json")
    assert said.code == Exit.NOTHING
    assert said.json["approved"] == [number]
    assert [left["id"] for left in said.json["left_out"]] == [4711]
    assert "There is no letter 4711" in said.err


async def test_an_approved_letter_can_be_taken_back_by_another_command(
    terminal: Terminal,
) -> None:
    number = next(iter((await terminal.letters()).values()))
    assert (await terminal.run("take-back", number)).code == Exit.NOTHING
    assert (await terminal.run("approve", number)).code == Exit.OK
    assert (await terminal.run("take-back", number)).code == Exit.OK
    assert (await terminal.run("send", "--yes")).code == Exit.NOTHING


async def test_skip_and_stop_take_a_letter_out_of_the_queue(terminal: Terminal) -> None:
    ready = await terminal.letters()
    skipped, stopped = sorted(ready)[:2]
    assert (await terminal.run("skip", ready[skipped])).code == Exit.OK
    cart = (await terminal.run("show", ready[stopped], "--json")).json["cart"]["id"]
    said = await terminal.run("stop", cart, "--reason", "asked on the phone")
    assert said.out == f"No more letters to {stopped}\n"
    assert not {skipped, stopped} & (await terminal.letters()).keys()
    why = await terminal.run("why", cart, "--json")
    assert any("asked on the phone" in check["datum"] for check in why.json["checks"])
    assert (await terminal.run("why", 999_999)).code == Exit.NOTHING


@pytest.mark.parametrize("answer", ["sent", "leave"])
async def test_an_unsure_letter_waits_for_the_persons_word(terminal: Terminal, answer: str) -> None:
    number = await lost_sight(terminal)
    assert (await terminal.run("settle", number, answer)).code == Exit.OK
    letter = (await terminal.run("show", number, "--json")).json["letter"]
    assert letter["state"] == {"sent": "sent", "leave": "settled"}[answer]
    assert terminal.mails() == []


async def test_an_unsure_letter_goes_again_as_the_same_message(terminal: Terminal) -> None:
    number = await lost_sight(terminal)
    before = (await terminal.run("show", number, "--json")).json["letter"]
    said = await terminal.run("settle", number, "again", types="n\n")
    assert said.code == Exit.NOTHING
    assert terminal.mails() == []
    assert (await terminal.run("settle", number, "again", types="y\n")).code == Exit.OK
    (mail,) = terminal.mails()
    assert message_from_bytes(mail)["Message-ID"] == before["message_id"]


async def test_nobody_is_asked_about_sending_again_what_is_not_unsure(terminal: Terminal) -> None:
    number = (await terminal.letters())[ANA]
    for letter, words in ((number, "it is ready"), (4711, "There is no letter 4711")):
        said = await terminal.run("settle", letter, "again", types="y\n")
        assert (said.code, "[y/N]" in said.err) == (Exit.NOTHING, False)
        assert words in said.err
    assert terminal.mails() == []


async def lost_sight(terminal: Terminal) -> int:
    """Let a program have ended between a letter's last byte and the server's answer."""
    number = await approved(terminal, ANA)
    book, now = Book(shop_files().ledger), terminal.world.clock.now()

    def end(book: Book) -> None:
        for event in ("claim", "body-written", "lost-sight"):
            reminder = book.outbox.get(number)
            assert reminder is not None
            book.outbox.move(reminder, event, now)

    book.write(end)
    book.close()
    return number


async def test_every_command_prints_one_json_document_and_nothing_else(terminal: Terminal) -> None:
    number = (await terminal.letters())[ANA]
    for command in (
        ("poll",),
        ("carts", "state:abandoned"),
        ("queue", "ana"),
        ("show", number),
        ("why", 1342),
        ("approve", number),
        ("send", "--yes"),
        ("metrics", "--days", 7),
        ("feedback",),
        ("doctor",),
    ):
        said = await terminal.run(*command, "--json")
        assert said.code == Exit.OK, (command, said.err)
        assert said.json is not None, command


async def test_data_goes_to_stdout_and_words_to_stderr(terminal: Terminal) -> None:
    queue = await terminal.run("queue")
    head, *rows = queue.out.splitlines()
    assert head.split() == ["LETTER", "CART", "WHO", "TOTAL", "STEP", "STATE", "DUE", "NOTE"]
    assert len(rows) == 5
    column = head.index("TOTAL")
    assert all(row[column - 1] == " " and row[column] != " " for row in rows)
    assert "5 ready" in queue.err
    nothing = await terminal.run("queue", "nobody-of-this-name")
    assert nothing.out == ""
    assert "filter" in nothing.err


async def test_names_of_strangers_are_printed_as_they_are_and_move_no_cursor(
    terminal: Terminal,
) -> None:
    order = next(o for o in terminal.world.shop.orders.values() if o.email == ANA)
    order.address["first_name"] = "[bold]\x1b[31mAna\x9b2J\u202e"
    terminal.world.shop.touch(order, terminal.world.clock.now())
    await terminal.run("poll")
    for command in (("carts",), ("queue",), ("export", "carts"), ("feedback",)):
        said = await terminal.run(*command)
        assert not {"\x1b", "\x9b", "\u202e"} & set(said.out + said.err), command
    assert "[bold]" in (await terminal.run("carts")).out


async def test_a_filter_or_currency_that_is_not_understood_prints_no_data(
    terminal: Terminal,
) -> None:
    said = await terminal.run("carts", "state:wrong")
    assert (said.code, said.out) == (Exit.USAGE, "")
    assert "abandoned" in said.err
    said = await terminal.run("metrics", "--currency", "xyz")
    assert (said.code, said.out) == (Exit.NOTHING, "")
    assert "EUR" in said.err


async def test_the_html_part_goes_to_a_private_file_and_over_no_other(
    terminal: Terminal, tmp_path: Path
) -> None:
    number = (await terminal.letters())[ANA]
    target = tmp_path / "letter.html"
    said = await terminal.run("show", number, "--html", target)
    assert said.code == Exit.OK
    assert "Hello Ana" in target.read_text("utf-8")
    assert target.stat().st_mode & 0o077 == 0
    again = await terminal.run("show", number, "--html", target)
    assert again.code == Exit.USAGE
    for _ in range(2):  # our own file may be written again
        own = await terminal.run("show", number, "--html")
        assert own.code == Exit.OK
    assert str(shop_files().exports) in own.err


async def test_a_missing_mail_account_is_told(terminal: Terminal) -> None:
    settings = replace(terminal.world.settings(), mail=MailSettings())
    SettingsFile(shop_files().settings).write(settings)
    number = (await terminal.run("queue", "ana", "--json")).json["items"][0]["reminder"]["id"]
    said = await terminal.run("send", number, "--yes")
    assert said.code == Exit.NOTHING
    assert "mail account" in said.err


async def test_where_another_sender_wrote_approving_and_sending_want_a_word_more(
    terminal: Terminal,
) -> None:
    number = (await terminal.letters())[ANA]
    now = terminal.world.clock.now()
    order = next(x for x in terminal.world.shop.orders.values() if x.email == ANA)
    order.meta[SENT_META] = str(int(now.timestamp()))
    terminal.world.shop.touch(order, now)
    terminal.pass_time(0.5)
    await terminal.run("poll")
    for command in (("approve", number), ("send", number, "--yes")):
        said = await terminal.run(*command)
        assert said.code == Exit.NOTHING
        assert "WooCommerce itself wrote to this person 30 min ago" in said.err
        assert "--knowingly" in said.err
    assert terminal.mails() == []
    assert (await terminal.run("approve", number, "--knowingly")).code == Exit.OK
    assert (await terminal.run("send", "--yes")).code == Exit.OK
    assert len(terminal.mails()) == 1


async def test_a_cart_kept_apart_is_listed_and_let_back(terminal: Terminal) -> None:
    terminal.pass_time(4)
    await terminal.run("poll")
    (row,) = (await terminal.run("carts", "lane:junk", "--json")).json["rows"]
    assert row["email"] == ROBOT
    assert "kept apart: a robot" in (await terminal.run("why", row["id"])).out
    assert "Kept apart, in no figure: 1" in (await terminal.run("metrics")).out
    assert (await terminal.run("let-back", row["id"])).code == Exit.OK
    assert (await terminal.run("carts", "lane:junk", "--json")).json["rows"] == []
    again = await terminal.run("let-back", row["id"])
    assert again.code == Exit.NOTHING
    assert "not kept apart" in again.err
