"""Sets targets of metrics; one per line, metric and period."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from coe.errors import Invalid
from coe.intake.values import LARGEST
from coe.models import BusinessLine
from coe.rules.principals import Actor
from coe.services.facts import note_facts
from coe.services.history import changed, record, snapshot
from coe.services.records import locked, save_changed
from metrics.models import Metric, Target


@transaction.atomic
def set_target(
    *,
    line: BusinessLine,
    metric: Metric,
    period_start: date,
    period_end: date,
    value: int,
    by: Actor,
    at: datetime,
    reason: str = "",
    why: str = "",
    expected_revision: int | None = None,
) -> Target:
    """Set what a line wants to reach in a period; a second target for the same start replaces the first, also one that was
    taken away. `value` is scaled.

    :raises Invalid: the period ends before it starts, the metric is retired, or the value cannot be stored.
    :raises Stale: `expected_revision` is old.
    """
    if period_end < period_start:
        raise Invalid.one("period_end", "period_backwards", _("The period ends before it begins."))
    if not metric.is_active:
        raise Invalid.one(
            "metric", "metric_inactive", _("%(metric)s is no longer in use.") % {"metric": metric}
        )
    if type(value) is not int or not -LARGEST < value < LARGEST:
        raise Invalid.one(
            "value",
            "out_of_range",
            _("This number is too large: it has at most 15 digits, decimal places included."),
        )
    target = (
        Target.objects.select_for_update().filter(line=line, metric=metric, period_start=period_start).first()
    )
    if target is None:
        target = Target(
            line=line, metric=metric, period_start=period_start, period_end=period_end, value=value, reason=reason.strip()[:300],
            created_at=at, updated_at=at,
        )  # fmt: skip
        target.save(force_insert=True)
        record("target.set", target, by=by, at=at, changes=changed({}, snapshot(target)), why=why)
    else:
        target = locked(target, expected_revision=expected_revision)
        # The history names both; they are here already.
        target.line, target.metric = line, metric
        before = snapshot(target)
        target.period_end, target.value, target.reason = period_end, value, reason.strip()[:300]
        target.archived_at, target.archived_why = None, ""
        difference = changed(before, snapshot(target))
        if not difference:
            return target
        save_changed(target, fields=["period_end", "value", "reason", "archived_at", "archived_why"], at=at)
        record("target.changed", target, by=by, at=at, changes=difference, why=why)
    note_facts([(line.pk, "targets")], at=at)
    return target


@transaction.atomic
def remove_target(
    target: Target, *, by: Actor, at: datetime, why: str = "", expected_revision: int | None = None
) -> None:
    """Take a target away; the row stays, with when and why. A second time changes nothing.

    :raises Stale: `expected_revision` is old.
    """
    target = locked(target, expected_revision=expected_revision)
    if target.archived_at is not None:
        return
    before = snapshot(target)
    target.archived_at, target.archived_why = at, why.strip()[:300]
    save_changed(target, fields=["archived_at", "archived_why"], at=at)
    record("target.removed", target, by=by, at=at, changes=changed(before, snapshot(target)), why=why)
    note_facts([(target.line_id, "targets")], at=at)
