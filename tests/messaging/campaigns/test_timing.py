"""Quiet hours by the recipient's clock, and the turns of what repeats."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsops.messaging.campaigns.timing import QuietHours, next_turn, read_quiet_hours, zone_of, zones_at_rest

NIGHT = QuietHours(time(20), time(8))
JAKARTA = ZoneInfo("Asia/Jakarta")


def wib(text):
    return datetime.fromisoformat(text).replace(tzinfo=JAKARTA)


@pytest.mark.parametrize(
    ("moment", "zone", "over"),
    [
        ("2026-11-21T19:59", "WIB", "2026-11-21T19:59"),
        ("2026-11-21T20:00", "WIB", "2026-11-22T08:00"),
        ("2026-11-21T23:59", "WIB", "2026-11-22T08:00"),
        ("2026-11-22T00:00", "WIB", "2026-11-22T08:00"),
        ("2026-11-22T07:59", "WIB", "2026-11-22T08:00"),
        ("2026-11-22T08:00", "WIB", "2026-11-22T08:00"),
        ("2026-11-21T18:30", "WIT", "2026-11-22T06:00"),
        ("2026-11-22T06:00", "WIT", "2026-11-22T06:00"),
        ("2026-11-21T19:00", "WITA", "2026-11-22T07:00"),
    ],
)
def test_a_message_waits_for_the_morning_where_it_is_read(moment, zone, over):
    assert NIGHT.over_at(wib(moment), zone) == wib(over)


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    st.times(), st.times(), st.sampled_from(["WIB", "WITA", "WIT", "Europe/Berlin", "America/New_York"]),
)  # fmt: skip
def test_what_was_held_is_never_quiet_and_never_held_for_over_a_day(moment, start, end, zone):
    start, end = (each.replace(second=0, microsecond=0) for each in (start, end))
    quiet = QuietHours(start, end)
    over = quiet.over_at(moment, zone)
    assert moment <= over <= moment + timedelta(hours=26)
    local = over.astimezone(zone_of(zone)).time()
    assert start == end or not quiet.holds(local) or local == end


@pytest.mark.parametrize("written", ["20:00-08:00", " 20.00 – 8:00 "])
def test_hours_are_read_as_people_write_them(written):
    assert read_quiet_hours(written) == NIGHT


def test_no_hours_are_none():
    assert read_quiet_hours("") is None
    assert read_quiet_hours("00:00-00:00") is None


@pytest.mark.parametrize("written", ["20-8", "25:00-08:00", "20:00", "always"])
def test_what_is_no_time_is_refused(written):
    with pytest.raises(ValueError, match=r".+"):
        read_quiet_hours(written)


def test_the_country_goes_to_sleep_from_the_east():
    assert set(zones_at_rest(NIGHT, wib("2026-11-21T18:30"), ["WIB", "WITA", "WIT"])) == {"WIT"}
    assert set(zones_at_rest(NIGHT, wib("2026-11-21T19:30"), ["WIB", "WITA", "WIT"])) == {"WITA", "WIT"}
    assert zones_at_rest(NIGHT, wib("2026-11-21T12:00"), ["WIB", "WIT"]) == {}


def turns(start, repeat, count, day=0):
    moment, found = wib(start), []
    for _each in range(count):
        moment = next_turn(moment, repeat, "WIB", day=day)
        found.append(moment.astimezone(JAKARTA).strftime("%m-%d %H:%M"))
    return found


def test_every_day_and_every_week_keep_the_time():
    assert turns("2026-12-30T09:30", "daily", 3) == ["12-31 09:30", "01-01 09:30", "01-02 09:30"]
    assert turns("2026-12-28T09:30", "weekly", 2) == ["01-04 09:30", "01-11 09:30"]


def test_the_last_of_january_comes_back_after_a_short_february():
    assert turns("2027-01-31T08:00", "monthly", 3, day=31) == ["02-28 08:00", "03-31 08:00", "04-30 08:00"]


def test_the_29th_falls_on_the_28th_where_there_is_none():
    assert turns("2027-01-29T08:00", "monthly", 2, day=29) == ["02-28 08:00", "03-29 08:00"]
    assert turns("2028-01-29T08:00", "monthly", 2, day=29) == ["02-29 08:00", "03-29 08:00"]
    assert turns("2028-02-29T08:00", "monthly", 1, day=29) == ["03-29 08:00"]


def test_a_clock_that_is_put_back_changes_nothing_on_the_wall():
    moment = datetime(2026, 10, 24, 9, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    after = next_turn(moment, "daily", "Europe/Berlin")
    assert after - moment.astimezone(UTC) == timedelta(hours=25)
    assert after.strftime("%H:%M") == "09:30"
