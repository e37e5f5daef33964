"""May I write to this person? The basis a cart gives, and the rule in force for its country.

These are careful defaults, not legal advice. Hungarian law wants a consent (Act XLVIII of 2008,
section 6). Elsewhere in the EU, the EEA and the UK earlier customers may be written to as well
(Directive 2002/58/EC, article 13(2); PECR, regulation 22). Other countries let a letter go when
it says who writes and how to stop. The merchant decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cartdesk.domain.model import Cart
from cartdesk.domain.settings import Audience

# The EU, and those who keep to its rules for mail: Iceland, Liechtenstein, Norway and the UK.
_EUROPE = frozenset(
    [
        *("AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "IE", "IT"),
        *("LV", "LT", "LU", "MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE", "HU"),
        *("IS", "LI", "NO", "GB"),
    ]
)
_STRICTEST = (Audience.UNDECIDED, Audience.CONSENT, Audience.CUSTOMER, Audience.EVERYONE)
_ACCEPTS = {
    Audience.UNDECIDED: frozenset[str](),
    Audience.CONSENT: frozenset({"consent"}),
    Audience.CUSTOMER: frozenset({"consent", "customer"}),
    Audience.EVERYONE: frozenset({"consent", "customer", "none"}),
}
_NO = frozenset({"", "0", "no", "false", "off", "none", "null"})


@dataclass(frozen=True, slots=True)
class Basis:
    """Why a person may be written to: "consent", "customer" or "none", and what says so."""

    kind: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may get letters in one country, and where the rule comes from."""

    audience: Audience
    source: str

    def accepts(self, basis: Basis) -> bool:
        """Tell whether it lets a person with this basis be written to."""
        return basis.kind in _ACCEPTS[self.audience]


@dataclass(frozen=True, slots=True)
class CountryRule:
    """What the merchant decided for one country, with the reason they typed."""

    audience: Audience
    reason: str


def usual_audience(country: str) -> Audience:
    """Give the careful default for a country; the strictest where it is not known ("")."""
    if country in {"HU", ""}:
        return Audience.CONSENT
    return Audience.CUSTOMER if country in _EUROPE else Audience.EVERYONE


def rule_for(
    country: str, shop_country: str, chosen: Audience, decided: Mapping[str, CountryRule]
) -> Rule:
    """Give the rule in force for a shopper's country.

    The merchant's choice speaks for their own country and for shoppers who named none. Abroad
    the stricter of that choice and the country's default is in force, unless the merchant
    decided otherwise for that country and said why.
    """
    if chosen is Audience.UNDECIDED or country in {"", shop_country}:
        if country in decided and chosen is not Audience.UNDECIDED:
            return Rule(decided[country].audience, f"your rule for {country}")
        return Rule(chosen, "your rule")
    if country in decided:
        return Rule(decided[country].audience, f"your rule for {country}")
    usual = usual_audience(country)
    if _STRICTEST.index(usual) < _STRICTEST.index(chosen):
        return Rule(usual, f"the usual rule in {country}")
    return Rule(chosen, "your rule")


def basis_of(cart: Cart, meta_key: str, *, bought: int, paying_customer: bool | None) -> Basis:
    """Give the basis for writing to the person of a cart.

    Args:
        cart: The cart, with its order's meta data.
        meta_key: The meta key the merchant named for consents, or "".
        bought: How many orders the person placed.
        paying_customer: The shop's own word about a registered customer; None: not asked.
    """
    value = cart.meta.get(meta_key, "").strip() if meta_key else ""
    if value.casefold() not in _NO:
        return Basis("consent", f"{meta_key} is {value}")
    if bought:
        return Basis("customer", f"bought {bought} time{'s' if bought > 1 else ''} before")
    if paying_customer:
        return Basis("customer", "the shop knows a paying customer by this address")
    return Basis("none", "no consent on the order, no earlier purchase")
