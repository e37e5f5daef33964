"""Each rule that lets a letter go or holds it back, with the fact it was judged by.

:func:`why` answers "why is this cart in the queue, or not", :func:`before_sending` "may this
letter go now". Both give every rule, not only the first that fails, so the merchant sees the
whole picture at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cartdesk.domain.consent import CountryRule, basis_of, rule_for
from cartdesk.domain.lifecycle.judging import LetterFact, Track, cutoff
from cartdesk.domain.lifecycle.schedule import PAYMENT, Due, has_replied, is_history
from cartdesk.domain.model import Cart, CartState, Lane, ReminderState, Shop
from cartdesk.domain.senders import other_sender
from cartdesk.domain.settings import Audience, Settings
from cartdesk.domain.text import ago, span
from cartdesk.domain.views import Check, Verdict
from cartdesk.domain.zones import zone_of

_LANES = {
    Lane.DRAFT: "the checkout was opened, but never finished",
    Lane.UNPAID: "the order was placed, but never paid",
    Lane.FAILED: "the payment failed",
    Lane.CANCELLED: "the shop cancelled the unpaid order when its time limit passed",
    Lane.NONE: "no unfinished checkout",
}
_WANTED = {
    Audience.UNDECIDED: "",
    Audience.CONSENT: "it wants people who agreed",
    Audience.CUSTOMER: "it wants people who agreed, or earlier customers",
    Audience.EVERYONE: "",
}


@dataclass(frozen=True, slots=True)
class CartFacts:
    """Everything the rules look at for one cart, as known at ``now``.

    ``letters`` are those of the person; ``bought`` counts their orders; ``paying_customer``
    is the shop's own word about a registered customer (None: not asked); ``due`` is the next
    letter; ``asked_at`` when the shop last answered; ``paused`` why nothing at all is sent now;
    ``known_senders`` the plugins the merchant said yes to once; ``country_rules`` who
    may get letters where, as the merchant decided; ``held_out`` how many of 100 get
    no letter, when this person is one of them (0: the person is not).
    """

    cart: Cart
    track: Track
    shop: Shop
    settings: Settings
    letters: Sequence[LetterFact]
    bought: int
    last_bought_at: datetime | None
    paying_customer: bool | None
    suppressed: str
    asked_at: datetime | None
    due: Due | None
    now: datetime
    paused: str = ""
    known_senders: frozenset[str] = frozenset()
    country_rules: Mapping[str, CountryRule] = field(default_factory=dict)
    held_out: int = 0


def why(facts: CartFacts) -> tuple[Check, ...]:
    """Give every rule that put a cart in the queue or keeps it out, in the order of thought."""
    checks = tuple(
        rule(facts)
        for rule in (
            _unfinished,
            _kept_apart,
            _items,
            _quiet,
            _not_bought,
            _newest,
            _address,
            _seen_in_time,
            allowed,
            _not_stopped,
            _sequence,
        )
    )
    return (*_held_out(facts), *checks, *_others(facts))


def before_sending(facts: CartFacts, *, sequence: str, sent_in_24_hours: int) -> tuple[Check, ...]:
    """Give the checks shown beside a letter; it can go when none of them says stop."""
    audience = _service(facts) if sequence == PAYMENT else allowed(facts)
    paused = [Check("paused", Verdict.STOP, facts.paused)] if facts.paused else []
    apart = [_kept_apart(facts)] if facts.track.junk else []
    held = [] if sequence == PAYMENT else _held_out(facts)
    return (
        *paused,
        *apart,
        *held,
        _not_bought(facts),
        audience,
        _not_stopped(facts),
        _address(facts),
        _sender(facts.settings),
        _gap(facts),
        _cap(facts.settings, sent_in_24_hours),
        _quiet_hours(facts),
        *_others(facts),
    )


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """What the rules look at for an answer to somebody who wrote.

    ``to`` is where it goes ("": nowhere any more), ``stopped`` why no reminder may go there,
    ``theirs`` and ``ours`` the languages of what they wrote and of the answer, "" unknown;
    ``restored`` tells that the ledger was restored from a copy since they wrote, ``stranger``
    that neither our letter went to this address nor does their order hold it, ``unsure`` that
    nobody knows whether an earlier letter to the person went out.
    """

    settings: Settings
    to: str
    stopped: str
    paused: str
    theirs: str
    ours: str
    sent_in_24_hours: int
    restored: bool = False
    stranger: bool = False
    unsure: bool = False


def before_answering(facts: AnswerFacts) -> tuple[Check, ...]:
    """Give the checks of an answer; rules about reminders do not hold for it.

    Whoever wrote may be answered, also after a purchase or a wish for no more reminders.
    """
    checks = [Check("paused", Verdict.STOP, facts.paused)] if facts.paused else []
    if facts.to and facts.stranger:
        words = "goes to an address that neither your letter nor their order has"
        checks.append(Check("address", Verdict.WARN, words, facts.to))
    elif facts.to:
        checks.append(Check("address", Verdict.OK, "answers a mail", facts.to))
    else:
        checks.append(Check("address", Verdict.STOP, "what it answers is gone, or has no address"))
    if facts.stopped:
        words = "gets no more reminders, but wrote to you: an answer may go"
        checks.append(Check("not-stopped", Verdict.WARN, words, facts.stopped))
    if facts.restored:
        words = "the ledger was restored since they wrote: look whether you answered already"
        checks.append(Check("restored", Verdict.WARN, words))
    if facts.unsure:
        words = "nobody knows whether an earlier letter to them went out: look in the Queue (1)"
        checks.append(Check("unsure", Verdict.WARN, words))
    if facts.theirs and facts.ours and facts.theirs != facts.ours:
        words = f"they wrote in {facts.theirs}, your answer looks like {facts.ours}"
        checks.append(Check("language", Verdict.WARN, words, facts.theirs))
    elif facts.theirs:
        checks.append(Check("language", Verdict.OK, "in their language", facts.theirs))
    return (
        *checks,
        _sender(facts.settings),
        _cap(facts.settings, facts.sent_in_24_hours),
    )


def first_question(checks: Sequence[Check]) -> Check | None:
    """Give the first check whose question the merchant must answer before the letter may go."""
    return next((check for check in checks if check.ask), None)


def first_stop(checks: Sequence[Check]) -> Check | None:
    """Give the first check that holds a letter back."""
    return next((check for check in checks if check.verdict is Verdict.STOP), None)


def proof(checks: Sequence[Check]) -> Check | None:
    """Give what decides whether an unsure letter went out (OK) or did not arrive (STOP)."""
    return next((check for check in checks if check.verdict is not Verdict.WARN), None)


def allowed(facts: CartFacts) -> Check:
    """Judge whether the rule in force lets this person be written to."""
    consent = facts.settings.consent
    if consent.audience is Audience.UNDECIDED:
        return Check(
            "audience",
            Verdict.STOP,
            "nobody has chosen yet who may get letters",
            mend="choose it in Settings (6)",
        )
    basis = basis_of(
        facts.cart,
        consent.meta_key,
        bought=facts.bought,
        paying_customer=facts.paying_customer,
    )
    rule = rule_for(facts.cart.country, facts.shop.country, consent.audience, facts.country_rules)
    if rule.accepts(basis):
        return Check("audience", Verdict.OK, "may be written to", basis.kind, facts.asked_at)
    return Check(
        "audience",
        Verdict.STOP,
        f"may not be written to under {rule.source}",
        basis.evidence,
        facts.asked_at,
        mend=_WANTED[rule.audience] + _elsewhere(facts),
    )


def _elsewhere(facts: CartFacts) -> str:
    country = facts.cart.country
    abroad = country and country != facts.shop.country
    return f"; change it with “cartdesk consent {country}”" if abroad else ""


def _unfinished(facts: CartFacts) -> Check:
    lane = facts.track.lane
    verdict = Verdict.STOP if lane is Lane.NONE else Verdict.OK
    return Check("unfinished", verdict, _LANES[lane], facts.cart.status, facts.cart.modified_at)


def _kept_apart(facts: CartFacts) -> Check:
    if facts.track.junk:
        return Check(
            "kept-apart",
            Verdict.STOP,
            f"kept apart: {facts.track.junk}",
            facts.cart.email,
            mend="if it is a shopper, let it back (b)",
        )
    return Check("kept-apart", Verdict.OK, "no robot, card test or throw-away address")


def _held_out(facts: CartFacts) -> list[Check]:
    """Name the group that gets no letter, when the person is in it."""
    if not facts.held_out:
        return []
    return [
        Check(
            "held-out",
            Verdict.STOP,
            "held out: this person is in the group that gets no letter, "
            f"{facts.held_out} of 100, so that you can see what letters do",
            f"{facts.held_out} of 100",
        )
    ]


def _others(facts: CartFacts) -> list[Check]:
    """Name another sender, when there is one, so that the list of checks stays short."""
    found = other_sender(facts.cart, facts.shop, facts.now, facts.known_senders)
    return [] if found is None else [found]


def _items(facts: CartFacts) -> Check:
    count = sum(line.quantity for line in facts.cart.lines)
    if count:
        return Check("items", Verdict.OK, "has items", str(count))
    return Check("items", Verdict.STOP, "the basket is empty", "0")


def _quiet(facts: CartFacts) -> Check:
    since = facts.track.quiet_since
    if since is None:
        return Check("quiet", Verdict.STOP, "was never seen unfinished")
    needed = cutoff(facts.track.lane, facts.settings.sequence)
    passed = facts.now - since
    datum = f"last change {ago(since, facts.now)}"
    if passed >= needed:
        return Check("quiet", Verdict.OK, f"quiet for {span(passed)}", datum, since)
    return Check(
        "quiet",
        Verdict.STOP,
        "the shopper may still be there",
        datum,
        since,
        mend=f"counts as abandoned in {span(needed - passed)}",
    )


def _not_bought(facts: CartFacts) -> Check:
    asked = f"asked {facts.asked_at.astimezone(facts.shop.tz):%H:%M}" if facts.asked_at else ""
    since = facts.track.quiet_since
    if facts.track.placed_at is not None:
        return Check("not-paid", Verdict.STOP, "was bought", asked, facts.track.placed_at)
    if since is not None and facts.last_bought_at is not None and facts.last_bought_at > since:
        return Check(
            "not-paid", Verdict.STOP, "bought with another order", asked, facts.last_bought_at
        )
    return Check("not-paid", Verdict.OK, "not paid", asked, facts.asked_at)


def _newest(facts: CartFacts) -> Check:
    if facts.track.state is CartState.MERGED:
        return Check("newest", Verdict.STOP, "a newer cart of the same person leads")
    return Check("newest", Verdict.OK, "the person's newest cart")


def _address(facts: CartFacts) -> Check:
    if facts.cart.email:
        return Check("address", Verdict.OK, "has an e-mail address", facts.cart.email)
    return Check("address", Verdict.STOP, "no e-mail address was typed")


def _seen_in_time(facts: CartFacts) -> Check:
    days = facts.settings.sequence.look_back_days
    if is_history(facts.track, facts.settings.sequence):
        return Check(
            "look-back",
            Verdict.STOP,
            f"was older than {days} days when first seen: history, never written to",
            at=facts.track.first_seen,
        )
    return Check("look-back", Verdict.OK, "seen in time", at=facts.track.first_seen)


def _not_stopped(facts: CartFacts) -> Check:
    if facts.suppressed:
        return Check("not-stopped", Verdict.STOP, "must not be written to", facts.suppressed)
    if has_replied(facts.track, facts.letters, facts.settings.sequence):
        return Check(
            "not-stopped", Verdict.STOP, "wrote back to a letter", mend="answer it by hand"
        )
    return Check("not-stopped", Verdict.OK, "did not ask to stop")


def _sequence(facts: CartFacts) -> Check:
    sent = sum(letter.counts for letter in facts.letters)
    if facts.due is None and any(x.state is ReminderState.UNSURE for x in facts.letters):
        return Check(
            "sequence",
            Verdict.STOP,
            "nobody knows whether the last letter went out",
            f"{sent} sent",
            mend="say in the Queue (1) what became of it",
        )
    if facts.due is None:
        return Check("sequence", Verdict.STOP, "no further letter", f"{sent} sent")
    wait = facts.due.at - facts.now
    if wait > timedelta():
        return Check(
            "sequence",
            Verdict.STOP,
            f"the next letter is {facts.due.letter}",
            f"{sent} sent",
            facts.due.at,
            mend=f"due in {span(wait)}",
        )
    return Check("sequence", Verdict.OK, f"{facts.due.letter} is due", f"{sent} sent", facts.due.at)


def _service(facts: CartFacts) -> Check:
    if facts.settings.consent.audience is Audience.UNDECIDED:
        return allowed(facts)  # nothing at all goes before the merchant's choice
    return Check("audience", Verdict.OK, "may be written to", "service mail about a failed payment")


def missing_of_sender(settings: Settings) -> list[str]:
    """Name what must be set before any letter may go; answers go to ``email`` by default."""
    sender = settings.sender
    return [
        words
        for value, words in (
            (sender.name, "your name"),
            (sender.email, "your e-mail address"),
            (sender.postal_address, "your postal address"),
            (settings.mail.host, "your mail account"),
        )
        if not value
    ]


def _sender(settings: Settings) -> Check:
    sender, missing = settings.sender, missing_of_sender(settings)
    if missing:
        return Check(
            "sender",
            Verdict.STOP,
            f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing",
            mend="run the setup in Settings (6)",
        )
    return Check("sender", Verdict.OK, "sender complete", sender.email)


def _gap(facts: CartFacts) -> Check:
    last = max((letter.at for letter in facts.letters if letter.counts), default=None)
    gap = timedelta(hours=facts.settings.sequence.min_gap_hours)
    if last is None:
        return Check("gap", Verdict.OK, "first letter to this person")
    if facts.now - last < gap:
        return Check(
            "gap",
            Verdict.STOP,
            f"the last letter went {ago(last, facts.now)}",
            at=last,
            mend=f"can go in {span(gap - (facts.now - last))}",
        )
    return Check("gap", Verdict.OK, f"last letter {ago(last, facts.now)}", at=last)


def _cap(settings: Settings, sent: int) -> Check:
    cap = settings.mail.daily_cap
    if sent >= cap:
        return Check(
            "daily-cap",
            Verdict.STOP,
            f"{sent} letters went out in the last 24 hours, your limit is {cap}",
            mend="wait, or raise daily_cap in the settings file",
        )
    return Check("daily-cap", Verdict.OK, "under the daily limit", f"{sent} of {cap}")


def _quiet_hours(facts: CartFacts) -> Check:
    screen = facts.settings.screen
    zone, whose = zone_of(facts.cart.country, facts.shop)
    hour = facts.now.astimezone(zone).hour
    begin, end = screen.quiet_from, screen.quiet_until
    quiet = begin <= hour < end if begin <= end else hour >= begin or hour < end
    if quiet:
        return Check("quiet-hours", Verdict.WARN, f"it is night {whose}", f"{hour}:00")
    return Check("quiet-hours", Verdict.OK, "a good hour", f"{hour}:00")
