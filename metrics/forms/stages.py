"""Stages and verdicts as the page's components take them. The scoring counts levels from 0 with -1 for "not yet"; badges from 1."""

import calendar
import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _, ngettext

from metrics.scoring import Effort, Rubric
from metrics.selectors.scorecards import CriterionRow, StageCell, TrendPoint
from metrics.selectors.words import read


def ladder_of(rubric: Rubric) -> list[dict[str, Any]]:
    """The levels of a rubric, lowest first."""
    count = len(rubric.levels)
    return [
        {"index": place, "letter": level.letter, "name": read(level.name), "levels": count}
        for place, level in enumerate(rubric.levels, 1)
    ]


def badge_of(cell: StageCell, levels: int) -> dict[str, Any]:
    """The stage of a cell as a badge."""
    return {"index": cell.index + 1, "letter": cell.letter, "name": cell.level_name, "levels": levels}


def target_of(cell: StageCell, levels: int) -> dict[str, Any] | None:
    """The target of a cell as a badge, or None without one."""
    if cell.target_index is None:
        return None
    return {
        "index": cell.target_index + 1,
        "letter": cell.target_name[:1],
        "name": cell.target_name,
        "levels": levels,
    }


def points(tenths: int | None) -> int | None:
    """Tenths of a point as whole points, towards zero, so that 79.9 is never shown as a reached 80."""
    return None if tenths is None else int(tenths / 10)


def monthly(trend: Iterable[TrendPoint], at: dt.datetime, months: int = 13) -> list[tuple[str, int | None]]:
    """The score at the end of each of the last months, oldest first; before the first judgement there is a gap."""
    found = list(trend)
    today = timezone.localtime(at).date()
    series: list[tuple[str, int | None]] = []
    for back in reversed(range(months)):
        count = today.year * 12 + today.month - 1 - back
        year, month = count // 12, count % 12 + 1
        last = today if back == 0 else dt.date(year, month, calendar.monthrange(year, month)[1])
        known = [point for point in found if timezone.localtime(point.at).date() <= last]
        series.append(
            (
                date_format(dt.date(year, month, 1), "YEAR_MONTH_FORMAT"),
                points(known[-1].score) if known else None,
            )
        )
    return series if any(value is not None for _label, value in series) else []


def effort_of(code: str) -> str:
    """An effort in words."""
    words = {Effort.SMALL: _("small"), Effort.MEDIUM: _("medium"), Effort.LARGE: _("large")}
    return words.get(Effort(code), code)


def criterion_of(row: CriterionRow, *, where: str, day: dt.date) -> dict[str, Any]:
    """A criterion as components/criterion_row.html wants it; `where` is the address of its failing records."""
    share = row.unit == "%" and bool(row.denominator)
    why = [row.reason_label]
    why += [
        _("%(label)s: %(value)s, %(threshold)s needed")
        % {"label": g.label, "value": g.value, "threshold": g.threshold}
        for g in row.guards
    ]
    if row.remedy and not row.is_met:
        why.append(row.remedy)
    failing = row.verdict in ("fail", "warn", "stale", "no_data", "error", "waived")
    return {
        "code": row.code,
        "must": row.must,
        "statement": row.statement,
        "verdict": row.verdict,
        "value_text": _("%(n)s of %(whole)s, %(share)s")
        % {"n": row.numerator, "whole": row.denominator, "share": row.value}
        if share and row.numerator is not None
        else row.value,
        "value": row.numerator if share else None,
        "maximum": row.denominator if share else 1,
        "tone": "good"
        if row.verdict == "pass"
        else "care"
        if row.verdict in ("warn", "waived", "stale")
        else "bad",
        "threshold_text": row.threshold,
        "evidence_text": date_format(row.evidence_on, "DATE_FORMAT") if row.evidence_on else _("none yet"),
        "note": " · ".join(str(one).rstrip(".") for one in why if one),
        "records_text": ngettext("%(n)d record fails", "%(n)d records fail", row.failing) % {"n": row.failing}
        if row.failing
        else _("Why"),
        "records_more_url": where if failing else "",
        "records_more_text": _("Show the records that fail, each with its fix") if failing else "",
    }


def groups_of(
    rows: Sequence[CriterionRow],
    *,
    reached: int,
    levels: Sequence[dict[str, Any]],
    where: Callable[[str], str],
    day: dt.date,
) -> list[dict[str, Any]]:
    """The criteria of a dimension by level: reached levels folded, the next one open and first."""
    names = {level["name"]: level["index"] for level in levels}
    by_level: dict[str, list[CriterionRow]] = {}
    for row in rows:
        by_level.setdefault(row.level_name, []).append(row)
    groups = []
    for name, found in by_level.items():
        counted = [row for row in found if row.verdict != "not_applicable"]
        met = sum(row.is_met for row in counted)
        words = _("%(level)s: %(met)d of %(all)d met") % {"level": name, "met": met, "all": len(counted)}
        groups.append(
            {
                "caption": words,
                "open": names.get(name, 0) == reached + 1,
                "place": names.get(name, 0),
                "criteria": [criterion_of(row, where=where(row.code), day=day) for row in found],
            }
        )
    return sorted(groups, key=lambda group: (not group["open"], group["place"]))
