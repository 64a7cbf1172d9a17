"""Statements, good and bad: each breach is named with its place."""

import copy
from typing import Any

import pytest
from hypothesis import given, strategies as st

from tests.training.xapi.test_reading import JSON
from training.xapi import (
    PARTS,
    Format,
    Version,
    actor_keys,
    effect_of,
    fingerprint,
    part_problems,
    statement_problems,
    told,
    voided_id,
)

GOOD: dict[str, Any] = {
    "id": "2f87ccde-bb56-4c2e-ab83-44982ef22df0",
    "actor": {"objectType": "Agent", "name": "Ana", "mbox": "mailto:ana@example.com"},
    "verb": {"id": "http://adlnet.gov/expapi/verbs/passed", "display": {"en-US": "passed"}},
    "object": {
        "objectType": "Activity",
        "id": "https://lms.example.com/course/social-101",
        "definition": {"name": {"en-US": "Social 101"}, "type": "http://adlnet.gov/expapi/activities/course"},
    },
    "result": {
        "success": True,
        "completion": True,
        "response": "yes",
        "score": {"scaled": 0.88, "raw": 88, "min": 0, "max": 100},
        "duration": "PT42M",
        "extensions": {"https://example.com/x": None},
    },
    "context": {
        "registration": "3f87ccde-bb56-4c2e-ab83-44982ef22df0",
        "platform": "LMS",
        "revision": "2",
        "language": "en",
        "instructor": {"account": {"homePage": "https://idp.example.com", "name": "e1"}},
        "team": {"objectType": "Group", "name": "T", "member": [{"openid": "https://id.example.com/1"}]},
        "contextActivities": {"parent": [{"id": "https://x.example.com/p"}], "other": {"id": "https://x.example.com/o"}},
        "statement": {"objectType": "StatementRef", "id": "4f87ccde-bb56-4c2e-ab83-44982ef22df0"},
    },
    "timestamp": "2026-11-02T09:30:00Z",
    "stored": "2026-11-02T09:30:01Z",
    "version": "1.0.3",
    "authority": {
        "objectType": "Group",
        "member": [{"mbox": "mailto:a@example.com"}, {"account": {"homePage": "https://x.example.com", "name": "k"}}],
    },
    "attachments": [
        {
            "usageType": "https://example.com/certificate", "display": {"en": "Certificate"}, "description": {"en": "Signed"},
            "contentType": "application/pdf", "length": 12, "sha2": "0" * 64, "fileUrl": "https://example.com/c.pdf",
        }
    ],
}  # fmt: skip


def changed(path: str, value: Any) -> dict[str, Any]:
    """The good statement with one place changed; `...` takes it away."""
    statement = copy.deepcopy(GOOD)
    *parents, last = path.split("/")
    here: Any = statement
    for key in parents:
        here = here[int(key) if isinstance(here, list) else key]
    if value is ...:
        del here[last]
    else:
        here[int(last) if isinstance(here, list) else last] = value
    return statement


def test_a_good_statement_has_no_problem() -> None:
    assert statement_problems(GOOD) == []


def test_lists_of_context_activities_make_it_good_for_two_zero_too() -> None:
    statement = changed("context/contextActivities/other", [{"id": "https://x.example.com/o"}])
    statement["version"] = "2.0.0"
    statement["context"]["contextAgents"] = [
        {
            "objectType": "contextAgent",
            "agent": {"mbox": "mailto:b@example.com"},
            "relevantTypes": ["https://x.example.com/r"],
        }
    ]
    statement["context"]["contextGroups"] = [
        {"objectType": "contextGroup", "group": {"objectType": "Group", "mbox": "mailto:g@example.com"}}
    ]

    assert statement_problems(statement, Version.TWO) == []
    assert [(p.pointer, p.code) for p in statement_problems(statement)] == [
        ("/version", "version"),
        ("/context/contextAgents", "unknown_key"),
        ("/context/contextGroups", "unknown_key"),
    ]


