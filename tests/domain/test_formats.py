"""Amounts, dates and times look as they do in the shop."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartdesk.domain.formats import clock, day, money
from cartdesk.domain.model import Shop
from cartdesk.domain.money import Money

FINNISH = Shop(
    "https://shop.example",
    zone="Europe/Helsinki",
    country="FI",
    currency="EUR",
    currency_position="right_space",
    thousand_separator=" ",
    decimal_separator=",",
)
HUNGARIAN = Shop(
    "https://shop.example",
    country="HU",
    currency="HUF",
    currency_position="right_space",
    thousand_separator=" ",
    decimals=0,
)
AMERICAN = Shop("https://shop.example", zone="America/New_York", country="US", currency="USD")
SWISS = Shop(
    "https://shop.example",
    country="CH",
    currency="CHF",
    currency_position="left_space",
    thousand_separator="'",
)
KUWAITI = Shop("https://shop.example", country="KW", currency="KWD", decimals=3)


@pytest.mark.parametrize(
    ("amount", "shop", "written"),
    [
        (Money(8400, "EUR"), FINNISH, "84,00\u00a0€"),
        (Money(123456789, "EUR"), FINNISH, "1 234 567,89\u00a0€"),
        (Money(0, "EUR"), FINNISH, "0,00\u00a0€"),
        (Money(499000, "HUF"), HUNGARIAN, "4 990\u00a0Ft"),
        (Money(499050, "HUF"), HUNGARIAN, "4 991\u00a0Ft"),
        (Money(123456, "USD"), AMERICAN, "$1,234.56"),
        (Money(1234550, "CHF"), SWISS, "CHF\u00a012'345.50"),
        (Money(4700, "JPY"), FINNISH, "4 700\u00a0¥"),
        (Money(1000, "CAD"), FINNISH, "10,00\u00a0CA$"),
        (Money(8400, "EUR"), AMERICAN, "€84.00"),
        (Money(-250, "EUR"), AMERICAN, "€-2.50"),
        (Money(100, "ZZZ"), AMERICAN, "ZZZ1.00"),
    ],
)
def test_money_is_written_as_the_shop_writes_it(amount: Money, shop: Shop, written: str) -> None:
    assert money(amount, shop) == written


def test_an_amount_of_three_decimals_keeps_them_and_holds_no_hidden_direction_marks() -> None:
    written = money(Money(1234, "KWD"), KUWAITI)
    assert written.endswith("1.234")
    assert written.isprintable()


@given(st.integers(0, 10**14), st.sampled_from([FINNISH, AMERICAN]))
def test_no_cent_is_lost(minor: int, shop: Shop) -> None:
    digits = "".join(char for char in money(Money(minor, shop.currency), shop) if char.isdigit())
    assert int(digits) == minor


def test_a_day_is_named_in_shop_time_and_in_the_shops_order() -> None:
    evening = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
    assert day(evening, FINNISH) == "22 November 2026"
    assert day(evening, FINNISH, "fi") == "22. marraskuuta 2026"
    assert day(evening, AMERICAN) == "November 21, 2026"
    assert day(evening, HUNGARIAN, "hu") == "2026. november 21."
    assert day(evening, Shop("https://x.example", country="QQ")) == "21 November 2026"
    assert day(evening, AMERICAN, "no-such-language") == "November 21, 2026"


def test_a_time_of_day_is_shop_time() -> None:
    assert clock(datetime(2026, 11, 21, 12, 2, tzinfo=UTC), FINNISH) == "14:02"
    assert clock(datetime(2026, 11, 21, 12, 2, tzinfo=UTC), AMERICAN) == "07:02"


def test_a_screen_full_of_euros_needs_no_locale_data() -> None:
    program = (
        "import sys\n"
        "from cartdesk.domain.formats import money\n"
        "from cartdesk.domain.model import Shop\n"
        "from cartdesk.domain.money import Money\n"
        "shop = Shop('https://x.example', currency='EUR', country='FI')\n"
        "assert money(Money(100, 'EUR'), shop) == '€1.00'\n"
        "assert 'babel' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-X", "utf8", "-c", program], check=True)
