"""What the writes of the matrix send: complete, valid forms for the record of a place, so that "in" means that it was written."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

Form = Callable[[Any, str], Mapping[str, Any]]


def of(make: Callable[[Any], Mapping[str, Any]]) -> Form:
    """A form made from the records of a place."""
    return lambda world, place: make(world.places[place])


_person = {"name": "Ada", "language": "en", "time_zone": "UTC", "hub_fte_hundredths": "0"}
page_line = {
    "code": "NEW",
    "name": "New",
    "kind": "line",
    "is_spoke": "on",
    "time_zone": "",
    "description": "",
}
page_account = of(
    lambda held: {
        "address": "brandnew", "platform": held.account.platform_id, "line": held.line.pk, "kind": "brand", "tier": "3",
    }
)  # fmt: skip
page_edit_line = of(
    lambda held: {"name": "Other", "description": "x", "time_zone": "", "revision": held.line.revision}
)
page_move = of(lambda held: {"parent": "", "revision": held.line.revision})
page_bulk = of(lambda held: {"id": [str(held.account.public_id)], "tier": "2", "apply": "1"})
page_person = {"email": "new@example.com", **_person}
page_edit_person = of(lambda held: {"email": held.person.email, **_person, "revision": held.person.revision})
page_role = of(lambda held: {"role": "viewer", "line": held.line.pk, "note": ""})
page_target = of(
    lambda held: {
        "line": held.line.code, "period_start": "2026-04-01", "period_end": "2026-06-30", "value": "5", "reason": "x",
    }
)  # fmt: skip

page_session = of(
    lambda held: {
        "course": "FND", "line": held.line.code, "starts_at": "2031-01-06T09:00", "ends_at": "2031-01-06T10:00", "time_zone": "UTC",
        "places": "3",
    }
)  # fmt: skip
api_completion = of(
    lambda held: {
        "person": held.person.email,
        "course": "FND",
        "completed_at": "2026-02-02T09:00:00Z",
        "evidence": "List",
    }
)
api_policy = {"code": "other", "type": "moderation", "titles": {"en": "Other"}}
api_course = {"code": "OTHER", "titles": {"en": "Other"}}
api_curriculum = {"code": "other", "titles": {"en": "Other"}, "items": [{"course": "FND", "due_days": 9}]}
api_session = of(
    lambda held: {
        "course": "FND", "line": held.line.code, "starts_at": "2031-01-06T09:00:00Z", "ends_at": "2031-01-06T10:00:00Z",
    }
)  # fmt: skip
api_enrolment = of(lambda held: {"person": held.person.email, "course": "FND", "line": held.line.code})
api_attendance = {"attended": [], "absent": []}
page_policy = {
    "code": "other", "type": "moderation", "title_en": "Other", "review_months": "12", "quorum": "1", "grace_days": "30",
    "exception_days": "90",
}  # fmt: skip
page_course = {"code": "OTHER", "title_en": "Other", "modes": ["self_paced"], "renewal_days": "9"}
page_curriculum = {"code": "other", "title_en": "Other", "course_0": "FND", "due_0": "9"}
page_enrol = {"action": "enrol", "course": "FND"}
page_campaign = {
    "name": "Yearly", "policies": ["house-policy"], "starts_on": "2031-01-06", "due_on": "2031-01-31",
}  # fmt: skip
api_campaign = {
    "name": "Yearly", "policies": ["house-policy"], "starts_at": "2031-01-06T00:00:00Z", "due_at": "2031-01-31T00:00:00Z",
}  # fmt: skip


def api_acknowledge(world, place):
    """The text of the policy in force, as the API tells it."""
    shown = _shown(world)
    return {"version_id": shown["version"], "language": shown["language"], "sha256": shown["sha256"]}


def api_decline(world, place):
    """A decline of it."""
    return {**api_acknowledge(world, place), "reason": "x"}


def page_acknowledge(world, place):
    """The text of the policy in force, as its page shows it."""
    return {**_shown(world), "action": "accept"}


def page_acknowledge_for(world, place):
    """The same, as somebody said it outside of the hub."""
    return {**_shown(world), "answer": "accepted", "note": "Signed sheet"}


def _shown(world):
    text = world.policy_version.texts.get(language="en")
    return {"version": str(world.policy_version.public_id), "language": "en", "sha256": text.sha256}


api_line = {"code": "NEW", "name": "New"}
api_account = of(lambda held: {"line": held.line.code, "platform": "twitter", "handle": "brandnew"})
api_edit_accounts = of(lambda held: {"id": str(held.account.public_id), "purpose": "x"})
api_edit_line = of(lambda held: {"id": held.line.code, "description": "x"})
api_edit_person = of(lambda held: {"id": held.person.email, "job_title": "x"})
api_edit_target = of(lambda held: {"id": str(held.target.public_id), "reason": "x"})
api_metric = {"code": "saves", "labels": {"en": "Saves"}}
api_role = of(lambda held: {"person": held.person.email, "role": "viewer", "line": held.line.code})
api_observation = of(
    lambda held: {
        "account": str(held.account.public_id),
        "metric": "followers",
        "on": "2026-02-02",
        "value": 3,
    }
)
api_target = of(
    lambda held: {
        "line": held.line.code, "metric": "followers", "period_start": "2026-04-01", "period_end": "2026-06-30", "value": 5,
    }
)  # fmt: skip


def soon(world: Any) -> str:
    """An expiry that the hub takes."""
    return (world.at + dt.timedelta(days=20)).isoformat()


def api_token(world: Any, place: str) -> Mapping[str, Any]:
    """A token for a line."""
    return {
        "line": world.places[place].line.code,
        "name": "New",
        "scopes": ["read"],
        "expires_at": soon(world),
    }


def api_rotate(world: Any, place: str) -> Mapping[str, Any]:
    """A successor."""
    return {"expires_at": soon(world)}


def page_token(world: Any, place: str) -> Mapping[str, Any]:
    """A token for a line."""
    day = (world.at + dt.timedelta(days=20)).date().isoformat()
    return {"line": world.places[place].line.pk, "name": "New", "scopes": ["read"], "expires_on": day}