GROUP = {"objectType": "Group", "mbox": "mailto:a@b.c"}
BAD = [
    ("id", "123", "/id", "uuid"),
    ("id", None, "/id", "null"),
    ("Actor", {}, "/Actor", "unknown_key"),
    ("actor", ..., "/actor", "required"),
    ("actor", "Ana", "/actor", "wrong_type"),
    ("actor/objectType", "agent", "/actor/objectType", "object_type"),
    ("actor/openid", "https://id.example.com/1", "/actor", "identifier"),
    ("actor/mbox", "ana@example.com", "/actor/mbox", "mbox"),
    ("actor/name", 1, "/actor/name", "wrong_type"),
    ("actor/name", None, "/actor/name", "null"),
    ("actor", {"mbox_sha1sum": "xyz"}, "/actor/mbox_sha1sum", "mbox_sha1sum"),
    ("actor", {"openid": "ana"}, "/actor/openid", "iri"),
    ("actor", {"account": {"homePage": "ana", "name": "x"}}, "/actor/account/homePage", "iri"),
    ("actor", {"account": {"homePage": "https://x.example.com", "name": ""}}, "/actor/account/name", "required"),
    ("actor", {"account": "x"}, "/actor/account", "wrong_type"),
    ("actor", {"objectType": "Group", "member": []}, "/actor/member", "required"),
    ("actor", {"objectType": "Group", "member": [GROUP]}, "/actor/member/0/objectType", "object_type"),
    ("actor", {"objectType": "Group", "member": "x", "mbox": "mailto:a@b.c"}, "/actor/member", "wrong_type"),
    ("verb", [], "/verb", "wrong_type"),
    ("verb/id", "passed", "/verb/id", "iri"),
    ("verb/display", {"english": "passed"}, "/verb/display/english", "language"),
    ("verb/display", {"en": 1}, "/verb/display/en", "wrong_type"),
    ("verb/name", "x", "/verb/name", "unknown_key"),
    ("object/objectType", "activity", "/object/objectType", "object_type"),
    ("object/definition", [], "/object/definition", "wrong_type"),
    ("object/definition/type", 5, "/object/definition/type", "wrong_type"),
    ("object/definition/moreInfo", "x", "/object/definition/moreInfo", "iri"),
    ("object/definition/extensions", {"x": 1}, "/object/definition/extensions/x", "iri"),
    ("object/definition/choices", [{"id": "a"}], "/object/definition/interactionType", "required"),
    ("object/definition/correctResponsesPattern", ["a"], "/object/definition/interactionType", "required"),
    ("result", [], "/result", "wrong_type"),
    ("result/success", "true", "/result/success", "wrong_type"),
    ("result/completion", 1, "/result/completion", "wrong_type"),
    ("result/response", 1, "/result/response", "wrong_type"),
    ("result/duration", "42 minutes", "/result/duration", "duration"),
    ("result/extensions", [], "/result/extensions", "wrong_type"),
    ("result/score", [], "/result/score", "wrong_type"),
    ("result/score/scaled", 1.5, "/result/score/scaled", "out_of_range"),
    ("result/score/scaled", True, "/result/score/scaled", "wrong_type"),
    ("result/score/raw", 101, "/result/score/raw", "out_of_range"),
    ("result/score/raw", "88", "/result/score/raw", "wrong_type"),
    ("result/score", {"min": 5, "max": 5}, "/result/score/min", "out_of_range"),
    ("context", "x", "/context", "wrong_type"),
    ("context/registration", "x", "/context/registration", "uuid"),
    ("context/platform", 1, "/context/platform", "wrong_type"),
    ("context/language", "english", "/context/language", "language"),
    ("context/team", {"mbox": "mailto:a@b.c"}, "/context/team/objectType", "object_type"),
    ("context/contextActivities", [], "/context/contextActivities", "wrong_type"),
    ("context/contextActivities/cause", [], "/context/contextActivities/cause", "unknown_key"),
    ("context/statement/objectType", "x", "/context/statement/objectType", "object_type"),
    ("timestamp", "2026-11-02T09:30:00-00:00", "/timestamp", "timestamp"),
    ("timestamp", 5, "/timestamp", "wrong_type"),
    ("stored", "now", "/stored", "timestamp"),
    ("version", "0.9", "/version", "version"),
    ("version", 1, "/version", "wrong_type"),
    ("authority/member", [{"mbox": "mailto:a@b.c"}], "/authority", "authority"),
    ("attachments", {}, "/attachments", "wrong_type"),
    ("attachments/0/fileUrl", ..., "/attachments/0/fileUrl", "attachment_not_supported"),
    ("attachments/0/fileUrl", "x", "/attachments/0/fileUrl", "iri"),
    ("attachments/0/sha2", "x", "/attachments/0/sha2", "sha2"),
    ("attachments/0/length", 1.5, "/attachments/0/length", "wrong_type"),
    ("attachments/0/contentType", "pdf", "/attachments/0/contentType", "media_type"),
    ("attachments/0/usageType", "x", "/attachments/0/usageType", "iri"),
    ("attachments/0", "x", "/attachments/0", "wrong_type"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "pointer", "code"), BAD)
