"""Who may be written to: careful by country, the merchant's own word first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from cartdesk.domain.consent import Basis, CountryRule, basis_of, rule_for, usual_audience
from cartdesk.domain.model import Cart
from cartdesk.domain.settings import Audience

NOW = datetime(2026, 11, 17, 10, tzinfo=UTC)
CART = Cart(7, "7", "pending", NOW, NOW, "EUR", None)
CONSENT, CUSTOMER, EVERYONE = Audience.CONSENT, Audience.CUSTOMER, Audience.EVERYONE


@pytest.mark.parametrize(
    ("country", "chosen", "audience"),
    [
        ("FI", EVERYONE, EVERYONE),  # at home the merchant has checked
        ("", EVERYONE, EVERYONE),
        ("HU", EVERYONE, CONSENT),
        ("HU", CUSTOMER, CONSENT),
        ("DE", EVERYONE, CUSTOMER),
        ("DE", CONSENT, CONSENT),  # never more than was chosen
        ("US", CUSTOMER, CUSTOMER),
        ("US", EVERYONE, EVERYONE),
        ("GB", EVERYONE, CUSTOMER),
    ],
)
def test_abroad_the_stricter_rule_holds(country: str, chosen: Audience, audience: Audience) -> None:
    assert rule_for(country, "FI", chosen, {}).audience is audience


def test_a_decision_for_a_country_goes_before_its_usual_rule() -> None:
    decided = {"HU": CountryRule(EVERYONE, "our lawyer said so"), "FI": CountryRule(CONSENT, "-")}
    assert rule_for("HU", "FI", CUSTOMER, decided).audience is EVERYONE
    assert rule_for("FI", "FI", CUSTOMER, decided).audience is CONSENT
    assert rule_for("HU", "FI", Audience.UNDECIDED, decided).audience is Audience.UNDECIDED


def test_an_unknown_country_is_asked_for_a_consent_by_default() -> None:
    assert usual_audience("") is CONSENT


@pytest.mark.parametrize(
    ("value", "bought", "paying", "kind"),
    [
        ("yes", 0, None, "consent"),
        ("2026-11-02", 2, True, "consent"),
        ("no", 0, None, "none"),
        ("0", 1, None, "customer"),
        ("", 0, True, "customer"),
        ("", 0, False, "none"),
    ],
)
def test_the_basis_and_what_says_so(
    value: str, bought: int, paying: bool | None, kind: str
) -> None:
    cart = replace(CART, meta={"_optin": value})
    basis = basis_of(cart, "_optin", bought=bought, paying_customer=paying)
    assert basis.kind == kind
    assert basis.evidence


def test_each_rule_accepts_what_is_stronger() -> None:
    kinds = ("consent", "customer", "none")
    for accepted, audience in enumerate((Audience.UNDECIDED, CONSENT, CUSTOMER, EVERYONE)):
        rule = rule_for("", "FI", audience, {})
        assert [rule.accepts(Basis(kind, "")) for kind in kinds] == [
            place < accepted for place in range(3)
        ]
