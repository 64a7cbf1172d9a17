"""Scorecards: how a line stands, why, and what to do next; as it is, or as it was known on a day."""

import dataclasses
import datetime as dt
from typing import Any
from urllib.parse import quote

from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.concurrency import etag_of, is_known
from coe.api.base.fields import line_brief
from coe.api.base.permissions import Door
from coe.api.base.queries import value_of
from coe.api.base.views import HubView, Operation
from coe.enums.roles import Permission
from coe.errors import Invalid
from coe.rules.scope import lines_in_scope
from coe.services.line_codes import line_key
from metrics.enums.maturity import SilenceChoice
from metrics.selectors.cards import Band
from metrics.selectors.scorecards import LineScorecard, StageCell, line_scorecard, programme_scorecard

_AS_OF = (("as_of", "date", "As it was known at the end of this day."),)
_ANSWER = {
    "type": "object",
    "properties": {
        "line": {"type": ["object", "null"], "description": "null: the programme."},
        "rubric": {"type": ["object", "null"]},
        "as_of": {"type": "string", "format": "date"},
        "is_scored": {"type": "boolean"},
        "overall": {"type": ["object", "null"]},
        "dimensions": {"type": "array", "items": {"type": "object"}},
        "criteria": {
            "type": "array",
            "items": {"type": "object"},
            "description": "Each with its verdict, its numbers, why, and the page that fixes it.",
        },
        "next": {"type": "object"},
        "bands": {
            "type": "array",
            "items": {"type": "object"},
            "description": "The middle half of fixed cohorts. Without numbers where `suppressed` names a reason, told in `reason`.",
        },
        "trend": {"type": "array", "items": {"type": "object"}},
        "computed_at": {"type": ["string", "null"], "format": "date-time"},
    },
}


def _cell(cell: StageCell) -> dict[str, Any]:
    found = dataclasses.asdict(cell)
    # Tenths of a point inside, points with one decimal outside: 0 to 100.
    for name in ("score", "delta"):
        found[name] = None if found[name] is None else found[name] / 10
    return found


def _band(band: Band) -> dict[str, Any]:
    reason = str(SilenceChoice(band.suppressed).label) if band.suppressed else ""
    return dataclasses.asdict(band) | {"reason": reason}


def told_scorecard(card: LineScorecard) -> dict[str, Any]:
    """A scorecard as the API tells it."""
    line, rubric = card.line, card.rubric
    return {
        "line": line_brief(line.public_id, line.code, line.name) if line else None,
        "url": f"/api/v1/scorecards/{quote(line.code)}/" if line else "/api/v1/scorecards/",
        "rubric": {
            "id": rubric.public_id,
            "code": rubric.code,
            "version": rubric.version,
            "title": card.title,
        }
        if rubric
        else None,
        "as_of": card.as_of,
        "is_scored": card.is_scored,
        "overall": _cell(card.overall) if card.overall else None,
        "dimensions": [_cell(cell) for cell in card.dimensions],
        "criteria": [dataclasses.asdict(row) for row in card.criteria],
        "next": {
            "level": card.next_level,
            "is_reachable": card.is_next_reachable,
            "steps": [dataclasses.asdict(step) for step in card.steps],
        },
        "bands": [_band(band) for band in card.bands],
        "trend": [
            {"at": point.at, "index": point.index, "score": None if point.score is None else point.score / 10}
            for point in card.trend
        ],
        "computed_at": card.computed_at,
    }


class _ScorecardView(HubView):
    tag = "scorecards"

    def day(self, request: Request) -> dt.date | None:
        """The day asked for."""
        if unknown := sorted(set(request.query_params) - {"as_of", "format"}):
            raise Invalid.one(unknown[0][:80], "parameter_unknown", _("Known here: as_of."))
        text = request.query_params.get("as_of", "")
        day: dt.date | None = value_of("date", "as_of", text) if text else None
        if day is not None and not dt.date(2000, 1, 1) <= day <= dt.date(2100, 1, 1):
            raise Invalid.one("as_of", "out_of_range", _("Name a day from 2000-01-01 to 2100-01-01."))
        return day

    def answered(self, request: Request, card: LineScorecard) -> Response:
        """The scorecard with its ETag."""
        body = told_scorecard(card)
        etag = etag_of(0, body)
        if is_known(request, etag):
            return Response(status=304, headers={"ETag": etag})
        return Response(body, headers={"ETag": etag})


class LineScorecardView(_ScorecardView):
    """The scorecard of one line with all lines below it."""

    permissions = {"GET": Permission.VIEW}
    operations = {"GET": Operation("The scorecard of a line, with why", parameters=_AS_OF, answer=_ANSWER)}

    def get(self, request: Request, code: str) -> Response:
        """The scorecard."""
        line = lines_in_scope(self.principal).filter(code_key=line_key(code)).first()
        if line is None:
            raise Http404
        return self.answered(request, line_scorecard(line, self.principal, self.at, self.day(request)))


class ProgrammeScorecardView(_ScorecardView):
    """The scorecard of the programme: for everybody who is signed in."""

    permissions = {"GET": Door.SIGNED_IN}
    operations = {"GET": Operation("The scorecard of the programme", parameters=_AS_OF, answer=_ANSWER)}

    def get(self, request: Request) -> Response:
        """The scorecard."""
        return self.answered(request, programme_scorecard(self.at, self.day(request)))
