"""Keeps `DailyRollup` and `AccountMonth` equal to the observations they rest on, set-based and in the writer's transaction."""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction

from coe.services.facts import note_facts
from metrics import db

RollupKey = tuple[int, int, date]
RollupDelta = tuple[int, int, int, int]
MonthKey = tuple[int, date]

_ADD_ROLLUPS = """
INSERT INTO metrics_dailyrollup (line_id, metric_id, "on", total, numerator, denominator, count)
SELECT line_id, metric_id, day, total, numerator, denominator, count FROM metrics_stage_rollups WHERE true
ON CONFLICT (line_id, metric_id, "on") DO UPDATE SET
  total = metrics_dailyrollup.total + excluded.total, numerator = metrics_dailyrollup.numerator + excluded.numerator,
  denominator = metrics_dailyrollup.denominator + excluded.denominator, count = metrics_dailyrollup.count + excluded.count
"""
_ADD_STAGED = """
INSERT INTO metrics_dailyrollup (line_id, metric_id, "on", total, numerator, denominator, count)
SELECT owner_id, metric_id, day, SUM(COALESCE(value, 0)), SUM(COALESCE(numerator, 0)), SUM(COALESCE(denominator, 0)), COUNT(*)
FROM metrics_stage_values WHERE true GROUP BY owner_id, metric_id, day
ON CONFLICT (line_id, metric_id, "on") DO UPDATE SET
  total = metrics_dailyrollup.total + excluded.total, numerator = metrics_dailyrollup.numerator + excluded.numerator,
  denominator = metrics_dailyrollup.denominator + excluded.denominator, count = metrics_dailyrollup.count + excluded.count
"""
_ADD_STAGED_MONTHS = """
INSERT INTO metrics_accountmonth (account_id, month, observations, imported, last_on)
SELECT account_id, {month}, COUNT(*), COUNT(*) * %s, MAX(day) FROM metrics_stage_values WHERE account_id IS NOT NULL
GROUP BY 1, 2
ON CONFLICT (account_id, month) DO UPDATE SET
  observations = metrics_accountmonth.observations + excluded.observations,
  imported = metrics_accountmonth.imported + excluded.imported,
  last_on = CASE WHEN excluded.last_on > metrics_accountmonth.last_on THEN excluded.last_on ELSE metrics_accountmonth.last_on END
"""
# A difference that takes away meets a row that is there; sent through the upsert it would break the check on the count.
_TAKE_ROLLUPS = """
UPDATE metrics_dailyrollup SET total = metrics_dailyrollup.total + s.total, numerator = metrics_dailyrollup.numerator + s.numerator,
  denominator = metrics_dailyrollup.denominator + s.denominator, count = metrics_dailyrollup.count + s.count
FROM metrics_stage_rollups s WHERE metrics_dailyrollup.line_id = s.line_id AND metrics_dailyrollup.metric_id = s.metric_id
  AND metrics_dailyrollup."on" = s.day
"""
_DROP_EMPTY = """
DELETE FROM metrics_dailyrollup WHERE count = 0 AND id IN (
  SELECT r.id FROM metrics_stage_rollups s
  JOIN metrics_dailyrollup r ON r.line_id = s.line_id AND r.metric_id = s.metric_id AND r."on" = s.day)
"""
_ADD_MONTHS = """
INSERT INTO metrics_accountmonth (account_id, month, observations, imported, last_on)
SELECT account_id, month, observations, imported, last_on FROM metrics_stage_months WHERE true
ON CONFLICT (account_id, month) DO UPDATE SET
  observations = metrics_accountmonth.observations + excluded.observations,
  imported = metrics_accountmonth.imported + excluded.imported,
  last_on = CASE WHEN excluded.last_on > metrics_accountmonth.last_on THEN excluded.last_on ELSE metrics_accountmonth.last_on END
"""
_TAKE_MONTHS = """
UPDATE metrics_accountmonth SET observations = metrics_accountmonth.observations + s.observations,
  imported = metrics_accountmonth.imported + s.imported
FROM metrics_stage_months s WHERE metrics_accountmonth.account_id = s.account_id AND metrics_accountmonth.month = s.month
"""
_DROP_EMPTY_MONTHS = """
DELETE FROM metrics_accountmonth WHERE observations = 0 AND id IN (
  SELECT m.id FROM metrics_stage_months s JOIN metrics_accountmonth m ON m.account_id = s.account_id AND m.month = s.month)
"""
# Only after values were taken away: the newest day may have gone with them.
_LAST_DAYS = """
UPDATE metrics_accountmonth SET last_on = (
  SELECT MAX(o."on") FROM metrics_observation o
  WHERE o.account_id = metrics_accountmonth.account_id AND o."on" >= metrics_accountmonth.month AND o."on" < (
    SELECT s.last_on FROM metrics_stage_months s
    WHERE s.account_id = metrics_accountmonth.account_id AND s.month = metrics_accountmonth.month))
WHERE id IN (
  SELECT m.id FROM metrics_stage_months s JOIN metrics_accountmonth m ON m.account_id = s.account_id AND m.month = s.month)
"""
_OF_ACCOUNTS = """
SELECT o.account_id, o.metric_id, o."on", COALESCE(SUM(o.value), 0), COALESCE(SUM(o.numerator), 0),
  COALESCE(SUM(o.denominator), 0), COUNT(*)
FROM metrics_observation o JOIN metrics_stage_ids s ON s.id = o.account_id GROUP BY o.account_id, o.metric_id, o."on"
"""


