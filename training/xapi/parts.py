"""The parts of a statement: verb, activity, result, context, attachments, each read whole."""

from typing import Any

from training.xapi.actors import account, actor, agent, authority, group
from training.xapi.problems import Findings, Problem, Version, below
from training.xapi.shapes import (
    Reader,
    boolean,
    each,
    extensions,
    iri,
    is_object,
    known_keys,
    language_map,
    number,
    required,
    text,
    text_that,
)
from training.xapi.values import is_iri, is_language, is_media_type, is_sha2, is_uuid, seconds_of

_VERB, _ACTIVITY, _DEFINITION, _INTERACTION = "Data 2.4.3", "Data 2.4.4.1", "Data 2.4.4.1", "Data 2.4.4.1"
_RESULT, _SCORE, _CONTEXT, _ACTIVITIES = "Data 2.4.5", "Data 2.4.5.1", "Data 2.4.6", "Data 2.4.6.2"
_ATTACHMENT, _REFERENCE = "Data 2.4.11", "Data 2.4.4.3"

# Kind of interaction → the lists of components it may have (Data 2.4.4.1, table of interaction components).
INTERACTIONS: dict[str, frozenset[str]] = {
    "true-false": frozenset(),
    "choice": frozenset({"choices"}),
    "fill-in": frozenset(),
    "long-fill-in": frozenset(),
    "matching": frozenset({"source", "target"}),
    "performance": frozenset({"steps"}),
    "sequencing": frozenset({"choices"}),
    "likert": frozenset({"scale"}),
    "numeric": frozenset(),
    "other": frozenset(),
}
_COMPONENTS = ("choices", "scale", "source", "target", "steps")


def verb(found: Findings, value: Any, at: str) -> None:
    """What was done."""
    if not is_object(found, value, at, _VERB):
        return
    known_keys(found, value, at, {"id", "display"}, _VERB)
    if required(found, value, at, "id", _VERB):
        iri(found, value["id"], below(at, "id"), _VERB)
    if "display" in value:
        language_map(found, value["display"], below(at, "display"))


def activity(found: Findings, value: Any, at: str) -> None:
    """What it was done with."""
    if not is_object(found, value, at, _ACTIVITY):
        return
    known_keys(found, value, at, {"objectType", "id", "definition"}, _ACTIVITY)
    if value.get("objectType", "Activity") != "Activity":
        found.add(below(at, "objectType"), "object_type", "Expected an “Activity” here.", _ACTIVITY)
    if required(found, value, at, "id", _ACTIVITY):
        iri(found, value["id"], below(at, "id"), _ACTIVITY)
    if value.get("definition") is not None:
        _definition(found, value["definition"], below(at, "definition"))


def _definition(found: Findings, value: Any, at: str) -> None:
    if not is_object(found, value, at, _DEFINITION):
        return
    allowed = {
        "name", "description", "type", "moreInfo", "extensions", "interactionType", "correctResponsesPattern", *_COMPONENTS,
    }  # fmt: skip
    known_keys(found, value, at, allowed, _DEFINITION)
    for key in ("name", "description"):
        if key in value:
            language_map(found, value[key], below(at, key))
    if "type" in value:
        iri(found, value["type"], below(at, "type"), _DEFINITION)
    if "moreInfo" in value:
        text_that(
            found, value["moreInfo"], below(at, "moreInfo"), is_iri, "iri", "an absolute IRL", _DEFINITION
        )
    if "extensions" in value:
        extensions(found, value["extensions"], below(at, "extensions"))
    _interaction(found, value, at)


def _interaction(found: Findings, value: dict[str, Any], at: str) -> None:
    lists = [key for key in _COMPONENTS if key in value]
    kind = value.get("interactionType")
    if "interactionType" in value and (not isinstance(kind, str) or kind not in INTERACTIONS):
        if kind is not None:
            found.add(
                below(at, "interactionType"), "interaction_type", f"Use one of {', '.join(INTERACTIONS)}.", _INTERACTION
            )  # fmt: skip
    elif kind is None and (lists or "correctResponsesPattern" in value):
        found.add(
            below(at, "interactionType"),
            "required",
            "Interaction components need an interactionType.",
            _INTERACTION,
        )
    if "correctResponsesPattern" in value:
        each(
            found, value["correctResponsesPattern"], below(at, "correctResponsesPattern"),
            lambda f, item, place: _string(f, item, place), _INTERACTION,
        )  # fmt: skip
    for key in lists:
        if isinstance(kind, str) and kind in INTERACTIONS and key not in INTERACTIONS[kind]:
            found.add(below(at, key), "component", f"“{kind}” has no {key}.", _INTERACTION)
        _components(found, value[key], below(at, key))


