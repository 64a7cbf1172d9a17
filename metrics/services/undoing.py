"""Takes an import of observations back: each value it set, unless somebody set another one since."""

from datetime import date, datetime

from django.db import transaction

from coe.models import ImportBatch
from coe.rules.principals import Actor
from coe.services.facts import note_facts
from metrics import db
from metrics.enums.dictionary import Source
from metrics.services.rollups import MonthKey, RollupDelta, RollupKey, add_rollups, add_to, take_from_months

CHUNK = 5_000

# The value to go back to is the newest one that is not of this batch; without one the batch created the observation.
_FIND = """
SELECT o.id, o.account_id, COALESCE(a.line_id, o.line_id), o.metric_id, o."on", o.value, o.numerator, o.denominator, o.source,
  r.id, r.value, r.numerator, r.denominator, r.source
FROM metrics_observation o LEFT JOIN coe_socialaccount a ON a.id = o.account_id
LEFT JOIN metrics_observationrevision r ON r.id = (
  SELECT MAX(x.id) FROM metrics_observationrevision x
  WHERE x.observation_id = o.id AND (x.batch_id IS NULL OR x.batch_id <> %s))
WHERE o.batch_id = %s ORDER BY o.id LIMIT %s
"""
_DROP_ALL_REVISIONS = """
DELETE FROM metrics_observationrevision WHERE observation_id IN (SELECT id FROM metrics_stage_ids WHERE restore_id IS NULL)
"""
_DROP = (
    "DELETE FROM metrics_observation WHERE id IN (SELECT id FROM metrics_stage_ids WHERE restore_id IS NULL)"
)
_RESTORE = """
UPDATE metrics_observation SET value = r.value, numerator = r.numerator, denominator = r.denominator, source = r.source,
  batch_id = r.batch_id, observed_at = r.observed_at
FROM metrics_stage_ids s JOIN metrics_observationrevision r ON r.id = s.restore_id WHERE s.id = metrics_observation.id
"""
_DROP_REVISIONS = """
DELETE FROM metrics_observationrevision WHERE id IN (
  SELECT x.id FROM metrics_stage_ids s JOIN metrics_observationrevision x ON x.observation_id = s.id AND x.id >= s.restore_id)
"""
_KEPT = """
SELECT o.id, o."on", m.code, a.handle, l.code FROM metrics_observation o JOIN metrics_metric m ON m.id = o.metric_id
LEFT JOIN coe_socialaccount a ON a.id = o.account_id LEFT JOIN coe_businessline l ON l.id = o.line_id
WHERE (o.batch_id IS NULL OR o.batch_id <> %s)
  AND o.id IN (SELECT observation_id FROM metrics_observationrevision WHERE batch_id = %s) ORDER BY o.id
"""


@transaction.atomic
def undo_some_observations(batch: ImportBatch, *, by: Actor, at: datetime) -> int:
    """Take back up to 5,000 observations of a batch, with their rollups; returns how many. Call until it returns 0."""
    db.lock_writers()
    found = db.rows(_FIND, [batch.pk, batch.pk, CHUNK])
    if not found:
        return 0
    rollups: dict[RollupKey, RollupDelta] = {}
    months: dict[MonthKey, tuple[int, int]] = {}
    touched: set[int] = set()
    for _pk, account, line, metric, on, v, n, d, source, back, v0, n0, d0, source0 in found:
        day = on if isinstance(on, date) else date.fromisoformat(on)
        gone = int(back is None)
        touched.add(line)
        add_to(
            rollups,
            (line, metric, day),
            ((v0 or 0) - (v or 0), (n0 or 0) - (n or 0), (d0 or 0) - (d or 0), -gone),
        )
        if account is not None:
            was = int(source != Source.TYPED) - (0 if gone else int(source0 != Source.TYPED))
            seen = months.get((account, day.replace(day=1)), (0, 0))
            months[account, day.replace(day=1)] = (seen[0] + gone, seen[1] + was)
    db.stage("metrics_stage_ids", [(row[0], row[9]) for row in found])
    db.run(_DROP_ALL_REVISIONS)
    db.run(_DROP)
    db.run(_RESTORE)
    db.run(_DROP_REVISIONS)
    add_rollups(rollups)
    take_from_months(months)
    note_facts([(line, "observations") for line in touched], at=at)
    return len(found)


def kept_observations(batch: ImportBatch) -> list[tuple[int, str]]:
    """Observations of a batch that somebody corrected since and that undo therefore leaves: (id, what people call it)."""
    return [
        (pk, f"{code} {on} {handle or line}")
        for pk, on, code, handle, line in db.rows(_KEPT, [batch.pk, batch.pk])
    ]
