"""The demo's story: told by moving its clock, and what must happen happens."""

from __future__ import annotations

import asyncio
import smtplib
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from cartdesk.demo.cast import FULL, GONE, ROBOT
from cartdesk.demo.clock import StoryClock
from cartdesk.demo.orders import Order
from cartdesk.demo.world import LENGTH, START, World
from cartdesk.domain.settings import Encryption

from .asking import ask

CAMPAIGN = "_wc_order_attribution_utm_campaign"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(tmp_path, speed=0) as world:
        yield world


def tell(world: World, **step: float) -> None:
    """Move the story on."""
    world.clock.advance(timedelta(**step))
    world.catch_up()


def orders_of(world: World, email: str) -> list[Order]:
    return [order for order in world.shop.orders.values() if order.email == email]


async def mail(world: World, recipient: str, link: str = "") -> None:
    """Send a letter as a mail program does."""
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "shop@oakandtin.example", recipient, "Hello"
    letter.set_content(f"You left something:\n\n<{link}>\n")
    letter.add_alternative("<p>You left something</p>", subtype="html")

    def send() -> None:
        with smtplib.SMTP(world.smtp_host, world.smtp_port) as server:
            server.login(world.smtp_login, world.smtp_password)
            server.send_message(letter)

    await asyncio.to_thread(send)


def link_of(world: World, order: Order, campaign: str = "step-1") -> str:
    items = ",".join(f"{product}:{quantity}" for product, quantity in order.items)
    utm = f"utm_source=cartdesk&utm_medium=email&utm_campaign={campaign}"
    return f"{world.address}/checkout-link/?products={items}&{utm}"


async def test_a_draft_fills_up_field_by_field(world: World) -> None:
    email = "yuki@example.org"
    tell(world, minutes=30, seconds=10)
    draft = world.shop.orders[max(world.shop.orders)]
    assert (draft.status, draft.email, draft.address) == ("checkout-draft", "", {})
    seen = [draft.modified]
    for seconds in (15, 14, 14, 14):
        tell(world, seconds=seconds)
        seen.append(draft.modified)
    assert seen == sorted(set(seen)), "every field moves date_modified"
    assert draft.email == email
    assert {"first_name", "city", "postcode", "phone"} <= draft.address.keys()
    assert draft.meta["_marketing_consent"] == "yes"
    assert not any("attribution" in key for key in draft.meta)


async def test_the_shop_looks_alive_from_the_first_moment(world: World) -> None:
    by_status = Counter(order.status for order in world.shop.orders.values())
    assert by_status["completed"] > 150
    assert {"checkout-draft", "pending", "failed", "cancelled", "refunded"} <= by_status.keys()
    assert max(order.modified for order in world.shop.orders.values()) <= START
    week = [
        order
        for order in world.shop.orders.values()
        if order.created > START - timedelta(days=7) and order.needs_payment
    ]
    assert {order.email for order in week} <= {part.email for part in world.story.parts}


async def test_unpaid_orders_of_the_classic_checkout_are_cancelled_by_time(world: World) -> None:
    tell(world, hours=40)
    (bence,) = orders_of(world, "bence.kovacs@example.org")
    assert (bence.status, bence.created_via) == ("cancelled", "checkout")
    waited = bence.modified - bence.created
    assert timedelta(minutes=60) <= waited <= timedelta(minutes=120)
    notes = [note.text for note in world.shop.notes[bence.id]]
    assert notes[-1].startswith("Unpaid order cancelled - time limit reached.")
    (lena,) = orders_of(world, "lena.gross@example.net")
    assert (lena.status, lena.created_via) == ("pending", "store-api")


async def test_old_drafts_are_deleted_by_night_and_give_404(world: World) -> None:
    (liisa,) = [o for o in orders_of(world, "liisa.makinen@example.org") if not o.paid]
    path = f"/wp-json/wc/v3/orders/{liisa.id}"
    key = world.store.keys.read_only
    assert (await ask(world.address, path, {}, key)).status_code == 200
    tell(world, hours=24)
    assert (await ask(world.address, path, {}, key)).status_code == 404


async def test_who_follows_the_link_buys_and_leaves_its_campaign(world: World) -> None:
    email = "ana@example.org"
    (cart,) = orders_of(world, email)
    await mail(world, email, link_of(world, cart, "cartdesk-step-1"))
    tell(world, minutes=24)
    assert len(orders_of(world, email)) == 1
    tell(world, minutes=10)
    assert [visit.query["utm_campaign"] for visit in world.store.visits] == ["cartdesk-step-1"]
    bought = orders_of(world, email)[-1]
    assert bought.id != cart.id
    assert (bought.status, bought.items) == ("processing", cart.items)
    assert bought.paid is not None
    assert bought.meta[CAMPAIGN] == "cartdesk-step-1"
    assert bought.meta["_wc_order_attribution_utm_source"] == "cartdesk"


async def test_a_pay_link_pays_the_same_order(world: World) -> None:
    email = "m.okafor@example.com"
    (cart,) = orders_of(world, email)
    assert cart.status == "failed"
    await mail(world, email, f"{world.address}{cart.pay_path}&utm_campaign=payment-1")
    tell(world, minutes=30)
    assert orders_of(world, email) == [cart]
    assert (cart.status, cart.meta[CAMPAIGN]) == ("processing", "payment-1")


async def test_some_wait_for_a_later_letter(world: World) -> None:
    tell(world, hours=2)
    email = "yuki@example.org"
    (cart,) = orders_of(world, email)
    for number in (1, 2, 3):
        await mail(world, email, link_of(world, cart, f"step-{number}"))
        tell(world, hours=2)
        assert len(orders_of(world, email)) == (2 if number == 3 else 1)