def _string(found: Findings, value: Any, at: str) -> None:
    text(found, "" if value is None else value, at, _INTERACTION)
    if value is None:
        found.add(at, "null", "null is no value; leave it out.", "Data 2.2")


def _components(found: Findings, value: Any, at: str) -> None:
    seen: set[str] = set()

    def one(findings: Findings, item: Any, place: str) -> None:
        if not is_object(findings, item, place, _INTERACTION):
            return
        known_keys(findings, item, place, {"id", "description"}, _INTERACTION)
        if required(findings, item, place, "id", _INTERACTION) and text(
            findings, item["id"], below(place, "id"), _INTERACTION
        ):
            if item["id"] in seen:
                findings.add(
                    below(place, "id"), "duplicate", f"“{item['id'][:80]}” stands twice.", _INTERACTION
                )
            seen.add(item["id"])
        if "description" in item:
            language_map(findings, item["description"], below(place, "description"))

    each(found, value, at, one, _INTERACTION)


def result(found: Findings, value: Any, at: str) -> None:
    """How it went."""
    if not is_object(found, value, at, _RESULT):
        return
    known_keys(
        found, value, at, {"score", "success", "completion", "response", "duration", "extensions"}, _RESULT
    )
    if value.get("score") is not None:
        score(found, value["score"], below(at, "score"))
    for key in ("success", "completion"):
        boolean(found, value.get(key), below(at, key), _RESULT)
    if "response" in value:
        text(found, value["response"], below(at, "response"), _RESULT)
    if "duration" in value:
        text_that(
            found, value["duration"], below(at, "duration"), lambda t: seconds_of(t) is not None,
            "duration", "an ISO 8601 duration such as PT42M", "Data 4.6",
        )  # fmt: skip
    if "extensions" in value:
        extensions(found, value["extensions"], below(at, "extensions"))


def score(found: Findings, value: Any, at: str) -> None:
    """How well: scaled from −1 to 1, raw between min and max."""
    if not is_object(found, value, at, _SCORE):
        return
    known_keys(found, value, at, {"scaled", "raw", "min", "max"}, _SCORE)
    good = {
        key: value[key]
        for key in ("scaled", "raw", "min", "max")
        if key in value and number(found, value[key], below(at, key), _SCORE)
    }
    if not -1 <= good.get("scaled", 0) <= 1:
        found.add(below(at, "scaled"), "out_of_range", "A scaled score lies from -1 to 1.", _SCORE)
    low, high, raw = good.get("min"), good.get("max"), good.get("raw")
    if low is not None and high is not None and low >= high:
        found.add(below(at, "min"), "out_of_range", "min must be less than max.", _SCORE)
    if raw is not None and ((low is not None and raw < low) or (high is not None and raw > high)):
        found.add(below(at, "raw"), "out_of_range", "raw must lie between min and max.", _SCORE)


def context(found: Findings, value: Any, at: str, *, is_about_activity: bool = True) -> None:
    """In what surroundings."""
    if not is_object(found, value, at, _CONTEXT):
        return
    allowed = {
        "registration", "instructor", "team", "contextActivities", "revision", "platform", "language", "statement", "extensions",
    }  # fmt: skip
    if found.version is Version.TWO:
        allowed |= {"contextAgents", "contextGroups"}
    known_keys(found, value, at, allowed, _CONTEXT)
    readers: dict[str, Reader] = {
        "instructor": actor, "team": group, "contextActivities": _context_activities, "statement": reference,
        "extensions": extensions, "contextAgents": _context_agents, "contextGroups": _context_groups,
    }  # fmt: skip
    for key, reader in readers.items():
        if key in allowed and value.get(key) is not None:
            reader(found, value[key], below(at, key))
    if "registration" in value:
        text_that(
            found, value["registration"], below(at, "registration"), is_uuid, "uuid", "a UUID", "Data 2.4.6.1"
        )
    for key in ("revision", "platform"):
        if key in value:
            text(found, value[key], below(at, key), _CONTEXT)
            if not is_about_activity:
                found.add(below(at, key), "not_here", f"{key} is for statements about an activity.", _CONTEXT)
    if "language" in value:
        text_that(
            found,
            value["language"],
            below(at, "language"),
            is_language,
            "language",
            "a language tag of RFC 5646",
            _CONTEXT,
        )


