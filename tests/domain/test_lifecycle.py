"""What becomes of carts and letters, told as a shop owner would tell it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartdesk.domain.lifecycle import judging, states, touching
from cartdesk.domain.lifecycle.judging import Assessment, LetterFact, Track, assess
from cartdesk.domain.lifecycle.schedule import next_due
from cartdesk.domain.model import CartState, Evidence, Lane, ReminderState
from cartdesk.domain.settings import SequenceSettings

RULES = SequenceSettings()
MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def track(
    number: int = 1,
    quiet: datetime | None = MONDAY,
    placed: datetime | None = None,
    lane: Lane = Lane.DRAFT,
    seen: datetime = MONDAY,
    items: bool = True,
    campaign: str = "",
    email: str = "ana@example.org",
) -> Track:
    return Track(
        id=number,
        lane=lane,
        state=CartState.OPEN,
        created_at=MONDAY - hours(1),
        quiet_since=quiet,
        placed_at=placed,
        first_seen=seen,
        has_items=items,
        email=email,
        campaign=campaign,
    )


def letter(
    at: datetime,
    step: int = 1,
    cart: int = 1,
    state: ReminderState = ReminderState.SENT,
    sequence: str = "recovery",
) -> LetterFact:
    return LetterFact(cart, sequence, step, state, at)


def judge(
    *tracks: Track, at: datetime, letters: tuple[LetterFact, ...] = (), stopped: bool = False
) -> dict[int, Assessment]:
    return assess(tracks, letters, RULES, stopped=stopped, now=at)


@pytest.mark.parametrize(
    ("lane", "after", "state"),
    [
        (Lane.DRAFT, hours(0.99), CartState.OPEN),
        (Lane.DRAFT, hours(1), CartState.ABANDONED),
        (Lane.UNPAID, hours(1), CartState.ABANDONED),
        (Lane.CANCELLED, hours(1), CartState.ABANDONED),
        (Lane.FAILED, timedelta(minutes=14), CartState.OPEN),
        (Lane.FAILED, timedelta(minutes=15), CartState.ABANDONED),
        (Lane.DRAFT, timedelta(days=30), CartState.LOST),
        (Lane.NONE, hours(5), CartState.CLOSED),
    ],
)
def test_a_checkout_is_abandoned_after_its_cut_off_and_lost_after_30_days(
    lane: Lane, after: timedelta, state: CartState
) -> None:
    assert judge(track(lane=lane), at=MONDAY + after)[1].state is state


def test_an_empty_basket_is_neither_abandoned_nor_bought() -> None:
    assert judge(track(items=False), at=MONDAY + hours(5))[1].state is CartState.CLOSED


def test_a_robot_trying_the_shop_is_never_abandoned_nor_written_to() -> None:
    robot = replace(track(), junk="a robot that tries the shop")
    assert judge(robot, at=MONDAY + hours(5))[1].state is CartState.JUNK
    assert next_due(robot, (), None, RULES) is None


def test_a_cart_without_an_address_has_no_letter() -> None:
    assert judge(track(email=""), at=MONDAY + hours(5))[1].state is CartState.ABANDONED
    assert next_due(track(email=""), (), None, RULES) is None


def test_an_order_placed_within_the_cut_off_was_never_abandoned() -> None:
    bought = track(placed=MONDAY + timedelta(minutes=20))
    assert judge(bought, at=MONDAY + hours(9))[1].state is CartState.PLACED


def test_an_order_first_seen_paid_is_placed() -> None:
    assert judge(track(quiet=None, placed=MONDAY), at=MONDAY)[1].state is CartState.PLACED


def test_paying_the_same_order_later_without_a_letter_is_coming_back_by_oneself() -> None:
    found = judge(track(placed=MONDAY + hours(3)), at=MONDAY + hours(9))[1]
    assert found == Assessment(
        CartState.RECOVERED, MONDAY, 1, MONDAY + hours(3), Evidence.BY_THEMSELVES
    )


def test_the_newest_cart_leads_and_older_ones_are_merged() -> None:
    found = judge(track(1), track(2, MONDAY + hours(2)), at=MONDAY + hours(4))
    assert found[1].state is CartState.MERGED
    assert found[2].state is CartState.ABANDONED


def test_a_purchase_through_the_links_new_draft_recovers_the_old_cart() -> None:
    sent = (letter(MONDAY + hours(2)),)
    new = track(2, MONDAY + hours(5), placed=MONDAY + hours(5.1), campaign="recovery-1")
    found = judge(track(1), new, at=MONDAY + hours(6), letters=sent)
    assert found[1].state is CartState.RECOVERED
    assert found[1].recovered_by == 2
    assert found[1].evidence is Evidence.CAMPAIGN
    assert found[2].state is CartState.PLACED


def test_of_two_abandoned_carts_only_the_newer_one_is_recovered() -> None:
    first, second = track(1), track(2, MONDAY + hours(2))
    bought = track(3, None, placed=MONDAY + hours(9))
    found = judge(first, second, bought, at=MONDAY + hours(10))
    assert found[1].state is CartState.MERGED
    assert found[2].state is CartState.RECOVERED


def test_an_earlier_purchase_does_not_recover_a_later_cart() -> None:
    before = track(2, None, placed=MONDAY - hours(40))
    assert judge(track(1), before, at=MONDAY + hours(2))[1].state is CartState.ABANDONED


def test_a_stopped_person_has_no_abandoned_cart() -> None:
    assert judge(track(), at=MONDAY + hours(2), stopped=True)[1].state is CartState.STOPPED


@pytest.mark.parametrize(
    ("order", "sent", "evidence"),
    [
        (track(1, placed=MONDAY + hours(9)), MONDAY + hours(2), Evidence.SAME_ORDER),
        (
            track(2, None, placed=MONDAY + hours(9)),
            MONDAY + hours(2),
            Evidence.WITHIN_5_DAYS,
        ),
        (
            track(2, None, placed=MONDAY + timedelta(days=6)),
            MONDAY + hours(2),
            Evidence.BY_THEMSELVES,
        ),
        (track(1, placed=MONDAY + hours(9)), MONDAY + hours(10), Evidence.BY_THEMSELVES),
        (
            track(1, placed=MONDAY + hours(9), campaign="recovery-1"),
            MONDAY + hours(2),
            Evidence.CAMPAIGN,
        ),
    ],
)
def test_the_strongest_evidence_is_named(order: Track, sent: datetime, evidence: Evidence) -> None:
    assert judging.evidence_for(track(1), order, [letter(sent)]) is evidence


def test_the_first_letter_is_due_after_an_hour_and_the_second_after_a_day() -> None:
    first = next_due(track(), (), None, RULES)
    assert first is not None
    assert (first.letter, first.at) == ("friendly-reminder", MONDAY + hours(1))
    second = next_due(track(), (letter(MONDAY + hours(2)),), None, RULES)
    assert second is not None
    assert (second.letter, second.at) == ("any-questions", MONDAY + hours(24))


def test_after_a_week_away_one_letter_is_due_and_the_next_keeps_its_distance() -> None:
    late = MONDAY + timedelta(days=6)
    assert next_due(track(), (), None, RULES) is not None
    second = next_due(track(), (letter(late),), None, RULES)
    assert second is not None
    assert second.at == late + hours(20)


def test_a_failed_payment_begins_with_help_and_goes_on_with_the_second_step() -> None:
    failed = track(lane=Lane.FAILED)
    first = next_due(failed, (), None, RULES)
    assert first is not None
    assert (first.letter, first.at) == ("payment-help", MONDAY + timedelta(minutes=15))
    helped = letter(MONDAY + hours(1), sequence="payment")
    second = next_due(failed, (helped,), None, RULES)
    assert second is not None
    assert second.letter == "any-questions"


def test_a_cart_older_than_a_week_at_first_sight_is_never_written_to() -> None:
    old = track(seen=MONDAY + timedelta(days=7, seconds=1))
    assert next_due(old, (), None, RULES) is None
    assert next_due(track(seen=MONDAY + timedelta(days=7)), (), None, RULES) is not None


def test_after_a_purchase_no_second_sequence_begins_within_30_days() -> None:
    sent = letter(MONDAY - timedelta(days=10))
    bought = MONDAY - timedelta(days=9)
    assert next_due(track(2), (sent,), bought, RULES) is None
    long_ago = letter(MONDAY - timedelta(days=31))
    assert next_due(track(2), (long_ago,), MONDAY - timedelta(days=30), RULES) is not None


def test_a_step_skipped_for_an_old_cart_is_not_missing_from_the_next_one() -> None:
    skipped = letter(MONDAY - hours(50), cart=9, state=ReminderState.SKIPPED)
    due = next_due(track(1), (skipped,), None, RULES)
    assert due is not None
    assert due.step == 1


NOTES_TIME = "Unpaid order cancelled - time limit reached. Order status changed ..."
NOTES_CUSTOMER = "Order cancelled by customer. Order status changed ..."


@pytest.mark.parametrize(
    ("note", "via", "waited", "who"),
    [
        (NOTES_TIME, "checkout", 61, "time-limit"),
        (NOTES_CUSTOMER, "checkout", 61, "customer"),
        ("Tila muuttui: Odottaa maksua -> Peruttu.", "checkout", 75, "time-limit"),
        ("Tila muuttui: Odottaa maksua -> Peruttu.", "checkout", 5, "person"),
        ("Tila muuttui: Odottaa maksua -> Peruttu.", "checkout", 600, "person"),
        ("Order status changed from Pending payment to Cancelled.", "store-api", 61, "person"),
        ("", "checkout", 61, "unknown"),
    ],
)
def test_who_cancelled_an_order(note: str, via: str, waited: int, who: str) -> None:
    assert (
        judging.cancelled_by(
            created_at=MONDAY,
            cancelled_at=MONDAY + timedelta(minutes=waited),
            created_via=via,
            hold_minutes=60,
            notes=[note],
        )
        == who
    )


@pytest.mark.parametrize(
    ("status", "placed"),
    [
        ("processing", True),
        ("on-hold", True),
        ("completed", True),
        ("wc-shipped-by-plugin", True),
        ("shipped", True),
        ("refunded", True),
        ("failed", False),
        ("trash", False),
        ("checkout-draft", False),
    ],
)
def test_what_counts_as_bought(status: str, placed: bool) -> None:
    assert judging.is_placed(status) is placed


def bought(
    status: str,
    *,
    paid: datetime | None = None,
    known: datetime | None = None,
    before: str = "",
) -> datetime | None:
    changed = MONDAY + hours(9)
    return judging.bought_at(
        status=status, paid_at=paid, modified_at=changed, known=known, status_before=before
    )


def test_without_a_time_of_payment_an_order_was_bought_at_its_last_change() -> None:
    assert bought("on-hold") == bought("processing") == bought("refunded") == MONDAY + hours(9)
    assert bought("processing", paid=MONDAY) == MONDAY
    assert bought("pending") is bought("failed") is bought("trash") is None


@pytest.mark.parametrize("status", ["trash", "refunded", "cancelled", "pending", "failed"])
def test_what_was_bought_once_stays_bought(status: str) -> None:
    assert bought(status, known=MONDAY, before="processing") == MONDAY
    assert bought(status, paid=MONDAY) == MONDAY


def test_only_an_awaited_payment_that_failed_was_no_purchase() -> None:
    assert bought("failed", known=MONDAY, before="on-hold") is None
    assert bought("failed", paid=MONDAY, known=MONDAY, before="on-hold") == MONDAY


LEFT = {
    "status": "failed",
    "total": "49.90",
    "payment_method": "stripe",
    "billing": {"email": "ana@example.org", "phone": ""},
    "line_items": [{"id": 3, "product_id": 7, "quantity": 1, "total": "49.90", "taxes": []}],
    "meta_data": [],
    "date_modified_gmt": "2026-03-02T12:00:00",
}


@pytest.mark.parametrize(
    ("change", "shoppers"),
    [
        ({"total": "99.80"}, True),
        ({"payment_method": "cod"}, True),
        ({"customer_note": "Please ring"}, True),
        ({"billing": {"email": "ana@example.org", "phone": "1"}}, True),
        ({"shipping": {"city": "Turku"}}, True),
        ({"line_items": [{"product_id": 7, "quantity": 2, "total": "49.90"}]}, True),
        ({"line_items": []}, True),
        ({"coupon_lines": [{"code": "five"}]}, True),
        ({"date_modified_gmt": "2026-03-09T12:00:00"}, False),
        ({"meta_data": [{"key": "_plugin", "value": "x"}]}, False),
        ({"customer_id": 77}, False),
        ({"billing": {"email": "ana@example.org"}, "shipping": {"city": ""}}, False),
        ({"line_items": [{"id": 4, "product_id": 7, "quantity": 1, "total": "49.90"}]}, False),
    ],
)
def test_what_a_shopper_changes_is_told_from_what_plugins_write(
    change: dict[str, object], shoppers: bool
) -> None:
    assert touching.came_back(LEFT, LEFT | change) is shoppers


def test_a_status_alone_may_be_a_payment_begun_or_refused() -> None:
    assert touching.may_be_stirred("failed", "pending")
    assert touching.may_be_stirred("pending", "")
    assert not touching.may_be_stirred("failed", "failed")
    assert not touching.may_be_stirred("cancelled", "pending")


times = st.integers(0, 40 * 24).map(lambda h: MONDAY + hours(h))
tracks = st.lists(
    st.builds(
        Track,
        id=st.integers(1, 30),
        lane=st.sampled_from(Lane),
        state=st.sampled_from(CartState),
        created_at=times,
        quiet_since=st.none() | times,
        placed_at=st.none() | times,
        first_seen=times,
        has_items=st.booleans(),
        email=st.sampled_from(["", "ana@example.org"]),
        junk=st.sampled_from(["", "a robot"]),
        campaign=st.sampled_from(["", "recovery-1"]),
    ),
    max_size=6,
    unique_by=lambda one: one.id,
)
letters = st.lists(
    st.builds(
        LetterFact,
        cart_id=st.integers(1, 30),
        sequence=st.sampled_from(["recovery", "payment"]),
        step=st.integers(1, 3),
        state=st.sampled_from(ReminderState),
        at=times,
    ),
    max_size=5,
)


@given(tracks, letters, times, st.booleans(), st.randoms())
def test_any_history_is_judged_whole_and_in_any_order_alike(
    history: list[Track],
    sent: list[LetterFact],
    now: datetime,
    stopped: bool,
    shuffle: st.DataObject,
) -> None:
    found = assess(history, sent, RULES, stopped=stopped, now=now)
    assert set(found) == {one.id for one in history}
    undecided = {CartState.OPEN, CartState.ABANDONED, CartState.STOPPED}
    assert sum(one.state in undecided for one in found.values()) <= 1
    for one in history:
        state = found[one.id].state
        if one.placed_at is not None:
            assert state not in undecided | {CartState.LOST}
        if state is CartState.RECOVERED:
            assert found[one.id].evidence is not None
            assert found[one.id].recovered_by in found
    mixed = list(history)
    shuffle.shuffle(mixed)  # type: ignore[attr-defined]
    assert assess(mixed, sent[::-1], RULES, stopped=stopped, now=now) == found


@given(tracks.filter(bool), letters, st.none() | times)
def test_no_person_ever_gets_a_fourth_letter_or_one_too_soon(
    history: list[Track], sent: list[LetterFact], bought: datetime | None
) -> None:
    cart = history[0]
    due = next_due(cart, sent, bought, RULES)
    if due is None or cart.quiet_since is None:
        return
    recent = [one for one in sent if one.counts and one.at > cart.quiet_since - timedelta(30)]
    assert len(recent) < 3
    assert due.at >= cart.quiet_since + timedelta(minutes=15)
    assert all(due.at - one.at >= hours(20) for one in sent if one.counts)


def test_a_letter_is_sent_only_through_the_final_dot() -> None:
    before = {state for (state, _), after in states.REMINDER_MOVES.items() if after == "sent"}
    assert before == {ReminderState.DOT, ReminderState.UNSURE}


def test_after_the_dot_only_a_person_can_send_again() -> None:
    again = {
        event
        for (state, event), after in states.REMINDER_MOVES.items()
        if state is ReminderState.UNSURE and after is ReminderState.HELD
    }
    assert again == {"again"}


def test_an_illegal_move_is_refused_in_words() -> None:
    with pytest.raises(states.IllegalMove, match="that is sent cannot be approved"):
        states.step(ReminderState.SENT, "approve")
