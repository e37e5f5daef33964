"""Why people leave a basket behind, and what a shop can do about each reason."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """A reason somebody gave for not buying. One piece of feedback may give several."""

    SHIPPING_COST = "shipping_cost"
    EXTRA_FEES = "extra_fees"
    CHECKOUT_LONG = "checkout_long"
    TRUST = "trust"
    FORCED_ACCOUNT = "forced_account"
    PAYMENT_METHOD = "payment_method"
    PAYMENT_FAILED = "payment_failed"
    TECHNICAL = "technical"
    PRICE = "price"
    COUPON_HUNT = "coupon_hunt"
    DELIVERY = "delivery"
    RETURNS = "returns"
    PRODUCT_QUESTION = "product_question"
    LOGIN = "login"
    LATER = "later"
    COMPETITOR = "competitor"
    OTHER = "other"

    @property
    def title(self) -> str:  # type: ignore[override]  # a code has no use for str.title
        """The reason in plain words, short enough for a line beside a bar."""
        return _ABOUT[self][0]

    @property
    def remedy(self) -> str:
        """What the shop can do about it, in one or two sentences."""
        return _ABOUT[self][1]


class Mood(StrEnum):
    """How somebody sounds."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


_ABOUT = {
    Reason.SHIPPING_COST: (
        "Shipping costs too much",
        "Offer free shipping from a sum a little above your usual basket, name the cost on "
        "the product page, or make it lower.",
    ),
    Reason.EXTRA_FEES: (
        "Taxes or fees came as a surprise",
        "Show prices with tax and every fee from the first page on.",
    ),
    Reason.CHECKOUT_LONG: (
        "The checkout is too long",
        "Put the checkout on one page and ask only for what you need to deliver.",
    ),
    Reason.TRUST: (
        "Not sure the shop is safe",
        "Show who you are: address and phone, reviews, a clear returns promise, payment "
        "methods people know, and HTTPS on every page.",
    ),
    Reason.FORCED_ACCOUNT: (
        "An account was asked for",
        "Let people buy as guests and offer the account afterwards.",
    ),
    Reason.PAYMENT_METHOD: (
        "The way to pay is missing",
        "Add the methods used in your customers' countries: cards, mobile payment, the "
        "local banks, an invoice.",
    ),
    Reason.PAYMENT_FAILED: (
        "The payment did not go through",
        "Help at once and offer another way to pay, then look at what your payment gateway says.",
    ),
    Reason.TECHNICAL: (
        "Something on the site did not work",
        "Try the checkout on a phone, mend broken links, and make slow pages faster.",
    ),
    Reason.PRICE: (
        "The price is too high",
        "Say what makes it worth the price, or make an honest offer to those who hesitate.",
    ),
    Reason.COUPON_HUNT: (
        "Looking for a code, or the code failed",
        "Check that your codes work, and make the code field small so that it sends nobody "
        "searching.",
    ),
    Reason.DELIVERY: (
        "Delivery: when, where or how",
        "Say on the product page and in the basket when it arrives and where you deliver.",
    ),
    Reason.RETURNS: (
        "Unsure about returns",
        "Put a short, clear returns and exchange promise beside the button that buys.",
    ),
    Reason.PRODUCT_QUESTION: (
        "A question about the product",
        "Answer it, then add the answer to the product's description.",
    ),
    Reason.LOGIN: (
        "Could not log in",
        "Make signing in simpler, and see that the mail to reset a password arrives.",
    ),
    Reason.LATER: (
        "Not now, maybe later",
        "A kind reminder is enough.",
    ),
    Reason.COMPETITOR: (
        "Bought it somewhere else",
        "Nothing to do for this basket. When it happens often, compare price and delivery.",
    ),
    Reason.OTHER: (
        "Another reason",
        "Read what they wrote.",
    ),
}