def _context_activities(found: Findings, value: Any, at: str) -> None:
    if not is_object(found, value, at, _ACTIVITIES):
        return
    known_keys(found, value, at, {"parent", "grouping", "category", "other"}, _ACTIVITIES)
    for key, item in value.items():
        if isinstance(item, list):
            each(found, item, below(at, key), activity, _ACTIVITIES)
        elif item is not None:
            # 2.0 knows lists only; 1.0.3 still takes the single object of 0.95.
            if found.version is Version.TWO:
                found.add(below(at, key), "wrong_type", "Expected an array of activities.", "xAPI 2.0, 4.2.2")
            activity(found, item, below(at, key))


def _context_people(kind: str, member: str, reader: Reader) -> Reader:
    clause = "xAPI 2.0, 4.2.2"

    def one(found: Findings, value: Any, at: str) -> None:
        if not is_object(found, value, at, clause):
            return
        known_keys(found, value, at, {"objectType", member, "relevantTypes"}, clause)
        if value.get("objectType") != kind:
            found.add(below(at, "objectType"), "object_type", f"Expected “{kind}”.", clause)
        if required(found, value, at, member, clause):
            reader(found, value[member], below(at, member))
        if "relevantTypes" in value:
            if value["relevantTypes"] == []:
                found.add(
                    below(at, "relevantTypes"),
                    "required",
                    "relevantTypes is not empty where it is given.",
                    clause,
                )
            each(
                found,
                value["relevantTypes"],
                below(at, "relevantTypes"),
                lambda f, v, p: iri(f, v, p, clause),
                clause,
            )

    def many(found: Findings, value: Any, at: str) -> None:
        each(found, value, at, one, clause)

    return many


_context_agents = _context_people("contextAgent", "agent", agent)
_context_groups = _context_people("contextGroup", "group", group)


def reference(found: Findings, value: Any, at: str) -> None:
    """A pointer to another statement."""
    if not is_object(found, value, at, _REFERENCE):
        return
    known_keys(found, value, at, {"objectType", "id"}, _REFERENCE)
    if value.get("objectType") != "StatementRef":
        found.add(below(at, "objectType"), "object_type", "Expected “StatementRef”.", _REFERENCE)
    if required(found, value, at, "id", _REFERENCE):
        text_that(found, value["id"], below(at, "id"), is_uuid, "uuid", "a UUID", _REFERENCE)


def attachment(found: Findings, value: Any, at: str) -> None:
    """What is said of a file; the file itself must lie at `fileUrl`, since none is taken with a statement."""
    if not is_object(found, value, at, _ATTACHMENT):
        return
    known_keys(
        found, value, at, {"usageType", "display", "description", "contentType", "length", "sha2", "fileUrl"}, _ATTACHMENT
    )  # fmt: skip
    for key in ("usageType", "display", "contentType", "length", "sha2"):
        required(found, value, at, key, _ATTACHMENT)
    if "usageType" in value:
        iri(found, value["usageType"], below(at, "usageType"), _ATTACHMENT)
    for key in ("display", "description"):
        if key in value:
            language_map(found, value[key], below(at, key))
    if "contentType" in value:
        text_that(
            found, value["contentType"], below(at, "contentType"), is_media_type, "media_type",
            "an Internet media type", _ATTACHMENT,
        )  # fmt: skip
    if "length" in value:
        length = value["length"]
        if number(found, length, below(at, "length"), _ATTACHMENT) and (length != int(length) or length < 0):
            found.add(below(at, "length"), "wrong_type", "A length is a whole number of bytes.", _ATTACHMENT)
    if "sha2" in value:
        text_that(
            found,
            value["sha2"],
            below(at, "sha2"),
            is_sha2,
            "sha2",
            "a SHA-2 digest in hexadecimal",
            _ATTACHMENT,
        )
    if "fileUrl" in value:
        text_that(
            found, value["fileUrl"], below(at, "fileUrl"), is_iri, "iri", "an absolute IRL", _ATTACHMENT
        )
    else:
        found.add(
            below(at, "fileUrl"), "attachment_not_supported",
            "Files are not taken with a statement. Put the file where it can be read and name its fileUrl.", _ATTACHMENT,
        )  # fmt: skip


PARTS: dict[str, Reader] = {
    "account": account,
    "activity": activity,
    "actor": actor,
    "agent": agent,
    "attachment": attachment,
    "authority": authority,
    "context": context,
    "group": group,
    "reference": reference,
    "result": result,
    "score": score,
    "verb": verb,
}


def part_problems(part: str, value: Any, version: Version = Version.ONE) -> list[Problem]:
    """Everything wrong with one part of a statement; `part` is a key of `PARTS`."""
    found = Findings(version)
    PARTS[part](found, value, "")
    return found.problems
