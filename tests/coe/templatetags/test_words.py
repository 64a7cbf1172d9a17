import datetime as dt
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils import timezone, translation

from coe.templatetags import words

NOW = dt.datetime(2026, 11, 23, 7, 31, tzinfo=dt.UTC)
BRUSSELS = "Europe/Brussels"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (412380, "412,380"),
        (0, "0"),
        (None, "–"),
        ("", "–"),
        (2.5, "2.5"),
        (0.1 + 0.2, "0.3"),
        (Decimal("3.10"), "3.1"),
        (Decimal("1E+3"), "1,000"),
        (-1234, "-1,234"),
    ],
)
def test_a_figure_is_grouped_and_a_missing_one_is_never_zero(value, shown):
    assert words.number(value) == shown


def test_figures_follow_the_language_of_the_reader():
    with translation.override("fr"):
        assert words.number(412380) == "412\xa0380"
        assert words.number(Decimal("2.5")) == "2,5"


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (Decimal(1), "100"),
        (Decimal("0.9999"), "99"),
        (Decimal("0.0001"), "1"),
        (0, "0"),
        (Decimal("0.739"), "74"),
    ],
)
def test_a_share_is_never_rounded_up_to_all_nor_down_to_none(share, shown):
    assert words.percent(share) == f"{shown}\xa0%"


def test_a_missing_share_is_a_dash():
    assert words.percent(None) == "–"


def test_a_count_names_its_denominator_and_noun():
    assert words.of(17, 23, "accounts") == "17 of 23 accounts"
    assert words.of(1700, 2300) == "1,700 of 2,300"


@pytest.mark.parametrize(
    ("shift", "shown"),
    [
        (dt.timedelta(seconds=-20), "just now"),
        (dt.timedelta(seconds=20), "in a moment"),
        (dt.timedelta(minutes=-2), "2 min ago"),
        (dt.timedelta(minutes=5), "in 5 min"),
        (dt.timedelta(hours=-3), "3 h ago"),
        (dt.timedelta(hours=-25), "yesterday"),
        (dt.timedelta(days=19), "in 19 days"),
        (dt.timedelta(days=-81), "81 days ago"),
        (dt.timedelta(days=210), "in 7 months"),
        (dt.timedelta(days=-1100), "3 years ago"),
    ],
)
def test_a_moment_is_told_by_its_distance(shift, shown):
    with timezone.override(BRUSSELS):
        assert words.relative(NOW + shift, NOW) == shown


@pytest.mark.parametrize(
    ("days", "shown"), [(0, "today"), (1, "tomorrow"), (-1, "yesterday"), (-52, "52 days ago")]
)
def test_a_day_is_counted_by_the_calendar(days, shown):
    assert words.relative(NOW.date() + dt.timedelta(days=days), NOW) == shown


def test_a_time_is_shown_in_the_zone_of_the_reader_with_the_distance_beside():
    with timezone.override(BRUSSELS):
        html = words.local_time(Context({"now": NOW}), NOW - dt.timedelta(minutes=25))
    assert html == (
        '<time datetime="2026-11-23T07:06:00+00:00">23 Nov 2026, 08:06</time> <span class="muted">25 min ago</span>'
    )


def test_no_time_is_a_dash():
    assert words.local_time(Context(), None) == "–"


@pytest.mark.parametrize(
    ("value", "better", "tone", "arrow"),
    [
        (3, "up", "up", "▲"),
        (-3, "up", "down", "▼"),
        (3, "down", "down", "▲"),
        (-3, "down", "up", "▼"),
        (3, "none", "flat", "▲"),
    ],
)
def test_the_arrow_tells_the_direction_and_the_colour_its_meaning(value, better, tone, arrow):
    html = words.delta(value, better=better)
    assert f'class="delta {tone}"' in html
    assert arrow in html
    assert html.endswith("3</span>")


def test_no_change_is_said_and_no_figure_is_nothing():
    assert "no change" in words.delta(0)
    assert words.delta(None) == ""


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Marta Kowalczyk", "MK"),
        ("Inês", "I"),
        ("hanna.lindqvist@northwind.example", "HL"),
        ("", "?"),
        ("<b> x", "X"),
    ],
)
def test_initials_are_at_most_two_letters_of_the_name(name, letters):
    assert words.initials(name) == letters


def test_a_french_day_tells_june_from_july():
    with translation.override("fr"):
        assert [words.absolute(dt.date(2026, month, 1)) for month in (6, 7, 8)] == [
            "1 juin 2026",
            "1 juil. 2026",
            "1 août 2026",
        ]


def test_djangos_own_words_write_days_as_ours_do():
    shown = {}
    for language in ("en", "fr"):
        with translation.override(language), timezone.override(BRUSSELS):
            shown[language] = Template("{{ day }} · {{ moment }}").render(
                Context({"day": NOW.date(), "moment": NOW})
            )

    assert shown == {
        "en": "23 Nov 2026 · 23 Nov 2026, 08:31",
        "fr": "23 nov. 2026 · 23 nov. 2026, 08:31",
    }
