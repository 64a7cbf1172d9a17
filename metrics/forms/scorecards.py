"""A scorecard, of a line or of the programme, as the templates of its page take it."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _, ngettext

from coe.enums.lines import LineKind
from metrics.enums.maturity import SilenceChoice
from metrics.forms.stages import badge_of, effort_of, groups_of, ladder_of, monthly, points, target_of
from metrics.selectors.bands import COMPANY
from metrics.selectors.rubrics import rubric_of
from metrics.selectors.scorecards import LineScorecard


def scored(card: LineScorecard, at: dt.datetime, *, where: Callable[[str], str]) -> dict[str, Any]:
    """The scorecard as the templates want it; empty before the first measurement. `where` tells the page behind a criterion."""
    if not card.is_scored or card.rubric is None or card.overall is None:
        return {"card": None}
    ladder = ladder_of(rubric_of(card.rubric))
    levels = len(ladder)
    dimensions = [
        {
            "code": cell.dimension,
            "name": cell.name,
            "assessed": cell.standing != "not_assessed",
            "level": badge_of(cell, levels),
            "target": target_of(cell, levels),
            "progress": cell.met / cell.applicable if cell.applicable else 0,
            "score": points(cell.score),
            "delta": points(cell.delta),
            "met": cell.met,
            "applicable": cell.applicable,
            "waived": cell.waived,
            "why": _why(cell),
            "groups": groups_of(
                card.of(cell.dimension),
                reached=cell.index + 1,
                levels=ladder,
                where=where,
                day=card.as_of,
            ),
        }
        for cell in card.dimensions
    ]
    names = {cell.dimension: cell.name for cell in card.dimensions} | {"": _("Overall")}
    own = {cell.dimension: points(cell.score) for cell in card.dimensions} | {"": points(card.overall.score)}
    headline = ""
    if card.steps and card.next_level:
        headline = _headline(card)
    return {
        "card": {
            "level": badge_of(card.overall, levels),
            "waived": card.overall.waived,
            "fresh_at": card.computed_at,
            "score": points(card.overall.score),
        },
        "headline": headline,
        "rubric": card.rubric,
        "rubric_title": card.title,
        "ladder": ladder,
        "dimensions": dimensions,
        "trend": monthly(card.trend, at),
        "steps": [
            {
                "code": step.code,
                "remedy": step.remedy or step.statement,
                "effort": effort_of(step.effort),
                "url": step.fix_url,
                "unlocks": _("%(dimension)s to %(level)s")
                % {"dimension": names.get(step.dimension, ""), "level": step.level_name},
            }
            for step in card.steps
        ],
        "bench": _bench(card, names, own),
    }


def _bench(card: LineScorecard, names: dict[str, str], own: dict[str, int | None]) -> list[dict[str, Any]]:
    """A table per cohort, the whole company first. A kind of line is shown when any of its bands may be told."""
    tables: dict[str, list[dict[str, Any]]] = {}
    for band in card.bands:
        tables.setdefault(band.cohort, []).append(
            {
                "name": names.get(band.dimension, ""),
                "value": own.get(band.dimension),
                "q1": band.low,
                "median": band.middle,
                "q3": band.high,
                "why": str(SilenceChoice(band.suppressed).label) if band.suppressed else "",
            }
        )
    return [
        {
            "title": str(LineKind(cohort).label) if cohort in LineKind.values else _("All lines"),
            "rows": rows,
        }
        for cohort, rows in tables.items()
        if cohort == COMPANY or not all(row["why"] for row in rows)
    ]


def _headline(card: LineScorecard) -> str:
    if card.line is None:
        words = ngettext(
            "%(n)d criterion separates the programme from %(level)s.",
            "%(n)d criteria separate the programme from %(level)s.",
            len(card.steps),
        )
    else:
        words = ngettext(
            "%(n)d criterion separates this line from %(level)s.",
            "%(n)d criteria separate this line from %(level)s.",
            len(card.steps),
        )
    return words % {"n": len(card.steps), "level": card.next_level}


def _why(cell: Any) -> str:
    return _(
        "%(met)d of %(all)d applicable criteria met. Bars show the value; each row opens the reason and the records behind it."
    ) % {
        "met": cell.met,
        "all": cell.applicable,
    }
