"""What a valid statement says: when two are the same, who acts, and what it means for somebody's learning."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from training.xapi.statements import VOIDED
from training.xapi.values import instant, seconds_of

_ADL = "http://adlnet.gov/expapi/verbs/"
COMPLETED, PASSED, FAILED = f"{_ADL}completed", f"{_ADL}passed", f"{_ADL}failed"
# cmi5, 9.3.7: an exemption, granted by the LMS.
WAIVED = "https://w3id.org/xapi/adl/verbs/waived"


class EffectKind(StrEnum):
    """What a statement does to a person's record; `NONE` is stored and changes nothing."""

    COMPLETED = "completed"
    PASSED = "passed"
    WAIVED = "waived"
    FAILED = "failed"
    NONE = "none"


@dataclass(frozen=True)
class Effect:
    """What was learned: with what, when (UTC, None where the statement does not say), how well (−1 to 1) and for how long (seconds)."""

    kind: EffectKind
    activity: str = ""
    happened_at: datetime | None = None
    scaled: float | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class ActorKey:
    """One way to recognise somebody: the kind of identifier, and its value in one spelling."""

    kind: str
    value: str


def actor_keys(actor: Mapping[str, Any]) -> tuple[ActorKey, ...]:
    """The identifier of an agent; nothing for a group, since what a group did is no single person's completion."""
    return identifier(actor) if actor.get("objectType", "Agent") == "Agent" else ()


def identifier(actor: Mapping[str, Any]) -> tuple[ActorKey, ...]:
    """The identifier of an agent or a group in one spelling; nothing for a group without one (Data 2.4.2.3)."""
    if "mbox" in actor:
        return (ActorKey("mbox", actor["mbox"][len("mailto:") :].casefold()),)
    if "mbox_sha1sum" in actor:
        return (ActorKey("mbox_sha1sum", actor["mbox_sha1sum"].lower()),)
    if "openid" in actor:
        return (ActorKey("openid", actor["openid"]),)
    if "account" in actor:
        # A space parts the two: an IRL holds none, so no two accounts share a key.
        return (ActorKey("account", f"{actor['account']['homePage']} {actor['account']['name']}"),)
    return ()


def effect_of(statement: Mapping[str, Any]) -> Effect:
    """Read a valid statement's effect.

    passed and completed count unless their own result denies it (success false, completion false); failed never takes a pass away;
    a result that says both success and completion under another verb is information, not an effect (cmi5 9.3, 9.5).
    """
    target = statement["object"]
    if target.get("objectType", "Activity") != "Activity":
        return Effect(EffectKind.NONE)
    result = statement.get("result") or {}
    verb = statement["verb"]["id"]
    kind = EffectKind.NONE
    if verb == PASSED and result.get("success") is not False:
        kind = EffectKind.PASSED
    elif verb == COMPLETED and result.get("completion") is not False and result.get("success") is not False:
        kind = EffectKind.COMPLETED
    elif verb == WAIVED and result.get("success") is not False:
        kind = EffectKind.WAIVED
    elif verb == FAILED or (verb in (PASSED, COMPLETED) and result.get("success") is False):
        kind = EffectKind.FAILED
    score, duration = result.get("score") or {}, result.get("duration")
    return Effect(
        kind,
        activity=target["id"],
        happened_at=instant(statement["timestamp"]) if "timestamp" in statement else None,
        scaled=score.get("scaled"),
        seconds=seconds_of(duration) if duration else None,
    )


def voided_id(statement: Mapping[str, Any]) -> str | None:
    """The id of the statement that this one voids, in small letters; None for every other statement."""
    return str(statement["object"]["id"]).lower() if statement["verb"]["id"] == VOIDED else None


def fingerprint(statement: Mapping[str, Any]) -> str:
    """The sha256 of what makes a statement itself (Data 2.3.1, "Statement immutability and exceptions").

    Left out, since two senders may differ in them and mean one statement: what the receiver sets (stored, authority, version), the
    order of members and context activities, activity definitions, texts of language maps, and the spelling of times.
    """
    body = {key: item for key, item in statement.items() if key not in ("stored", "authority", "version")}
    text = json.dumps(_canonical(body, ""), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _canonical(value: Any, key: str) -> Any:
    if key == "extensions":
        return value
    if isinstance(value, dict):
        found = {
            name: _canonical(item, name)
            for name, item in value.items()
            if name not in ("definition", "display") and not _is_default(name, item)
        }
        if key == "contextActivities":
            return {name: item if isinstance(item, list) else [item] for name, item in found.items()}
        return found
    if isinstance(value, list):
        items = [_canonical(item, "") for item in value]
        if key in ("member", "parent", "grouping", "category", "other", "attachments"):
            return sorted(items, key=lambda item: json.dumps(item, sort_keys=True))
        return items
    if key == "timestamp" and isinstance(value, str):
        moment = instant(value)
        return moment.isoformat() if moment else value
    if key in ("id", "registration") and isinstance(value, str) and len(value) == 36:
        return value.lower()
    return value


def _is_default(name: str, item: Any) -> bool:
    return name == "objectType" and item in ("Agent", "Activity")
