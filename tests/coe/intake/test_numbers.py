"""Numbers are read exactly, or refused with both readings named."""

from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from coe.intake.errors import IntakeError
from coe.intake.values import NUMBER_STYLES, parse_decimal, parse_int_exact, parse_percent, to_scaled


@pytest.mark.parametrize(
    "text, style, expected",
    [
        ("61652", "auto", "61652"),
        ("-5", "auto", "-5"),
        ("\u22125", "auto", "-5"),
        ("1,234.5", "auto", "1234.5"),
        ("1.234,5", "auto", "1234.5"),
        ("1 234", "auto", "1234"),
        ("1\u202f234,5", "auto", "1234.5"),
        ("1'234.5", "auto", "1234.5"),
        ("1,234,567", "auto", "1234567"),
        ("1.234.567", "auto", "1234567"),
        ("12,5", "auto", "12.5"),
        ("0.125", "auto", "0.125"),
        (".5", "auto", "0.5"),
        ("1e3", "auto", "1000"),
        ("1,234", "comma_groups", "1234"),
        ("1,234", "dot_groups", "1.234"),
        ("1.234", "dot_groups", "1234"),
        ("1.234", "plain", "1.234"),
        ("1 234,50", "space_groups", "1234.50"),
        ("1 234.50", "space_groups_dot", "1234.50"),
    ],
)
def test_number_has_the_declared_or_only_reading(text, style, expected):
    assert parse_decimal(text, style) == Decimal(expected)


@pytest.mark.parametrize(
    "text, style, code",
    [
        ("1,234", "auto", "number_ambiguous"),
        ("1.234", "auto", "number_ambiguous"),
        ("1,234", "plain", "number_ambiguous"),
        ("1.234,5", "comma_groups", "number_style"),
        ("12,5", "plain", "number_style"),
        ("NaN", "auto", "number_not_finite"),
        ("-Infinity", "auto", "number_not_finite"),
        ("1e999", "auto", "number_out_of_range"),
        ("9" * 30, "auto", "number_out_of_range"),
        ("1,2,3", "auto", "number_not_understood"),
        ("--5", "auto", "number_not_understood"),
        ("12 followers", "auto", "number_not_understood"),
        ("٣٤", "auto", "number_not_understood"),
        ("1_000", "auto", "number_not_understood"),
        ("", "auto", "number_not_understood"),
        ("9" * 100, "auto", "number_not_understood"),
    ],
)
def test_number_is_refused(text, style, code):
    with pytest.raises(IntakeError) as caught:
        parse_decimal(text, style)

    assert caught.value.code == code


def test_ambiguous_number_names_both_readings_and_the_remedy():
    with pytest.raises(IntakeError) as caught:
        parse_decimal("1,234")

    assert caught.value.message == "“1,234” can be read as 1234 or as 1.234."
    assert caught.value.remedy == "Say in the mapping which sign marks the decimals."


@pytest.mark.parametrize(
    "text, scale, expected",
    [("12", 0, 12), ("12.5", 1, 125), ("1.50", 1, 15), ("-0.25", 2, -25), ("7", 4, 70000)],
)
def test_scaled_number_is_exact(text, scale, expected):
    assert to_scaled(text, scale, "plain") == expected


@pytest.mark.parametrize(
    "text, scale, code",
    [("1.25", 1, "too_many_decimals"), ("0.5", 0, "too_many_decimals"), ("9" * 12, 4, "number_out_of_range")],
)
def test_scaled_number_is_never_rounded(text, scale, code):
    with pytest.raises(IntakeError) as caught:
        to_scaled(text, scale, "plain")

    assert caught.value.code == code


def test_whole_number_refuses_a_fraction():
    assert parse_int_exact("12.0", "plain") == 12
    with pytest.raises(IntakeError, match="not a whole number"):
        parse_int_exact("12.5", "plain")


@pytest.mark.parametrize(
    "text, bare, expected",
    [
        ("12.5 %", None, "0.125"),
        ("12,5%", None, "0.125"),
        ("50", "percent", "0.5"),
        ("0.5", "fraction", "0.5"),
        ("0", None, "0"),
    ],
)
def test_percent_becomes_a_fraction(text, bare, expected):
    assert parse_percent(text, bare=bare) == Decimal(expected)


def test_percent_without_sign_is_ambiguous():
    with pytest.raises(IntakeError) as caught:
        parse_percent("0.5")

    assert (caught.value.code, caught.value.params["first"], caught.value.params["second"]) == (
        "percent_ambiguous",
        "0.5 %",
        "50 %",
    )


@given(
    st.text(max_size=80) | st.text("0123456789.,' eE+-%\u00a0", max_size=24),
    st.sampled_from(["auto", *NUMBER_STYLES]),
)
def test_number_parser_raises_nothing_but_its_error(text, style):
    for parse in (
        parse_decimal,
        parse_int_exact,
        lambda text, style: to_scaled(text, 3, style),
        lambda t, s: parse_percent(t, style=s),
    ):
        try:
            value = parse(text, style)
        except IntakeError:
            continue
        assert Decimal(value).is_finite()


@given(st.integers(-(10**14), 10**14), st.integers(0, 4))
def test_scaled_number_written_plainly_comes_back(number, scale):
    text = f"{Decimal(number).scaleb(-scale):f}"

    assert to_scaled(text, scale, "plain") == number
