"""The catalogue of platforms in the database, and the hub's decisions about each."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from coe import handles
from coe.enums.accounts import PlatformDecision
from coe.errors import Duplicate, Invalid
from coe.models import Platform
from coe.rules.principals import Actor
from coe.services.facts import note_facts
from coe.services.history import Entry, changed, record, record_many, snapshot
from coe.services.records import clean_values, locked, save_changed

EDITABLE = frozenset({
    "name", "aliases", "hosts", "handle_rules", "url_template", "is_case_sensitive", "is_mfa_capable", "allows_comments", "decision",
    "decision_note", "terms_reviewed_on", "terms_review_due_on", "is_active",
})  # fmt: skip


def platform_data(platform: Platform) -> dict[str, Any]:
    """A row as `coe.handles.Platform.from_data` reads it: its rules, overruled by its columns."""
    data: dict[str, Any] = dict(platform.handle_rules[0]) if platform.handle_rules else {}
    data |= {
        "code": platform.code,
        "name": platform.name,
        "aliases": platform.aliases,
        "hosts": platform.hosts,
    }
    data |= {"canonical": platform.url_template, "case_sensitive": platform.is_case_sensitive}
    return data


def catalogue() -> handles.Catalogue:
    """The platforms of the database as a catalogue (one query); those of the shipped one when there are none yet."""
    rows = list(Platform.objects.order_by("id"))
    return (
        handles.Catalogue(handles.Platform.from_data(platform_data(row)) for row in rows)
        if rows
        else handles.default_catalogue()
    )


def _from_catalogue(entry: handles.Platform, at: datetime) -> Platform:
    return Platform(
        code=entry.code, name=entry.name, aliases=list(entry.aliases), hosts=list(entry.hosts), handle_rules=[entry.to_data()],
        url_template=entry.canonical, is_case_sensitive=entry.case_sensitive, is_mfa_capable=entry.mfa_capable,
        allows_comments=entry.allows_comments, is_active=not entry.retired, created_at=at, updated_at=at,
    )  # fmt: skip


@transaction.atomic
def ensure_platforms(*, by: Actor, at: datetime) -> dict[str, Platform]:
    """Store the shipped platforms that are not there yet; what people edited stays. Safe to run twice."""
    known = {row.code: row for row in Platform.objects.all()}
    fresh = [_from_catalogue(entry, at) for entry in handles.default_catalogue() if entry.code not in known]
    if fresh:
        fresh = Platform.objects.bulk_create(fresh)
        record_many([Entry("platform.created", row) for row in fresh], by=by, at=at)
        note_facts([(None, "platforms")], at=at)
        known |= {row.code: row for row in fresh}
    return known


def _check_rules(platform: Platform) -> None:
    try:
        handles.Platform.from_data(platform_data(platform))
    except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        raise Invalid.one(
            "handle_rules",
            "rules_broken",
            _("The handle rules cannot be used: %(reason)s.") % {"reason": error},
        ) from error


@transaction.atomic
def create_platform(
    *, code: str, name: str, by: Actor, at: datetime, why: str = "", **fields: Any
) -> Platform:
    """Add a platform to the catalogue.

    :raises Invalid: a field or a handle rule is wrong. :raises Duplicate: the code is taken.
    """
    clean = clean_values(Platform, values={"code": code, "name": name, **fields}, allowed=EDITABLE | {"code"})
    taken = Platform.objects.filter(code=clean["code"]).first()
    if taken:
        raise Duplicate.one("code", "duplicate", _("%(name)s already has this code.") % {"name": taken})
    platform = Platform(created_at=at, updated_at=at, **clean)
    _check_rules(platform)
    platform.save(force_insert=True)
    record("platform.created", platform, by=by, at=at, changes=changed({}, snapshot(platform)), why=why)
    note_facts([(None, "platforms")], at=at)
    return platform


@transaction.atomic
def edit_platform(
    platform: Platform,
    *,
    changes: Mapping[str, Any],
    by: Actor,
    at: datetime,
    why: str = "",
    expected_revision: int | None = None,
    action: str = "platform.updated",
) -> Platform:
    """Change a platform of the catalogue.

    :raises Invalid: a field or a handle rule is wrong. :raises Stale: `expected_revision` is old.
    """
    platform = locked(platform, expected_revision=expected_revision)
    clean = clean_values(Platform, values=changes, allowed=EDITABLE)
    before = snapshot(platform)
    for name, value in clean.items():
        setattr(platform, name, value)
    _check_rules(platform)
    difference = changed(before, snapshot(platform))
    if difference:
        save_changed(platform, fields=clean, at=at)
        record(action, platform, by=by, at=at, changes=difference, why=why)
        note_facts([(None, "platforms")], at=at)
    return platform


def decide_platform(
    platform: Platform,
    *,
    decision: PlatformDecision,
    by: Actor,
    at: datetime,
    note: str = "",
    terms_reviewed_on: date | None = None,
    terms_review_due_on: date | None = None,
    why: str = "",
    expected_revision: int | None = None,
) -> Platform:
    """Record the hub's decision about a platform and, when given, the review of its terms."""
    changes: dict[str, Any] = {"decision": decision, "decision_note": note}
    if terms_reviewed_on:
        changes["terms_reviewed_on"] = terms_reviewed_on
    if terms_review_due_on:
        changes["terms_review_due_on"] = terms_review_due_on
    return edit_platform(
        platform,
        changes=changes,
        by=by,
        at=at,
        why=why,
        expected_revision=expected_revision,
        action="platform.decided",
    )
