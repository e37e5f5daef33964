"""``cartdesk consent``: who may get letters, country by country."""

from __future__ import annotations

from cartdesk.cli.call import Call
from cartdesk.cli.exits import Exit
from cartdesk.domain.settings import Audience
from cartdesk.work.context import NotPossible

_WORDS = {
    Audience.UNDECIDED: "not decided yet: nothing is sent",
    Audience.CONSENT: "only with a consent",
    Audience.CUSTOMER: "with a consent, and earlier customers",
    Audience.EVERYONE: "everyone who typed an address",
}


async def consent(call: Call) -> Exit:
    """Show the rules, or decide for one country."""
    given, out, consents = call.given, call.out, call.desk.consents
    if given.country is None:
        chosen, rules = call.place.settings.consent.audience, await consents.rules()
        out.line(f"Your rule: {_WORDS[chosen]}")
        for country, rule in rules.items():
            out.line(f"{country}: {_WORDS[rule.audience]} (because: {rule.reason})")
        out.say("Elsewhere abroad the stricter of your rule and the country's usual one holds.")
        out.document({"rule": chosen, "countries": dict(rules)})
        return Exit.OK
    if given.audience is None:
        raise NotPossible("Say who may get letters there: consent, customer, everyone or usual.")
    audience = Audience.UNDECIDED if given.audience == "usual" else Audience(given.audience)
    await call.desk.consents.decide(given.country, audience, given.reason)
    now = "the usual rule" if audience is Audience.UNDECIDED else _WORDS[audience]
    out.line(f"{given.country.upper()}: {now}")
    out.document({"country": given.country.upper(), "audience": given.audience})
    return Exit.OK