def add_staged_values(*, imported: bool) -> None:
    """Add the new observations that lie in the stage of values, all of them by machine or none."""
    db.run(_ADD_STAGED)
    db.run(_ADD_STAGED_MONTHS.format(month=db.month_of("day")), [int(imported)])


def add_rollups(deltas: Mapping[RollupKey, RollupDelta]) -> None:
    """Add differences (total, numerator, denominator, count) to the rollups of their line, metric and day."""
    changed = [(*key, *delta) for key, delta in sorted(deltas.items()) if any(delta)]
    if more := [row for row in changed if row[6] >= 0]:
        db.stage("metrics_stage_rollups", more)
        db.run(_ADD_ROLLUPS)
    if less := [row for row in changed if row[6] < 0]:
        db.stage("metrics_stage_rollups", less)
        db.run(_TAKE_ROLLUPS)
        db.run(_DROP_EMPTY)


def add_months(deltas: Mapping[MonthKey, tuple[int, int, date]]) -> None:
    """Add (observations, imported, newest day) to the months of accounts."""
    changed = [(*key, *delta) for key, delta in sorted(deltas.items()) if delta[0] or delta[1]]
    if more := [row for row in changed if row[3] >= 0]:
        db.stage("metrics_stage_months", more)
        db.run(_ADD_MONTHS)
    if less := [row for row in changed if row[3] < 0]:
        # An imported value was corrected by hand: it counts as typed from now on, and its day stays.
        db.stage("metrics_stage_months", less)
        db.run(_TAKE_MONTHS)


def take_from_months(deltas: Mapping[MonthKey, tuple[int, int]]) -> None:
    """Take (observations, imported) off the months of accounts, drop the empty ones and look up the newest day of the rest."""
    if not deltas:
        return
    rows = [
        (account, month, -seen, -imported) for (account, month), (seen, imported) in sorted(deltas.items())
    ]
    # `last_on` of the stage holds the first day after the month, which bounds the look-up.
    db.stage("metrics_stage_months", [(*row, _next_month(row[1])) for row in rows])
    db.run(_TAKE_MONTHS)
    db.run(_DROP_EMPTY_MONTHS)
    db.run(_LAST_DAYS)


def _next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


@transaction.atomic
def move_rollups(moves: Mapping[int, tuple[int, int]], *, at: datetime) -> None:
    """Carry what accounts observed from their old line to their new one (account → old line, new line).

    Registered with `coe.registries.account_moved`; runs in the transaction of the move. The past moves with the account: a
    line's figures are those of the accounts it owns now, as domain and rollups both say.
    """
    real = {account: pair for account, pair in moves.items() if pair[0] != pair[1]}
    if not real:
        return
    db.lock_writers()
    db.stage("metrics_stage_ids", [(account, None) for account in sorted(real)])
    deltas: dict[RollupKey, RollupDelta] = {}
    touched: set[int] = set()
    for account, metric, on, *sums in db.rows(_OF_ACCOUNTS):
        for line, sign in zip(real[account], (-1, 1), strict=True):
            touched.add(line)
            add_to(deltas, (line, metric, on), tuple(sign * int(one) for one in sums))
    add_rollups(deltas)
    note_facts([(line, "observations") for line in touched], at=at)


def add_to(deltas: dict[RollupKey, RollupDelta], key: RollupKey, delta: tuple[int, ...]) -> None:
    """Add one difference to a collection of them."""
    a, b = deltas.get(key, (0, 0, 0, 0)), delta
    deltas[key] = (a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3])
