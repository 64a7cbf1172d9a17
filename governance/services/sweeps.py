"""Sweeps: somebody searches some platforms, and says what came of it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from coe.errors import Invalid, WrongState
from coe.models import BusinessLine, Platform, User
from coe.rules.principals import Actor
from coe.services.facts import note_facts
from coe.services.history import changed, record, snapshot
from coe.services.records import clean_values, locked, required, save_changed
from governance.enums.discovery import SweepState
from governance.models import DiscoverySweep


@transaction.atomic
def start_sweep(
    *,
    name: str,
    by: Actor,
    at: datetime,
    method: str = "",
    platforms: Iterable[Platform] = (),
    line: BusinessLine | None = None,
    led_by: User | None = None,
    started_at: datetime | None = None,
    why: str = "",
) -> DiscoverySweep:
    """Start a sweep over some platforms (none: all), for a line and below or for the company. It may have started already.

    :raises Invalid: no name, a start ahead, or somebody who left leads it.
    """
    values: dict[str, Any] = {"name": name, "method": method, "line": line, "led_by": led_by}
    clean = clean_values(DiscoverySweep, values=values, allowed=set(values))
    if not clean["name"]:
        raise required("name")
    if started_at is not None and started_at > at:
        raise Invalid.one("started_at", "in_future", _("Choose now or a day that is past."))
    if led_by is not None and not led_by.is_active:
        raise Invalid.one("led_by", "person_inactive", _("%(name)s is inactive.") % {"name": led_by})
    sweep = DiscoverySweep.objects.create(**clean, started_at=started_at or at, created_at=at, updated_at=at)
    chosen = list(platforms)
    sweep.platforms.set(chosen)
    told = changed({}, snapshot(sweep)) | {"platforms": [None, [one.code for one in chosen]]}
    record("sweep.started", sweep, by=by, at=at, changes=told, why=why)
    return sweep


@transaction.atomic
def end_sweep(
    sweep: DiscoverySweep,
    *,
    is_done: bool,
    by: Actor,
    at: datetime,
    summary: str = "",
    why: str = "",
    expected_revision: int | None = None,
) -> DiscoverySweep:
    """Complete a sweep with its result, or call it off. What was found stays.

    :raises WrongState: it is over. :raises Invalid: a completed sweep without a result. :raises Stale: the revision is old.
    """
    sweep = locked(sweep, expected_revision=expected_revision)
    if sweep.state != SweepState.RUNNING:
        raise WrongState(_("This sweep is over."), extra={"state": sweep.state})
    clean = clean_values(DiscoverySweep, values={"summary": summary}, allowed={"summary"})
    if is_done and not clean["summary"]:
        raise Invalid.one("summary", "required", _("Say what was found, also when it was nothing."))
    before = snapshot(sweep)
    sweep.summary = clean["summary"]
    sweep.state = SweepState.COMPLETED if is_done else SweepState.CANCELLED
    sweep.completed_at = at
    save_changed(sweep, fields=["summary", "state", "completed_at"], at=at)
    record(
        "sweep.completed" if is_done else "sweep.cancelled",
        sweep,
        by=by,
        at=at,
        changes=changed(before, snapshot(sweep)),
        why=why,
    )
    note_facts([(sweep.line_id, "discovery")], at=at)
    return sweep
