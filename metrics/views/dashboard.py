"""The hub's first page: where the programme stands, what needs me, what moved and why, what next, can I trust it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from coe.enums.roles import Permission
from coe.selectors.first_steps import steps_for
from coe.selectors.kept import Kept
from metrics.forms.stages import badge_of, effort_of, ladder_of, monthly, points, target_of
from metrics.selectors.dashboard import Dashboard, programme_dashboard
from metrics.selectors.pulse import Freshness
from metrics.selectors.rubrics import rubric_of
from metrics.selectors.scorecards import StageCell

ICONS = {
    "awaiting": ("care", "hourglass"),
    "orphan": ("bad", "user-off"),
    "mfa_off": ("bad", "shield-off"),
    "mfa_unknown": ("care", "question-mark"),
    "stale": ("care", "clock-exclamation"),
    "gone": ("bad", "user-x"),
    "late": ("bad", "flag"),
    "ended": ("care", "flag"),
    "rejected": ("care", "file-import"),
    "mails": ("bad", "mail"),
    "reviews": ("care", "scale"),
}


def _page_number(request: HttpRequest) -> int:
    given = request.GET.get("page", "1")
    return min(int(given), 10_000) if given.isascii() and given.isdecimal() and len(given) < 6 else 1


@require_GET
def dashboard(request: HttpRequest) -> HttpResponse:
    """Programme totals for everybody; lines, work and changes within the reader's scope."""
    principal, at = request.principal, timezone.now()
    found = programme_dashboard(principal, at, page=_page_number(request))
    context = {
        "line_total": found.totals.lines,
        "account_total": found.totals.accounts,
        "rubric": found.rubric,
        "known_at": max(
            (x for x in (found.freshness.full_at, found.freshness.incremental_at) if x), default=None
        ),
        "needs": [
            {
                "label": need.label,
                "count": need.count,
                "url": need.url,
                "tone": ICONS[need.kind][0],
                "icon": ICONS[need.kind][1],
            }
            for need in found.queue
        ],
        "freshness": _freshness(found.freshness),
        "wait": found.waiting,
        "wait_url": f"{reverse('waiting')}?page=dashboard",
        "running": found.freshness.running,
        "may_import": principal.holds_anywhere(Permission.IMPORT),
        "may_manage": Permission.MANAGE_LINES in principal.company_permissions,
        "steps": steps_for(principal),
        **({"programme": None} if principal.sees_all and not found.totals.lines else _scored(found, at)),
    }
    return render(request, "metrics/dashboard.html", context)


_SHOWN: Kept[dict[str, Any]] = Kept(32)


def _scored(found: Dashboard, at: Any) -> dict[str, Any]:
    """Stage, heat map, movements and actions; empty before the first run."""
    if not found.is_scored or found.rubric is None or found.overall is None:
        return {"programme": None}
    shown = _SHOWN.get(found.version, lambda: _worded(found))
    # Months end by the reader's clock.
    return {**shown, "heat_key": found.version, "trend": monthly(found.trend, at)}


def _worded(found: Dashboard) -> dict[str, Any]:
    """What follows from the scores and the language alone."""
    assert found.rubric is not None
    assert found.overall is not None
    ladder = ladder_of(rubric_of(found.rubric))
    levels = len(ladder)
    letters = {rung["name"]: rung | {} for rung in ladder}
    by_code = {cell.dimension: cell for cell in found.programme}
    whole = {
        "code": _("All"),
        "name": _("Programme"),
        "url": reverse("programme"),
        "group": True,
        "total": True,
        "stage": badge_of(found.overall, levels),
        "cells": [_cell(by_code.get(d.code), reverse("programme"), levels) for d in found.dimensions],
    }
    depths = [row.depth for row in found.heat] + [0]
    rows = [
        {
            "code": row.code,
            "name": row.name,
            "url": row.url,
            "group": has_children,
            "total": False,
            "stage": badge_of(row.overall, levels) if row.overall else None,
            "waived": row.overall.waived if row.overall else 0,
            "cells": [_cell(cell, row.url, levels) for cell in row.cells],
        }
        for row, has_children in (
            (row, below > row.depth) for row, below in zip(found.heat, depths[1:], strict=True)
        )
    ]
    reached = sum(1 for row in found.heat for cell in row.cells if cell and cell.standing == "reached")
    counted = sum(1 for row in found.heat for cell in row.cells if cell and cell.standing != "not_assessed")
    return {
        "programme": {
            "level": badge_of(found.overall, levels),
            "waived": found.overall.waived,
            "score": points(found.overall.score),
            "delta": points(found.overall.delta),
            "why": _("%(met)d of %(all)d applicable criteria are met across the programme.")
            % {"met": found.overall.met, "all": found.overall.applicable},
        },
        "title": found.title,
        "levels": [{"index": 0, "letter": "–", "name": _("Not yet"), "levels": levels}, *ladder],
        "level_count": levels,
        "dimensions": found.dimensions,
        "heat": [whole, *rows],
        "page": found.page,
        "has_more": found.has_more_lines,
        "tiles": [{"label": _("Cells at a stage"), "value": reached, "whole": counted}],
        "moved": [
            {
                "line": change.line_name,
                "url": change.url,
                "dimension": change.name,
                "before": letters.get(change.before),
                "after": letters.get(change.after),
                "causes": change.cause_labels,
                "turned": change.turned,
                "dimensions": change.dimensions,
                "at": change.at,
            }
            for change in found.moved
        ],
        "actions": [
            {
                "title": action.step.remedy or action.step.statement,
                "code": action.step.code,
                "effort": effort_of(action.step.effort),
                "url": action.step.fix_url or reverse("line-list"),
                "lines": action.lines,
                "lines_url": reverse("programme-criterion", args=[action.step.code]),
            }
            for action in found.actions
        ],
    }


def _cell(cell: StageCell | None, url: str, levels: int) -> dict[str, Any] | None:
    if cell is None or cell.standing == "not_assessed":
        return None
    return {
        "level": badge_of(cell, levels),
        "score": points(cell.score),
        "delta": points(cell.delta),
        "url": f"{url}#d-{cell.dimension}" if url else "",
        "dimension": cell.name,
        "target": target_of(cell, levels),
    }


def _freshness(found: Freshness) -> list[dict[str, Any]]:
    """When scores and figures last came in."""
    return [
        # A run leaves a row only where it changed something.
        {
            "name": _("Scores, after every change"),
            "at": found.incremental_at,
            "none": _("no change has moved a score yet"),
        },
        {"name": _("Scores, nightly full run"), "at": found.full_at, "none": _("never")},
        {"name": _("Newest figure of any account"), "at": found.newest_figure_on, "none": _("never")},
    ]
