"""Identifiers, languages and times, against what their standards give as examples."""

import datetime as dt
from collections.abc import Callable

import pytest
from hypothesis import given, strategies as st

from training.xapi import instant
from training.xapi.values import (
    is_iri,
    is_language,
    is_mailto,
    is_media_type,
    is_sha1,
    is_sha2,
    is_uuid,
    seconds_of,
)

UTC = dt.UTC


@pytest.mark.parametrize(
    "tag",
    # RFC 5646, appendix A.
    [
        "de", "fr", "ja", "i-enochian", "zh-Hant", "zh-Hans", "sr-Cyrl", "sr-Latn", "zh-cmn-Hans-CN", "cmn-Hans-CN", "zh-yue-HK",
        "yue-HK", "zh-Hans-CN", "sr-Latn-RS", "sl-rozaj", "sl-rozaj-biske", "sl-nedis", "de-CH-1901", "sl-IT-nedis",
        "hy-Latn-IT-arevela", "de-DE", "en-US", "es-419", "de-CH-x-phonebk", "az-Arab-x-AZE-derbend", "x-whatever",
        "qaa-Qaaa-QM-x-southern",
        "de-Qaaa", "en-US-u-islamcal", "zh-CN-a-myext-x-private", "en-a-myext-b-another", "EN-us", "und",
    ],
)  # fmt: skip
def test_a_language_tag(tag: str) -> None:
    assert is_language(tag)


@pytest.mark.parametrize(
    "tag",
    [
        "",
        "something",
        "s-something",
        "a",
        "de-419-DE",
        "en_US",
        "en-",
        "-en",
        "en-something-AU",
        "en US",
        "12",
    ],
)
def test_no_language_tag(tag: str) -> None:
    assert not is_language(tag)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("PT42M", 2520),
        ("P1DT1H", 90_000),
        ("PT0S", 0),
        ("PT1.5S", 1.5),
        ("PT1,5S", 1.5),
        ("P3W", 1_814_400),
        ("P1Y", 31_557_600),
        ("P1M", 2_629_800),
        ("PT35M.5S", None),
        ("P", None),
        ("PT", None),
        ("P1", None),
        ("42", None),
        ("PT1.5H30M", None),
        ("P4W1D", None),
        ("-PT1S", None),
        ("pt1s", None),
        ("", None),
    ],
)
def test_a_duration_in_seconds(text: str, seconds: float | None) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-02T09:30:00Z", dt.datetime(2026, 11, 2, 9, 30, tzinfo=UTC)),
        ("2026-11-02T09:30:00.123456789Z", dt.datetime(2026, 11, 2, 9, 30, 0, 123456, tzinfo=UTC)),
        ("2026-11-02T09:30:00.5+05:30", dt.datetime(2026, 11, 2, 4, 0, 0, 500000, tzinfo=UTC)),
        ("2026-11-02T00:30:00-0230", dt.datetime(2026, 11, 2, 3, 0, tzinfo=UTC)),
        ("2026-11-02T09:30-05", dt.datetime(2026, 11, 2, 14, 30, tzinfo=UTC)),
        ("2026-11-02T09:30:00", dt.datetime(2026, 11, 2, 9, 30, tzinfo=UTC)),
        ("2026-11-02", dt.datetime(2026, 11, 2, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", dt.datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2026-11-02T09:30:00-00:00", None),
        ("2026-11-02T09:30:00-0000", None),
        ("2026-11-02T09:30:00-00", None),
        ("2026-02-30T09:30:00Z", None),
        ("2026-11-02T25:30:00Z", None),
        ("2026-11-02T09:30:00+25:00", None),
        ("2026-11-02T09:30:00+05:75", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        ("2026-11", None),
        ("", None),
    ],
)
def test_a_time_in_utc(text: str, expected: dt.datetime | None) -> None:
    assert instant(text) == expected


@pytest.mark.parametrize(
    ("text", "is_time"),
    [
        ("2026-11-02T09:30:00Z", True),
        ("2026-11-02T09:30:00", False),
        ("2026-11-02", False),
        ("2026-11-02T09:30Z", False),
    ],
)
def test_two_zero_needs_seconds_and_a_zone(text: str, is_time: bool) -> None:
    assert (instant(text, needs_zone=True) is not None) == is_time


@given(
    st.datetimes(min_value=dt.datetime(2, 1, 1), timezones=st.timezones()).filter(
        lambda moment: moment.utcoffset() is not None
    )
)
def test_every_time_python_writes_is_read_back(moment: dt.datetime) -> None:
    offset = moment.utcoffset()
    assert offset is not None
    if offset.seconds % 60 or (moment.isoformat()[-6:] == "-00:00"):
        return  # local mean time of old zones has seconds, which ISO 8601 offsets cannot say
    assert instant(moment.isoformat()) == moment.astimezone(UTC)


@given(st.text(max_size=60))
def test_any_text_is_judged(text: str) -> None:
    for judge in (is_uuid, is_iri, is_mailto, is_sha1, is_sha2, is_language, is_media_type):
        assert judge(text) in (True, False)
    seconds_of(text)
    instant(text)


@pytest.mark.parametrize(
    ("judge", "good", "bad"),
    [
        (is_uuid, "8f87ccde-bb56-4c2e-ab83-44982ef22df0", "8f87ccde-bb56-4c2e-cb83-44982ef22df0"),
        (is_uuid, "8F87CCDE-BB56-4C2E-AB83-44982EF22DF0", "8f87ccdebb564c2eab8344982ef22df0"),
        (is_iri, "https://example.com/cours/été", "example.com/course"),
        (is_iri, "urn:x-org:course:101", "https://exa mple.com/"),
        (is_mailto, "mailto:ana@example.com", "ana@example.com"),
        (is_sha1, "cd9b00a5611f94eaa7b1661edab976068e364975", "cd9b00"),
        (is_sha2, "0" * 64, "0" * 63),
        (is_media_type, "text/plain; charset=utf-8", "text"),
    ],
)
def test_an_atom(judge: Callable[[str], bool], good: str, bad: str) -> None:
    assert (judge(good), judge(bad)) == (True, False)


@pytest.mark.parametrize(
    "text",
    [
        "a" * 200_000,
        "en-" + "a-" * 100_000,
        "mailto:" + "a@" * 100_000,
        "P" + "1" * 100_000,
        "a/" + " ;" * 100_000,
    ],
)
def test_no_text_is_long_enough_to_stall_a_pattern(text: str) -> None:
    text = text + text[-2:] * 100_000
    for judge in (is_uuid, is_iri, is_mailto, is_sha1, is_sha2, is_language, is_media_type):
        assert judge(text) is False
    assert seconds_of(text) is None
    assert instant(text) is None
