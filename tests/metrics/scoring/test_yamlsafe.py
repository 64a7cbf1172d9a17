from contextlib import suppress

import pytest
from hypothesis import example, given, settings, strategies as st

from metrics.scoring import RubricInvalid
from metrics.scoring.yamlsafe import MAX_BYTES, read_yaml

BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n"


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        (BOMB, "line 1, column 4", "Anchors and aliases"),
        ("a: *a", "line 1, column 4", "Anchors and aliases"),
        ("<<: {a: 1}", "line 1, column 1", "plain text"),
        ("? [a]\n: 1", "line 1, column 3", "plain text"),
        ("a: 1\na: 2", "line 2, column 1", "stands twice"),
        ("[" * 30 + "]" * 30, "line 1, column 21", "nests deeper"),
        ("[" + "1," * 100_001 + "]", "line 1", "more than 100,000"),
        ("x" * (MAX_BYTES + 1), "document", "larger than"),
        ("a: [1", "line 2", "not valid YAML"),
        ("a: 1\n---\nb: 2", "line 2", "not valid YAML"),
        ("!!python/object/apply:os.system [id]", "line 1", "not valid YAML"),
        ("!!int x", "document", "not valid YAML"),
        ("a: \x00", "document", "not valid YAML"),
        (b"\xff\xfe", "byte 0", "not UTF-8"),
    ],
)
def test_read_yaml_refuses_with_place_and_remedy(text, where, message):
    with pytest.raises(RubricInvalid) as refused:
        read_yaml(text)

    (problem,) = refused.value.problems
    assert problem.path.startswith(where)
    assert message in problem.message
    assert problem.remedy


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"), ("on", "on"), ("12:30", "12:30"), ("2026-01-31", "2026-01-31"), ("0x1F", "0x1F"),
        ("010", "010"), ("1e3", "1e3"), (".inf", ".inf"), (".nan", ".nan"), ("1_000", "1_000"), ("true", True),
        ("-5", -5), ("0.1", 0.1), ("~", None), ("", None), ('"80"', "80"), ("{1: a}", {"1": "a"}),
    ],
)  # fmt: skip
def test_read_yaml_keeps_what_the_author_wrote(text, value):
    assert read_yaml(text) == value


def test_read_yaml_takes_a_byte_order_mark():
    assert read_yaml(b"\xef\xbb\xbfa: 1") == {"a": 1}


@given(st.one_of(st.text(), st.binary(), st.text(alphabet="&*!<>[]{}:,-?|'\"\n a1.~#%@`")))
@example("a: \ud800")
@example("\x85")
@settings(deadline=None, max_examples=500)
def test_read_yaml_reads_or_refuses_anything(text):
    with suppress(RubricInvalid):
        read_yaml(text)
