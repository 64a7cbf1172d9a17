"""When two statements are one, who acts, and what is learned."""

import copy
import datetime as dt
from typing import Any

import pytest

from tests.training.xapi.test_statements import GOOD, changed
from training.xapi import ActorKey, Effect, EffectKind, actor_keys, effect_of, fingerprint, voided_id

ADL = "http://adlnet.gov/expapi/verbs/"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("stored", "2027-01-01T00:00:00Z"),
        ("version", "1.0.0"),
        ("authority", ...),
        ("timestamp", "2026-11-02T10:30:00.000+01:00"),
        ("verb/display", {"fr": "réussi"}),
        ("object/definition", ...),
        ("object/objectType", ...),
        ("actor/objectType", ...),
        ("id", GOOD["id"].upper()),
        ("context/contextActivities/other", [{"id": "https://x.example.com/o", "objectType": "Activity"}]),
    ],
)
def test_what_the_specification_calls_equal_is_equal(path: str, value: Any) -> None:
    assert fingerprint(changed(path, value)) == fingerprint(GOOD)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("actor/name", "Anna"),
        ("actor/mbox", "mailto:eve@example.com"),
        ("result/score/scaled", 0.89),
        ("result", ...),
        ("timestamp", "2026-11-02T09:30:01Z"),
        ("object/id", "https://lms.example.com/course/social-102"),
        ("context/platform", "Another"),
        ("result/extensions", {"https://example.com/x": {"display": 1}}),
    ],
)
def test_another_statement_is_another(path: str, value: Any) -> None:
    assert fingerprint(changed(path, value)) != fingerprint(GOOD)


def test_the_order_of_members_does_not_matter() -> None:
    one, two = {"mbox": "mailto:a@b.c"}, {"mbox": "mailto:d@e.f"}
    first = {**GOOD, "actor": {"objectType": "Group", "member": [one, two]}}
    second = {**GOOD, "actor": {"objectType": "Group", "member": [two, one]}}

    assert fingerprint(first) == fingerprint(second)


@pytest.mark.parametrize(
    ("actor", "expected"),
    [
        ({"mbox": "mailto:Ana@Example.com"}, (ActorKey("mbox", "ana@example.com"),)),
        ({"mbox": "MAILTO:ana@example.com"}, (ActorKey("mbox", "ana@example.com"),)),
        ({"mbox_sha1sum": "A" * 40}, (ActorKey("mbox_sha1sum", "a" * 40),)),
        ({"openid": "https://id.example.com/1"}, (ActorKey("openid", "https://id.example.com/1"),)),
        (
            {"account": {"homePage": "https://i.example.com", "name": "e 1"}},
            (ActorKey("account", "https://i.example.com e 1"),),
        ),
        ({"objectType": "Group", "mbox": "mailto:g@example.com"}, ()),
        ({}, ()),
    ],
)
def test_by_what_somebody_is_recognised(actor: dict[str, Any], expected: tuple[ActorKey, ...]) -> None:
    assert actor_keys(actor) == expected


@pytest.mark.parametrize(
    ("verb", "result", "kind"),
    [
        (f"{ADL}passed", {"success": True}, EffectKind.PASSED),
        (f"{ADL}passed", {}, EffectKind.PASSED),
        (f"{ADL}passed", {"success": False}, EffectKind.FAILED),
        (f"{ADL}completed", {"completion": True}, EffectKind.COMPLETED),
        (f"{ADL}completed", {}, EffectKind.COMPLETED),
        (f"{ADL}completed", {"completion": False}, EffectKind.NONE),
        (f"{ADL}completed", {"completion": True, "success": False}, EffectKind.FAILED),
        (f"{ADL}failed", {"success": False}, EffectKind.FAILED),
        ("https://w3id.org/xapi/adl/verbs/waived", {"success": True, "completion": True}, EffectKind.WAIVED),
        ("https://w3id.org/xapi/adl/verbs/waived", {"success": False}, EffectKind.NONE),
        (f"{ADL}attended", {"success": True, "completion": True}, EffectKind.NONE),
        (f"{ADL}passed", None, EffectKind.PASSED),
    ],
)
def test_what_a_verb_does(verb: str, result: dict[str, Any] | None, kind: EffectKind) -> None:
    statement = {**GOOD, "verb": {"id": verb}, "result": result}
    if result is None:
        del statement["result"]

    assert effect_of(statement).kind == kind


def test_an_effect_says_what_when_and_how_well() -> None:
    assert effect_of(GOOD) == Effect(
        EffectKind.PASSED,
        activity="https://lms.example.com/course/social-101",
        happened_at=dt.datetime(2026, 11, 2, 9, 30, tzinfo=dt.UTC),
        scaled=0.88,
        seconds=2520,
    )


def test_what_is_done_with_a_person_is_no_learning() -> None:
    statement = {**copy.deepcopy(GOOD), "object": {"objectType": "Agent", "mbox": "mailto:b@example.com"}}

    assert effect_of(statement) == Effect(EffectKind.NONE)


def test_a_voiding_statement_tells_which() -> None:
    statement = {
        **GOOD,
        "verb": {"id": f"{ADL}voided"},
        "object": {"objectType": "StatementRef", "id": GOOD["id"].upper()},
    }

    assert (voided_id(statement), voided_id(GOOD)) == (GOOD["id"], None)
