"""From a reminder to the letter that will go: link, fields, text, and the exact bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from cartdesk.adapters.letterbox import Letterbox
from cartdesk.domain.checks import CartFacts
from cartdesk.domain.feedback.one_click import token_of
from cartdesk.domain.language import Tongue, language_of
from cartdesk.domain.letters.fields import LetterFacts, Words, facts_for
from cartdesk.domain.lifecycle.schedule import LETTERS, RECOVERY
from cartdesk.domain.links import Link, campaign, way_back
from cartdesk.domain.model import (
    Cart,
    Letter,
    Product,
    Reminder,
    ReminderState,
    Rendered,
    Shop,
)
from cartdesk.work.facts import Desktop


@dataclass(frozen=True, slots=True)
class Identity:
    """What makes a message this one and no other: its Message-ID and its date."""

    message_id: str
    date: datetime


def new_identity(desktop: Desktop) -> Identity:
    """Give a message an identity of its own."""
    from cartdesk.adapters.mail.message import new_message_id

    domain = desktop.settings.sender.email.rpartition("@")[2]
    return Identity(new_message_id(domain), desktop.wall)


@dataclass(frozen=True, slots=True)
class Draft:
    """A letter ready to be frozen.

    ``source`` is its template, ``link`` where it leads, ``tongue`` its language and why.
    """

    reminder: Reminder
    rendered: Rendered
    source: str
    link: Link
    message: bytes
    tongue: Tongue


def tongue_of(reminder: Reminder, cart: Cart, letterbox: Letterbox, shop: Shop) -> Tongue:
    """Give the language of a reminder's letter: the one chosen for it, else by the rule."""
    available = letterbox.languages(reminder.letter)
    if reminder.language in available:
        return Tongue(reminder.language, "you chose it for this letter")
    return language_of(cart, shop, available)


def source_of(reminder: Reminder, language: str, letterbox: Letterbox) -> Letter:
    """Give the letter of a reminder: its own text when the merchant edited it."""
    if reminder.source:
        return Letter(reminder.letter, language, reminder.source)
    return letterbox.get(reminder.letter, language)


def link_of(
    reminder: Reminder, facts: CartFacts, products: Mapping[int, Product], desktop: Desktop
) -> Link:
    """Choose where the letter's button leads."""
    return way_back(
        facts.cart,
        desktop.shop,
        products,
        extra_hosts=desktop.settings.shop.extra_hosts,
        utm=campaign(reminder),
    )


def compose(
    reminder: Reminder,
    facts: CartFacts,
    products: Mapping[int, Product],
    letterbox: Letterbox,
    desktop: Desktop,
    identity: Identity,
    answers: str = "",
) -> Draft:
    """Fill in a letter and build its message.

    Args:
        reminder: The reminder; its number stands in the link.
        facts: The cart and its person.
        products: Products and variations of the cart, by id, as far as they are known.
        letterbox: Where the templates are.
        desktop: Shop, settings and time.
        identity: The Message-ID and date; the same ones give the same bytes.
        answers: The Message-ID of the person's previous letter, to keep one thread.

    Raises:
        LetterProblem: The template has an unknown field or is broken.
        Unmailable: No message can be built for this address.
    """
    from cartdesk.adapters.mail.message import build
    from cartdesk.domain.letters import render

    tongue = tongue_of(reminder, facts.cart, letterbox, desktop.shop)
    letter = source_of(reminder, tongue.language, letterbox)
    link = link_of(reminder, facts, products, desktop)
    sender = desktop.settings.sender
    token = token_of(identity.message_id)
    since = facts.track.quiet_since or facts.cart.modified_at
    letter_facts = facts_for(
        replace(facts.cart, modified_at=since),
        desktop.shop,
        desktop.settings,
        link,
        tongue.language,
        words=letterbox.words(tongue.language),
        now=desktop.now,
        stop_token=token,
    )
    rendered = render(letter, letter_facts)
    message = build(
        rendered,
        sender=sender,
        to_name=facts.cart.name,
        to_email=facts.cart.email,
        message_id=identity.message_id,
        date=identity.date,
        stop_token=token,
        in_reply_to=answers,
        references=(answers,) if answers else (),
    )
    return Draft(reminder, rendered, letter.source, link, message, tongue)


def frozen(message: bytes) -> dict[str, object]:
    """Give what the ledger keeps of a message at approval: bytes, fingerprint, identity."""
    from cartdesk.adapters.mail.message import parts

    headers = {name.lower(): value for name, value in parts(message).headers}
    return {
        "message": message,
        "sha256": hashlib.sha256(message).hexdigest(),
        "message_id": headers["message-id"],
        "subject": headers["subject"],
    }


def example_of(
    name: str,
    language: str,
    facts: CartFacts | None,
    products: Mapping[int, Product],
    words: Words,
    desktop: Desktop,
) -> LetterFacts:
    """Give what a letter would say about a real cart, or made-up facts when there is none."""
    from cartdesk.domain.letters import example_facts

    if facts is None:
        return example_facts(full=True, words=words)
    sequence, step = next((key for key, known in LETTERS.items() if known == name), (RECOVERY, 1))
    reminder = Reminder(0, facts.cart.id, sequence, step, name, ReminderState.PLANNED, desktop.now)
    link = link_of(reminder, facts, products, desktop)
    shop, settings = desktop.shop, desktop.settings
    return facts_for(facts.cart, shop, settings, link, language, words=words, now=desktop.now)
