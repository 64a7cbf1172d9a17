"""Dates, instants and lengths of time are read in one way or refused."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from coe.intake.errors import IntakeError
from coe.intake.values import (
    parse_bool,
    parse_choice,
    parse_date,
    parse_duration,
    parse_list,
    parse_moment,
    parse_text,
)

NYC = ("%m/%d/%Y %I:%M:%S %p",)


@pytest.mark.parametrize(
    "text, formats, order, expected",
    [
        ("2013-12-31", (), None, date(2013, 12, 31)),
        ("20131231", (), None, date(2013, 12, 31)),
        ("2013/12/31", (), None, date(2013, 12, 31)),
        ("2015-05-31T05:30:14+02:00", (), None, date(2015, 5, 31)),
        ("12/31/2013 12:00:00 AM", (), None, date(2013, 12, 31)),
        ("12/31/2013 12:00:00 AM", NYC, None, date(2013, 12, 31)),
        ("31.12.2013", (), None, date(2013, 12, 31)),
        ("4/4/2013", (), None, date(2013, 4, 4)),
        ("3/4/2013", (), "day_first", date(2013, 4, 3)),
        ("3/4/2013", (), "month_first", date(2013, 3, 4)),
        ("17 février 2012", (), None, date(2012, 2, 17)),
        ("1er août 2012", (), None, date(2012, 8, 1)),
        ("Feb 17, 2012", (), None, date(2012, 2, 17)),
        ("29 Feb 2012", (), None, date(2012, 2, 29)),
    ],
)
def test_date_is_read(text, formats, order, expected):
    assert parse_date(text, formats, order=order) == expected


@pytest.mark.parametrize(
    "text, formats, order, code",
    [
        ("2013-02-30", (), None, "date_not_existing"),
        ("02/30/2012 12:00:00 AM", NYC, None, "date_not_existing"),
        ("29.02.2013", (), None, "date_not_existing"),
        ("31/4/2013", (), "day_first", "date_not_existing"),
        ("2013-01-01 25:00", (), None, "date_not_existing"),
        ("03/04/2013", (), None, "date_ambiguous"),
        ("2012-02-17", NYC, None, "date_format"),
        ("0201-01-01", (), None, "date_out_of_range"),
        ("12/31/13", (), None, "date_not_understood"),
        ("41640", (), None, "date_not_understood"),
        ("yesterday", (), None, "date_not_understood"),
        ("2٣013-01-01", (), None, "date_not_understood"),
        ("", (), None, "date_not_understood"),
    ],
)
def test_date_is_refused(text, formats, order, code):
    with pytest.raises(IntakeError) as caught:
        parse_date(text, formats, order=order)

    assert caught.value.code == code


def test_ambiguous_date_names_both_readings():
    with pytest.raises(IntakeError, match="2013-04-03 or as 2013-03-04"):
        parse_date("03/04/2013")


def test_moment_is_always_aware():
    paris = ZoneInfo("Europe/Paris")

    assert parse_moment("2015-05-31T05:30:14Z") == datetime(2015, 5, 31, 5, 30, 14, tzinfo=UTC)
    assert parse_moment("2015-05-31 05:30", zone=paris) == datetime(2015, 5, 31, 5, 30, tzinfo=paris)
    assert parse_moment("2/17/2012 1:05:00 PM", ("%m/%d/%Y %I:%M:%S %p",)) == datetime(
        2012, 2, 17, 13, 5, tzinfo=UTC
    )
    assert parse_moment("2015-05-31T05:30:14+02:00") == datetime(2015, 5, 31, 3, 30, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    "text, minutes",
    [
        ("1h30", 90),
        ("90 min", 90),
        ("1:30:00", 90),
        ("PT1H30M", 90),
        ("2 days", 2880),
        ("2 jours 3 h", 3060),
        ("1 h 5 m", 65),
        ("P1W", 10080),
    ],
)
def test_duration_is_read(text, minutes):
    assert parse_duration(text) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    "text, code",
    [
        ("1:30", "duration_ambiguous"),
        ("90", "duration_not_understood"),
        ("5 m 1 h", "duration_not_understood"),
        ("P", "duration_not_understood"),
    ],
)
def test_duration_is_refused(text, code):
    with pytest.raises(IntakeError) as caught:
        parse_duration(text)

    assert caught.value.code == code


def test_bare_duration_has_the_declared_unit():
    assert parse_duration("90", bare="minutes") == timedelta(minutes=90)


@pytest.mark.parametrize(
    "text, expected",
    [("Yes", True), ("oui", True), ("1", True), ("FALSE", False), ("non", False), ("0", False)],
)
def test_bool_is_read(text, expected):
    assert parse_bool(text) is expected


@pytest.mark.parametrize("text", ["", "maybe", "2", "truthy"])
def test_bool_is_refused(text):
    with pytest.raises(IntakeError, match="neither yes nor no"):
        parse_bool(text)


def test_choice_ignores_case_and_lists_what_it_accepts():
    choices = {"Line of business": "line", "line": "line", "Région": "region"}

    assert parse_choice(" LINE  of business ", choices) == "line"
    with pytest.raises(IntakeError, match=r"“brand” is not one of: line, region\."):
        parse_choice("brand", choices)


def test_text_refuses_what_cannot_be_seen():
    assert parse_text("  two\nlines ") == "two\nlines"
    for text, code in (("a\x07b", "control_character"), ("a" * 11, "value_too_long")):
        with pytest.raises(IntakeError) as caught:
            parse_text(text, limit=10)
        assert caught.value.code == code


def test_list_keeps_order_and_drops_repeats():
    assert parse_list("b; a|b;\n c ;") == ("b", "a", "c")


@given(
    st.text(max_size=70) | st.text("0123456789/-.: TZ+apmfév", max_size=30),
    st.sampled_from([None, "day_first", "month_first"]),
)
def test_parsers_of_time_raise_nothing_but_their_error(text, order):
    readings = (
        lambda: parse_date(text, order=order),
        lambda: parse_date(text, NYC),
        lambda: parse_moment(text, order=order),
        lambda: parse_duration(text),
        lambda: parse_duration(text, bare="seconds"),
        lambda: parse_bool(text),
        lambda: parse_text(text),
    )
    for read in readings:
        try:
            read()
        except IntakeError:
            continue


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_iso_date_comes_back(day):
    assert parse_date(day.isoformat()) == day
