"""Measures lines and keeps the readings: a new row when a number changes, a moved date when only the evidence is younger."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Q

from metrics import db
from metrics.enums.maturity import ReadingState
from metrics.indicators.base import Moment, Reading
from metrics.indicators.registry import REGISTRY, collect
from metrics.models import IndicatorReading
from metrics.scoring import Scope

log = structlog.get_logger(__name__)
BATCH = 1000
# Rewriting every open row in every run would cost more than all the rest of the run.
FRESHEN_AFTER = timedelta(hours=12)


def measure(codes: Iterable[str], lines: Collection[int], moment: Moment) -> list[Reading]:
    """Measure indicators for lines; a collector that breaks yields error readings instead of stopping the others."""
    wanted = frozenset(codes)
    groups: dict[object, set[str]] = {}
    for code in sorted(wanted):
        groups.setdefault(REGISTRY[code].collect, set()).add(code)
    found: list[Reading] = []
    for group in groups.values():
        try:
            with transaction.atomic():
                found += collect(group, lines, moment)
        except Exception as error:
            log.exception("collector_failed", indicators=sorted(group))
            note = {"error": type(error).__name__}
            for code in sorted(group):
                subjects = lines if REGISTRY[code].scope is Scope.LINE else [None]
                found += [
                    Reading(line_id, code, state=ReadingState.ERROR, detail=note) for line_id in subjects
                ]
    return found


@transaction.atomic
def store_readings(
    readings: Iterable[Reading], *, codes: Iterable[str], lines: Collection[int], at: datetime
) -> set[int | None]:
    """Make these the present readings of the lines for the codes; returns whose readings (or evidence dates) changed.

    A line that had a reading and is not among these has lost what the indicator is about: its row is closed.
    """
    wanted = frozenset(codes)
    programme = sorted(code for code in wanted if REGISTRY[code].scope is Scope.PROGRAMME)
    own = sorted(wanted - set(programme))
    scope = Q(line_id__in=lines, indicator__in=own) | Q(line__isnull=True, indicator__in=programme)
    present = {
        (row.line_id, row.indicator): row
        for row in IndicatorReading.objects.open().filter(scope).order_by("pk")
    }
    changed: set[int | None] = set()
    closed: list[int] = []
    created: list[IndicatorReading] = []
    moved: list[IndicatorReading] = []
    for found in readings:
        row = present.pop((found.line_id, found.code), None)
        if row is not None:
            before = (row.numerator, row.denominator, row.state, row.detail)
            if before == (found.numerator, found.denominator, found.state, found.detail):
                if (row.evidence_on, row.records) != (found.evidence_on, found.records):
                    row.evidence_on, row.records, row.fresh_at = found.evidence_on, found.records, at
                    moved.append(row)
                    changed.add(found.line_id)
                continue
            closed.append(row.pk)
        changed.add(found.line_id)
        created.append(
            IndicatorReading(
                line_id=found.line_id,
                indicator=found.code,
                numerator=found.numerator,
                denominator=found.denominator,
                records=found.records,
                state=found.state,
                evidence_on=found.evidence_on,
                detail=found.detail,
                known_from=at,
                fresh_at=at,
            )
        )
    for (line_id, _code), row in present.items():
        closed.append(row.pk)
        changed.add(line_id)
    for start in range(0, len(closed), BATCH):
        IndicatorReading.objects.filter(pk__in=closed[start : start + BATCH]).update(known_until=at)
    db.append(IndicatorReading, created)
    IndicatorReading.objects.bulk_update(moved, ["evidence_on", "records", "fresh_at"], batch_size=500)
    IndicatorReading.objects.open().filter(scope, fresh_at__lt=at - FRESHEN_AFTER).update(fresh_at=at)
    return changed
