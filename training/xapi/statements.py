"""A statement as a whole, and the statement within a statement (Data 2.4)."""

from typing import Any

from training.xapi import parts
from training.xapi.actors import actor, authority
from training.xapi.problems import Findings, Problem, Version, below
from training.xapi.shapes import each, is_object, known_keys, required, text_that
from training.xapi.values import instant, is_uuid

VOIDED = "http://adlnet.gov/expapi/verbs/voided"
_STATEMENT, _SUB = "Data 2.4", "Data 2.4.4.3"
_SHARED = frozenset({"actor", "verb", "object", "result", "context", "timestamp", "attachments"})
_WHOLE = _SHARED | {"id", "stored", "authority", "version"}


def statement_problems(value: Any, version: Version = Version.ONE) -> list[Problem]:
    """Everything wrong with one statement, each breach with its pointer and clause; an empty list for a good one."""
    found = Findings(version)
    _statement(found, value, "")
    return found.problems


def substatement_problems(value: Any, version: Version = Version.ONE) -> list[Problem]:
    """The same for a SubStatement on its own."""
    found = Findings(version)
    _substatement(found, value, "")
    return found.problems


def _statement(found: Findings, value: Any, at: str) -> None:
    if not is_object(found, value, at, _STATEMENT):
        return
    known_keys(found, value, at, _WHOLE, _STATEMENT)
    if "id" in value:
        text_that(found, value["id"], below(at, "id"), is_uuid, "uuid", "a UUID", "Data 2.4.1")
    if "authority" in value and value["authority"] is not None:
        authority(found, value["authority"], below(at, "authority"))
    if "stored" in value:
        _time(found, value["stored"], below(at, "stored"), "Data 2.4.8")
    if "version" in value:
        _version(found, value["version"], below(at, "version"))
    _shared(found, value, at, may_nest=True)
    verb_id = value["verb"].get("id") if isinstance(value.get("verb"), dict) else None
    target = value.get("object")
    if verb_id == VOIDED and not (isinstance(target, dict) and target.get("objectType") == "StatementRef"):
        found.add(below(at, "object"), "voiding", "A voiding statement names a StatementRef.", "Data 2.3.2")


def _substatement(found: Findings, value: Any, at: str) -> None:
    if not is_object(found, value, at, _SUB):
        return
    known_keys(found, value, at, _SHARED | {"objectType"}, _SUB)
    if value.get("objectType") != "SubStatement":
        found.add(below(at, "objectType"), "object_type", "Expected “SubStatement”.", _SUB)
    _shared(found, value, at, may_nest=False)


def _shared(found: Findings, value: dict[str, Any], at: str, *, may_nest: bool) -> None:
    """What a statement and the statement within it have in common."""
    if required(found, value, at, "actor", "Data 2.4.2") and value["actor"] is not None:
        actor(found, value["actor"], below(at, "actor"))
    if required(found, value, at, "verb", "Data 2.4.3") and value["verb"] is not None:
        parts.verb(found, value["verb"], below(at, "verb"))
    kind = "Activity"
    if required(found, value, at, "object", "Data 2.4.4") and value["object"] is not None:
        kind = _object(found, value["object"], below(at, "object"), may_nest=may_nest)
    if value.get("result") is not None:
        parts.result(found, value["result"], below(at, "result"))
    if value.get("context") is not None:
        parts.context(found, value["context"], below(at, "context"), is_about_activity=kind == "Activity")
    if "timestamp" in value:
        _time(found, value["timestamp"], below(at, "timestamp"), "Data 2.4.7")
    if "attachments" in value:
        each(found, value["attachments"], below(at, "attachments"), parts.attachment, "Data 2.4.11")


def _object(found: Findings, value: Any, at: str, *, may_nest: bool) -> str:
    """Read the object; returns its kind."""
    if not is_object(found, value, at, "Data 2.4.4"):
        return "Activity"
    kind = value.get("objectType", "Activity")
    if kind == "Activity":
        parts.activity(found, value, at)
    elif kind in ("Agent", "Group"):
        actor(found, value, at)
    elif kind == "StatementRef":
        parts.reference(found, value, at)
    elif kind == "SubStatement" and may_nest:
        _substatement(found, value, at)
    else:
        kinds = "Activity, Agent, Group, StatementRef" + (", SubStatement" if may_nest else "")
        found.add(below(at, "objectType"), "object_type", f"Use one of {kinds}.", "Data 2.4.4")
    return kind if kind in ("Agent", "Group", "StatementRef", "SubStatement") else "Activity"


def _time(found: Findings, value: Any, at: str, clause: str) -> None:
    needs_zone = found.version is Version.TWO
    text_that(
        found, value, at, lambda text: instant(text, needs_zone=needs_zone) is not None, "timestamp",
        "a time such as 2026-11-02T09:30:00Z" + (" (xAPI 2.0 needs seconds and a zone)" if needs_zone else ""), clause,
    )  # fmt: skip


def _version(found: Findings, value: Any, at: str) -> None:
    """1.0.x in either version; 2.0.0 only where 2.0 is spoken (Data 2.4.10)."""
    if not isinstance(value, str):
        if value is not None:
            found.add(at, "wrong_type", "The version is a string.", "Data 2.4.10")
        return
    is_one = value == "1.0" or (value.startswith("1.0.") and value[4:].isdigit())
    if not (is_one or (found.version is Version.TWO and value == "2.0.0")):
        found.add(at, "version", f"“{value[:20]}” is not a version taken here.", "Data 2.4.10")
