"""The pure rules: drawing and marking, months and windows, words by language."""

import datetime as dt
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from training.models.texts import said
from training.rules.quizzes import draw, mark, wrong_answers
from training.rules.validity import add_months, expiry_of, renewal_opens

BANK = [
    {"key": f"q{n}", "kind": "multiple" if n == 3 else "single", "choices": [{"key": k} for k in "abcd"],
     "correct": ["a", "b"] if n == 3 else ["a"]}
    for n in range(1, 6)
]  # fmt: skip


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({}, 0),
        ({"q1": ["a"]}, 2000),
        ({"q1": ["a"], "q2": ["b"], "q3": ["b", "a"]}, 4000),
        ({"q3": ["a"]}, 0),
        ({"q3": ["a", "b", "c"]}, 0),
        ({f"q{n}": ["a", "b"] if n == 3 else ["a"] for n in range(1, 6)}, 10_000),
    ],
)
def test_a_quiz_is_marked_by_questions_answered_whole(answers: dict, expected: int) -> None:
    assert mark(BANK, answers) == expected


def test_a_third_is_rounded_down_so_that_nobody_passes_by_rounding() -> None:
    assert mark(BANK[:3], {"q1": ["a"], "q2": ["a"]}) == 6666


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"q1": ["a"]}, []),
        ({"q9": ["a"]}, [("q9", "question_unknown")]),
        ({"q1": ["z"]}, [("q1", "choice_unknown")]),
        ({"q1": ["a", "b"]}, [("q1", "one_answer_only")]),
        ({"q3": ["a", "b"]}, []),
        ({"q1": ["a", "a"]}, []),
    ],
)
def test_what_cannot_be_an_answer_is_named(answers: dict, expected: list) -> None:
    assert wrong_answers(BANK, answers) == expected


@given(count=st.integers(1, 8), is_shuffled=st.booleans(), seed=st.integers())
def test_a_draw_holds_each_question_once_and_leaves_the_bank_as_it_was(
    count: int, is_shuffled: bool, seed: int
) -> None:
    before = repr(BANK)

    drawn = draw(BANK, count, is_shuffled=is_shuffled, chance=Random(seed))

    assert len(drawn) == min(count, 5)
    assert len({q["key"] for q in drawn}) == len(drawn)
    assert all(sorted(c["key"] for c in q["choices"]) == list("abcd") for q in drawn)
    assert repr(BANK) == before


def test_a_quiz_that_is_not_shuffled_keeps_the_order_of_its_bank() -> None:
    drawn = draw(BANK, 3, is_shuffled=False, chance=Random(1))

    assert [question["key"] for question in drawn] == ["q1", "q2", "q3"]


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ((2026, 1, 31), 1, (2026, 2, 28)),
        ((2024, 2, 29), 12, (2025, 2, 28)),
        ((2026, 11, 15), 2, (2027, 1, 15)),
        ((2026, 12, 31), 24, (2028, 12, 31)),
    ],
)
def test_months_are_added_by_the_calendar(day: tuple, months: int, expected: tuple) -> None:
    moment = dt.datetime(*day, 10, 30, tzinfo=dt.UTC)

    assert add_months(moment, months) == dt.datetime(*expected, 10, 30, tzinfo=dt.UTC)


@given(
    st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2100, 1, 1), timezones=st.just(dt.UTC)),
    st.integers(1, 120),
)
def test_a_certificate_ends_after_it_began_and_its_window_opens_before(
    moment: dt.datetime, months: int
) -> None:
    ends = expiry_of(moment, months)

    assert ends is not None
    assert moment < ends
    assert renewal_opens(ends, 20) < ends
    assert expiry_of(moment, None) is None


@given(
    st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2100, 1, 1), timezones=st.just(dt.UTC)),
    st.integers(1, 120),
    st.timezones(),
)
def test_one_instant_has_one_end_in_whatever_zone_it_is_told(
    moment: dt.datetime, months: int, zone: dt.tzinfo
) -> None:
    assert expiry_of(moment.astimezone(zone), months) == expiry_of(moment, months)


@pytest.mark.parametrize(
    ("achieved", "ends"),
    [
        # Paris puts its clocks back between the two; Auckland had the next day already; a leap day has no anniversary.
        (("2026-07-15T12:30", "Europe/Paris"), "2027-01-15T10:30"),
        (("2026-10-25T02:30", "Europe/Paris"), "2027-04-25T00:30"),
        (("2026-08-31T23:59", "Pacific/Auckland"), "2027-02-28T11:59"),
        (("2027-08-31T23:59", "UTC"), "2028-02-29T23:59"),
    ],
)
def test_a_certificate_ends_at_its_minute_of_utc_across_changes_of_clocks(
    achieved: tuple[str, str], ends: str
) -> None:
    wall, zone = achieved
    moment = dt.datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone))

    assert expiry_of(moment, 6) == dt.datetime.fromisoformat(ends).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("texts", "language", "expected"),
    [
        ({"en": "a", "fr": "b"}, "fr", "b"),
        ({"en": "a", "fr": "b"}, "fr-ca", "b"),
        ({"en": "a"}, "fr", "a"),
        ({"fr": "b"}, "en", "b"),
        ({"en": "", "fr": ""}, "en", ""),
        ({}, "en", ""),
    ],
)
def test_a_reader_gets_their_language_then_english_then_any(
    texts: dict, language: str, expected: str
) -> None:
    assert said(texts, language) == expected
