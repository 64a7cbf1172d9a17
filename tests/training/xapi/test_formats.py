"""How much of a statement is given back: what identifies, one language, or all of it."""

import copy
from typing import Any

import pytest
from hypothesis import given, strategies as st

from tests.training.xapi.test_statements import GOOD
from training.xapi import Format, Version, statement_problems, told
from training.xapi.formats import one_language

AGENT = {"name": "Ana", "mbox": "mailto:ana@example.com"}
COURSE = {"id": "https://x.example.com/c", "definition": {"name": {"en": "C", "fr": "F"}}}
WITHIN = {
    "actor": AGENT, "verb": {"id": "https://x.example.com/v", "display": {"en": "did"}},
    "object": {
        "objectType": "SubStatement", "actor": AGENT, "verb": {"id": "https://x.example.com/w", "display": {"en": "will"}},
        "object": COURSE,
    },
    "context": {
        "team": {"objectType": "Group", "name": "T", "member": [AGENT]},
        "contextActivities": {"grouping": [COURSE], "other": COURSE},
        "contextAgents": [{"objectType": "contextAgent", "agent": AGENT, "relevantTypes": ["https://x.example.com/t"]}],
        "contextGroups": [{"objectType": "contextGroup", "group": {"objectType": "Group", "name": "G", **AGENT}}],
    },
}  # fmt: skip


def test_ids_are_what_identifies_down_to_the_statement_within() -> None:
    who, what = {"mbox": AGENT["mbox"]}, {"id": COURSE["id"]}

    assert told(WITHIN, Format.IDS) == {
        "actor": who, "verb": {"id": "https://x.example.com/v"},
        "object": {
            "objectType": "SubStatement", "actor": who, "verb": {"id": "https://x.example.com/w"}, "object": what,
        },
        "context": {
            "team": {"objectType": "Group", "member": [who]},
            "contextActivities": {"grouping": [what], "other": what},
            "contextAgents": [{"objectType": "contextAgent", "agent": who, "relevantTypes": ["https://x.example.com/t"]}],
            "contextGroups": [{"objectType": "contextGroup", "group": {"objectType": "Group", **who}}],
        },
    }  # fmt: skip


def test_canonical_leaves_people_alone_and_tells_one_language() -> None:
    found: Any = told(WITHIN, Format.CANONICAL, ["fr"])

    assert found["context"]["team"] == WITHIN["context"]["team"]
    assert found["object"]["object"]["definition"] == {"name": {"fr": "F"}}
    assert found["context"]["contextActivities"]["other"]["definition"] == {"name": {"fr": "F"}}


def test_canonical_speaks_of_the_choices_in_one_language_too() -> None:
    choices = [{"id": "a", "description": {"en": "A", "fr": "Â"}}, {"id": "b"}]
    statement = {
        **WITHIN,
        "object": {**COURSE, "definition": {"interactionType": "choice", "choices": choices}},
    }

    found: Any = told(statement, Format.CANONICAL, ["fr"])

    assert found["object"]["definition"]["choices"] == [{"id": "a", "description": {"fr": "Â"}}, {"id": "b"}]


@pytest.mark.parametrize(
    ("tags", "languages", "expected"),
    [
        (("en-US", "fr"), ("fr",), "fr"),
        (("en-US", "fr-CA", "fr-FR"), ("FR-fr",), "fr-FR"),
        (("en-US", "fr-CA"), ("fr-fr",), "fr-CA"),
        (("de", "en-GB"), ("fr",), "en-GB"),
        (("de", "es"), ("fr",), "de"),
        (("de", "fr"), ("*",), "de"),
        ((), ("fr",), None),
    ],
)
def test_which_language_is_told(tags, languages, expected) -> None:
    assert one_language({tag: tag for tag in tags}, languages) == ({expected: expected} if expected else {})


@given(st.sampled_from(Format), st.lists(st.text(max_size=4), max_size=3))
def test_a_valid_statement_stays_valid_and_as_it_was(how: Format, languages: list[str]) -> None:
    kept = copy.deepcopy(GOOD)

    assert statement_problems(told(GOOD, how, languages), Version.ONE) == []
    assert statement_problems(told(WITHIN, how, languages), Version.TWO) == statement_problems(
        WITHIN, Version.TWO
    )
    assert kept == GOOD