async def test_refused_and_deferred_addresses(world: World) -> None:
    for address, code in ((GONE, 550), (FULL, 452)):
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            await mail(world, address)
        assert refused.value.recipients[address][0] == code
    await mail(world, "ana@example.org")
    assert len(list((world.maildir / "new").iterdir())) == world.sink.delivered == 1


async def test_mail_needs_the_login(world: World) -> None:
    def without() -> None:
        with smtplib.SMTP(world.smtp_host, world.smtp_port) as server:
            server.sendmail("a@example.org", ["b@example.org"], "x")

    def wrong() -> None:
        with smtplib.SMTP(world.smtp_host, world.smtp_port) as server:
            server.login("demo", "wrong")

    with pytest.raises(smtplib.SMTPSenderRefused):
        await asyncio.to_thread(without)
    with pytest.raises(smtplib.SMTPAuthenticationError):
        await asyncio.to_thread(wrong)


async def test_buying_on_command(world: World) -> None:
    (cart,) = orders_of(world, world.expected.buys_between)
    world.buy(cart.id)
    assert (cart.status, cart.paid) == ("processing", world.clock.now())
    with pytest.raises(KeyError):
        world.buy(999_999)


async def test_what_is_expected_comes_true_without_any_letter(world: World) -> None:
    expected = world.expected
    while not world.over:
        tell(world, hours=1)
    bought = {o.email for o in world.shop.orders.values() if o.created >= START and o.paid}
    assert expected.by_themselves <= bought
    assert not bought & expected.by_letter.keys(), "nobody is recovered by a letter never sent"
    assert not expected.never & expected.by_letter.keys()
    assert ROBOT in expected.never
    carts = [p for p in world.story.parts if p.email == expected.several]
    assert len(carts) == 3
    assert len(world.shop.reviews) == 6


async def test_everybody_who_waits_for_a_letter_buys_after_it(world: World) -> None:
    expected = world.expected
    left = dict(expected.by_letter)
    while not world.over:
        tell(world, hours=1)
        for email in list(left):
            carts = [order for order in orders_of(world, email) if not order.paid]
            if carts:
                left[email] -= 1
                await mail(world, email, link_of(world, carts[-1]))
                if not left[email]:
                    del left[email]
    for email in expected.by_letter:
        assert orders_of(world, email)[-1].meta[CAMPAIGN] == "step-1", email


async def test_newer_shops_show_orders_only(tmp_path: Path) -> None:
    seen: set[str] = set()
    async with World(tmp_path, woo="new", speed=0) as world:
        assert world.expected.buys_between
        while not world.over:
            tell(world, hours=1)
            seen |= {order.status for order in world.shop.orders.values()}
        status = await ask(
            world.address, "/wp-json/wc/v3/system_status", {}, world.store.keys.read_only
        )
    assert "checkout-draft" not in seen
    assert {"pending", "failed", "cancelled"} <= seen
    assert status.json()["environment"]["version"] == "10.9.1"


async def test_one_seed_tells_one_story(tmp_path: Path) -> None:
    async def told(seed: int, steps: int) -> list[tuple[int, str, str, str]]:
        async with World(tmp_path / str(seed), speed=0, seed=seed) as world:
            for _ in range(steps):
                tell(world, hours=84 / steps)
            return [
                (order.id, order.email, order.status, str(order.modified))
                for order in world.shop.orders.values()
            ]

    first = await told(1, 84)
    assert first == await told(1, 7), "how often one looks changes nothing"
    assert first != await told(2, 7)


async def test_the_settings_fit_the_world(world: World) -> None:
    settings = world.settings()
    assert settings.shop.address == world.address
    assert (settings.mail.host, settings.mail.port) == (world.smtp_host, world.smtp_port)
    assert settings.mail.encryption is Encryption.NONE
    assert settings.sender.postal_address


async def test_pages_people_open_escape_what_the_catalogue_holds(world: World) -> None:
    tell(world, hours=3)
    (draft,) = orders_of(world, "alex.smith-jones@example.net")
    for target in (draft.pay_path, "/checkout-link/?products=20:1,999:1", "/cart/"):
        path, _, _ = target.partition("?")
        answer = world.store.visit(target, world.clock.now())
        assert answer.status == 200
        assert b"<script>" not in answer.body
        assert b"&lt;script&gt;" in answer.body, target
        assert world.store.visits[-1].path == path
    empty = world.store.visit("/checkout-link/?products=44:1", world.clock.now())
    assert b"Your cart is empty" in empty.body


def test_the_clock_runs_faster_and_moves_by_hand() -> None:
    real = [100.0]
    clock = StoryClock(START, 1700, lambda: real[0])
    real[0] += 2
    assert clock.now() == START + timedelta(seconds=3400)
    clock.advance(timedelta(hours=1))
    assert clock.monotonic() == 7000
    clock.speed = 1
    real[0] += 5
    assert clock.now() == START + timedelta(seconds=7005)
    with pytest.raises(ValueError, match="back"):
        clock.advance(timedelta(seconds=-1))
    assert timedelta(minutes=3, seconds=5) > LENGTH / 1700


async def test_in_a_story_that_runs_by_itself_one_person_buys_while_the_shop_is_asked(
    tmp_path: Path,
) -> None:
    async with World(tmp_path, speed=1) as world:
        (cart,) = orders_of(world, world.expected.buys_between)
        key = world.store.keys.read_only
        await ask(world.address, "/wp-json/wc/v3/orders", {"per_page": 1}, key)
        assert cart.paid is None
        await ask(world.address, f"/wp-json/wc/v3/orders/{cart.id}", {}, key)
        assert cart.paid is not None
