"""How long a balance lasts, and where it went."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsops.reports.balances.runway import burn_by_weekday, run_down
from smsops.reports.balances.runway_changes import Cost, explain_change

MONDAY = date(2026, 11, 16)
EVEN = (Decimal(100),) * 7
amounts = st.decimals(0, 10_000_000, places=2)


def runway(balance, burn=EVEN, **given):
    return run_down(balance=Decimal(balance), today=MONDAY, rest_of_today=given.pop("rest", 1), burn=burn, **given)


def test_it_lasts_as_many_full_days_as_the_pace_allows():
    found = runway(950)
    assert (found.days, found.ends_on) == (9, MONDAY + timedelta(days=9))


def test_weekends_without_sends_make_it_last_longer():
    weekdays_only = (*[Decimal(100)] * 5, Decimal(0), Decimal(0))
    assert runway(550, weekdays_only).ends_on == MONDAY + timedelta(days=7)


def test_what_is_left_at_the_expiry_is_lost():
    found = runway(950, expires_on=MONDAY + timedelta(days=4))
    assert (found.lost, found.days) == (Decimal(450), 9)


def test_nothing_is_lost_where_it_runs_out_before():
    assert runway(350, expires_on=MONDAY + timedelta(days=10)).lost == 0


def test_an_expiry_beyond_the_horizon_is_reckoned_at_the_same_pace():
    found = runway(100_000, expires_on=MONDAY + timedelta(days=500))
    assert found.days is None
    assert found.lost == 100_000 - 366 * 100 - 135 * 100


def test_a_planned_campaign_takes_its_share_on_its_day():
    assert runway(950, reserved=[(MONDAY + timedelta(days=2), Decimal(500))]).days == 4


def test_an_overdue_campaign_takes_it_today():
    assert runway(950, reserved=[(MONDAY - timedelta(days=2), Decimal(900))]).days == 0


def test_what_is_never_used_lasts_and_is_lost_whole():
    found = runway(950, (Decimal(0),) * 7, expires_on=MONDAY + timedelta(days=30))
    assert (found.days, found.is_used, found.lost) == (None, False, Decimal(950))


def test_an_empty_balance_lasts_no_day():
    assert runway(0).days == runway(-5).days == 0


def test_the_pace_of_a_weekday_is_the_mean_of_the_same_weekdays():
    used = {MONDAY - timedelta(days=7): Decimal(100), MONDAY - timedelta(days=14): Decimal(300)}
    burn = burn_by_weekday(used, since=MONDAY - timedelta(days=14), until=MONDAY)
    assert burn[0] == 200
    assert sum(burn[1:]) == 0


def test_a_weekday_that_was_never_seen_counts_as_the_others():
    burn = burn_by_weekday({MONDAY - timedelta(days=1): Decimal(70)}, since=MONDAY - timedelta(days=1), until=MONDAY)
    assert burn == (Decimal(70),) * 7


@given(balance=amounts, more=amounts, pace=st.lists(amounts, min_size=7, max_size=7), ahead=st.integers(0, 400))
def test_more_money_never_ends_sooner_and_never_loses_more_than_there_is(balance, more, pace, ahead):
    expires = MONDAY + timedelta(days=ahead)
    little, much = (runway(total, tuple(pace), expires_on=expires) for total in (balance, balance + more))
    assert (much.days if much.days is not None else 999) >= (little.days if little.days is not None else 999)
    assert 0 <= little.lost <= balance
    assert little.lost <= much.lost


# --- where it went ---------------------------------------------------------------------------------------------------

PRICE = Decimal(350)


def change(before, after, cost=0, carry=0, **given):
    made = Cost(None if cost is None else Decimal(cost), segment=PRICE, **given)
    return explain_change(before=Decimal(before), after=Decimal(after), cost=made, carry=Decimal(carry))


def test_a_fall_by_what_we_sent_is_spent():
    found = change(100_000, 65_000, cost=35_000)
    assert (found.spent, found.unexplained, found.topped_up) == (35_000, 0, 0)


def test_a_fall_without_our_sends_is_not_explained():
    found = change(100_000, 65_000)
    assert (found.spent, found.unexplained) == (0, 35_000)


def test_a_fall_by_more_than_we_sent_is_not_explained_beyond_it():
    found = change(100_000, 30_000, cost=35_000)
    assert (found.spent, found.unexplained) == (35_000, 35_000)


def test_a_top_up_is_told_apart_from_what_was_sent_meanwhile():
    found = change(100_000, 565_000, cost=35_000)
    assert (found.topped_up, found.spent) == (500_000, 35_000)


def test_a_charge_that_comes_after_the_next_reading_is_no_mystery():
    first = change(100_000, 100_000, cost=35_000)
    second = change(100_000, 65_000, carry=first.carry)
    assert (first.carry, second.unexplained, second.spent) == (35_000, 0, 35_000)


def test_a_slow_leak_is_noticed_in_the_end():
    carry, unexplained = Decimal(0), Decimal(0)
    for step in range(10):
        found = change(100_000 - step * 350, 100_000 - (step + 1) * 350, carry=carry)
        carry, unexplained = found.carry, unexplained + found.unexplained
    assert unexplained >= 1400


def test_an_unknown_price_explains_any_fall_and_no_rise():
    assert change(100_000, 65_000, cost=None).unexplained == 0
    assert change(65_000, 100_000, cost=None).topped_up == 35_000


def test_what_is_uncertain_may_have_been_charged():
    assert change(100_000, 65_000, doubtful=Decimal(35_000)).unexplained == 0


@given(before=amounts, after=amounts, cost=st.none() | amounts, carry=st.decimals(-10_000, 10_000, places=2))
@pytest.mark.parametrize("segment", [0, 350])
def test_every_change_adds_up(segment, before, after, cost, carry):
    found = explain_change(before=before, after=after, cost=Cost(cost, segment=Decimal(segment)), carry=carry)
    assert after - before == found.topped_up - found.spent - found.unexplained
    assert found.topped_up >= 0
    assert found.unexplained >= 0
