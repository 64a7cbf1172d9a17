"""Bytes become JSON, or a refusal that says what is wrong."""

import contextlib
import json

import pytest
from hypothesis import given, strategies as st

from training.xapi import StatementInvalid, read_json

# No database keeps a NUL, so it is refused (below), as half a surrogate pair is.
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_what_json_can_say_is_read(value: object) -> None:
    assert read_json(json.dumps(value).encode()) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(StatementInvalid):
        read_json(body)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b"\xff\xfe{}", "not_utf8"),
        (b'{"a": NaN}', "not_json"),
        (b'{"a": Infinity}', "not_json"),
        (b'{"a": 1e999}', "number_too_large"),
        (b'{"a": ' + b"9" * 400 + b"}", "number_too_large"),
        (b'{"a": 18446744073709551616}', "number_too_large"),
        (b'{"a": -9223372036854775809}', "number_too_large"),
        (rb'{"a": "\u0000"}', "not_text"),
        (rb'{"\u0000": 1}', "not_text"),
        (rb'[["\uDfFF"]]', "not_text"),
        (rb'{"a": "\ud83d"}', "not_text"),
        (b'{"a": {"b": 1, "b": 2}}', "duplicate_key"),
        (b"[" * 65 + b"]" * 65, "too_deep"),
        (b"[" * 1_000_000, "too_deep"),
    ],
)
def test_what_two_parsers_could_read_differently_is_refused(body: bytes, code: str) -> None:
    with pytest.raises(StatementInvalid) as caught:
        read_json(body)

    assert caught.value.problem.code == code


def test_brackets_in_text_are_no_depth() -> None:
    value = {"a": '"[' * 100 + "\\"}

    assert read_json(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"18446744073709551615", 2**64 - 1),
        (b"-9223372036854775808", -(2**63)),
        (rb'"\ud83d\ude00"', "😀"),
        (rb'"\\u0000 and \\ud800"', r"\u0000 and \ud800"),
        (rb'"\uFFFF"', "\uffff"),
    ],
)
def test_what_looks_like_it_and_is_not_is_read(body: bytes, value: object) -> None:
    assert read_json(body) == value


def test_a_byte_order_mark_is_no_problem() -> None:
    assert read_json(b"\xef\xbb\xbf[1]") == [1]
