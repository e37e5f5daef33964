"""The audit without a screen: findings with their money, what was not seen, and exit codes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from cartdesk.cli.exits import Exit
from cartdesk.demo.rest import dumps
from cartdesk.demo.web import Request, Response
from tests.cli.terminal import Terminal, open_terminal


@pytest.fixture
async def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Terminal]:
    async with open_terminal(tmp_path, monkeypatch) as found:
        found.pass_time(3)
        assert (await found.run("poll")).code == Exit.OK
        yield found


def no_guests(request: Request, answer: Response) -> Response:
    """Let only people with an account buy."""
    if not request.path.endswith("/settings/account"):
        return answer
    rows = [{"id": "woocommerce_enable_guest_checkout", "value": "no"}]
    return Response(200, dumps(rows), answer.headers)


async def test_text_and_json_tell_the_same_ranked_by_money(terminal: Terminal) -> None:
    orders = dict(terminal.world.store.shop.orders)
    said = await terminal.run("audit")
    assert said.code == Exit.OK, said.err
    found = (await terminal.run("audit", "--json")).json
    assert terminal.world.store.shop.orders == orders, "nothing is written to the shop"

    asks = [one for one in found["findings"] if one["verdict"] != "ok"]
    worth = [sum(float(each["amount"]) for each in one["money"]) for one in asks]
    assert worth == sorted(worth, reverse=True)
    assert worth[0] > 0
    places = [said.out.index(one["sentence"]) for one in found["findings"]]
    assert places == sorted(places)
    failed = next(one for one in asks if one["rule"] == "failed-payments")
    assert failed["reason"] == "payment_failed"
    assert failed["counted"] == "carts whose payment by it failed"
    assert f"(counted: {failed['counted']})." in said.out
    assert "-> Take them off your pages" in said.out
    assert "ok    forced_account: Guests may buy." in said.out
    assert "Looking at the shop's settings ..." in said.err
    assert "0 to mend" in said.err


async def test_what_keeps_people_from_buying_ends_with_1(terminal: Terminal) -> None:
    terminal.world.store.faults.append(no_guests)
    said = await terminal.run("audit")
    assert said.code == Exit.NOTHING
    assert "STOP  forced_account: Nobody can buy without an account." in said.out
    assert "No left cart is known to be about it." in said.out
    assert "1 to mend" in said.err


async def test_what_cannot_be_seen_is_named_once_a_reason(terminal: Terminal) -> None:
    def closed(request: Request, answer: Response) -> Response:
        hidden = ("/coupons", "/payment_gateways", "/shipping/zones")
        error = {"code": "woocommerce_rest_cannot_view", "message": "No.", "data": {"status": 403}}
        refusal = replace(answer, status=403, body=dumps(error))
        return refusal if request.path.endswith(hidden) else answer

    terminal.world.store.faults.append(closed)
    said = await terminal.run("audit")
    assert said.code == Exit.OK
    [line] = [each for each in said.out.splitlines() if "ways to pay" in each]
    assert "coupons" in line
    assert "shipping zones" in line
    assert "Not seen, so not judged:" in said.out
    assert "coupon_hunt" not in said.out


async def test_a_shop_that_does_not_answer_ends_with_3(terminal: Terminal) -> None:
    await terminal.world.store.stop()
    said = await terminal.run("audit")
    assert said.code == Exit.SHOP
    assert "its web server is not running" in said.err