def test_a_breach_is_named(path: str, value: Any, pointer: str, code: str) -> None:
    found = [(p.pointer, p.code) for p in statement_problems(changed(path, value))]

    assert found == [(pointer, code)]


@pytest.mark.parametrize(
    ("definition", "pointer", "code"),
    [
        (
            {"interactionType": "choice", "choices": [{"id": "a"}, {"id": "a"}]},
            "/definition/choices/1/id",
            "duplicate",
        ),
        ({"interactionType": "choice", "scale": [{"id": "a"}]}, "/definition/scale", "component"),
        ({"interactionType": "choice", "choices": ["a"]}, "/definition/choices/0", "wrong_type"),
        (
            {"interactionType": "choice", "choices": [{"description": {"en": "A"}}]},
            "/definition/choices/0/id",
            "required",
        ),
        ({"interactionType": "choice", "choices": "a"}, "/definition/choices", "wrong_type"),
        ({"interactionType": None}, "/definition/interactionType", "null"),
        (
            {"interactionType": "numeric", "correctResponsesPattern": [None]},
            "/definition/correctResponsesPattern/0",
            "null",
        ),
        (
            {"interactionType": "numeric", "correctResponsesPattern": [4]},
            "/definition/correctResponsesPattern/0",
            "wrong_type",
        ),
    ],
)
def test_interactions_are_read_whole(definition: dict[str, Any], pointer: str, code: str) -> None:
    found = part_problems("activity", {"id": "https://x.example.com/1", "definition": definition})

    assert [(p.pointer, p.code) for p in found] == [(pointer, code)]


SUB = {
    "objectType": "SubStatement",
    "actor": {"mbox": "mailto:a@b.c"},
    "verb": {"id": "https://x.example.com/v"},
    "object": {"id": "https://x.example.com/1"},
}


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"id": GOOD["id"]}, "/object/id", "unknown_key"),
        ({"authority": {}}, "/object/authority", "unknown_key"),
        ({"object": SUB}, "/object/object/objectType", "object_type"),
        ({"object": {"objectType": "Agent"}}, "/object/object", "identifier"),
        ({"result": {"success": "x"}}, "/object/result/success", "wrong_type"),
    ],
)
def test_a_statement_within_a_statement_is_read_by_the_same_rules(
    change: dict[str, Any], pointer: str, code: str
) -> None:
    statement = {key: GOOD[key] for key in ("actor", "verb")} | {"object": {**SUB, **change}}

    assert [(p.pointer, p.code) for p in statement_problems(statement)] == [(pointer, code)]


def test_platform_and_revision_belong_to_activities() -> None:
    statement = {**GOOD, "object": {"objectType": "Agent", "mbox": "mailto:b@example.com"}}

    assert [(p.pointer, p.code) for p in statement_problems(statement)] == [
        ("/context/revision", "not_here"),
        ("/context/platform", "not_here"),
    ]


def test_voiding_names_a_statement() -> None:
    void = {"id": "http://adlnet.gov/expapi/verbs/voided"}
    reference = {"objectType": "StatementRef", "id": GOOD["id"]}

    assert [
        p.code for p in statement_problems({"actor": GOOD["actor"], "verb": void, "object": reference})
    ] == []
    assert [
        p.code for p in statement_problems({"actor": GOOD["actor"], "verb": void, "object": GOOD["object"]})
    ] == ["voiding"]


@given(JSON, st.sampled_from([*PARTS, "statement"]), st.sampled_from(Version))
def test_any_json_is_judged(value: Any, part: str, version: Version) -> None:
    statement_problems(value, version) if part == "statement" else part_problems(part, value, version)


@given(st.data())
def test_a_good_statement_with_any_one_value_replaced_is_judged(data: st.DataObject) -> None:
    statement = copy.deepcopy(GOOD)
    here: Any = statement
    while True:
        key = data.draw(st.sampled_from(sorted(here) if isinstance(here, dict) else range(len(here))))
        if isinstance(here[key], dict | list) and here[key] and data.draw(st.booleans()):
            here = here[key]
            continue
        here[key] = data.draw(JSON)
        break

    problems = statement_problems(statement)
    for problem in problems:
        assert problem.pointer.startswith("/")
        assert problem.detail
        assert problem.clause
    if not problems:
        # What is good is understood: none of these may stumble over it.
        fingerprint(statement), actor_keys(statement["actor"]), effect_of(statement), voided_id(statement)
        for how in Format:
            assert statement_problems(told(statement, how)) == []
