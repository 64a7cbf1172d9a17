"""How all lines stand at once: the rows of the heat map, and the badge of one line for other people's pages."""

import hashlib
from typing import Any
from urllib.parse import quote

from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.utils.html import escape
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.concurrency import is_known
from coe.api.base.fields import Field, Filter, Resource, line_field, plain
from coe.api.base.files import FileView
from coe.api.base.views import HubView, Operation
from coe.enums.roles import Permission
from coe.rules.principals import Principal
from coe.rules.scope import lines_in_scope, scoped
from coe.services.line_codes import line_key
from metrics.enums.maturity import StandingChoice
from metrics.models import StageRow
from metrics.selectors.line_stages import overall_stages

# The stage ramp of the theme (static/hub), sand to teal, and grey below the first.
_RAMP = ("#8a8f98", "#b8860b", "#5b8c3e", "#0f766e")


def stages_seen(principal: Principal) -> QuerySet[StageRow]:
    """Stages of the caller's lines under the current rubric, as they are now."""
    return scoped(StageRow.objects.open().filter(rubric__is_current=True, line__isnull=False), principal)


STAGES = Resource(
    name="Stage",
    plural="stages",
    rows=stages_seen,
    line="line",
    fields=(
        line_field(),
        Field("url", ("line__code",), "uri", lambda code: f"/api/v1/scorecards/{quote(code)}/"),
        plain("dimension", note="Empty: the whole."),
        plain("standing", choices=StandingChoice),
        plain("level_index", "integer", note="From 0; -1: not yet."),
        Field(
            "score",
            ("score_tenths",),
            "number",
            lambda tenths: None if tenths is None else tenths / 10,
            nullable=True,
        ),
        *(plain(name, "integer") for name in ("met", "applicable", "waived")),
        plain("known_from", "datetime"),
    ),
    filters=(
        Filter("dimension", "dimension"),
        Filter("standing", "standing", choices=StandingChoice),
        Filter("level_index", "level_index", "integer"),
        Filter("known_from", "known_from", "datetime"),
    ),
    ordering={
        "line": "line__code_key",
        "dimension": "dimension",
        "score": "score_tenths",
        "known_from": "known_from",
    },
    default=("line__code_key", "dimension"),
    description="The stage of each dimension (and of the whole) of your lines, without the why: see the scorecard of a line for that.",
)


class StageListView(HubView):
    """The heat map as a list."""

    resource = STAGES
    tag = "scorecards"
    permissions = {"GET": Permission.VIEW}
    operations = {"GET": Operation("List the stages of lines", is_list=True)}

    def get(self, request: Request) -> Response:
        """A page of stages."""
        return self.listed(STAGES)


def badge(label: str, words: str, colour: str) -> str:
    """A flat two-part badge; colour never stands alone, the word says it too."""
    left, right = 12 + 7 * min(len(label), 40), 12 + 7 * min(len(words), 40)
    label, words = escape(label[:40]), escape(words[:40])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" aria-label="{label}: {words}">'
        f"<title>{label}: {words}</title>"
        f'<rect width="{left}" height="20" fill="#3b4252"/><rect x="{left}" width="{right}" height="20" fill="{colour}"/>'
        f'<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        f'<text x="{left / 2}" y="14">{label}</text><text x="{left + right / 2}" y="14">{words}</text></g></svg>'
    )


class LineBadgeView(FileView):
    """The stage of one line as a picture."""

    tag = "lines"
    permissions = {"GET": Permission.VIEW}
    operations = {"GET": Operation("The stage of a line as an SVG badge", produces=("image/svg+xml",))}

    def get(self, request: Request, code: str) -> HttpResponseBase:
        """The badge, with its ETag."""
        line = lines_in_scope(self.principal).filter(code_key=line_key(code)).first()
        if line is None:
            raise Http404
        stages, levels = overall_stages([line.pk])
        cell: Any = stages.get(line.pk)
        words = cell.level_name if cell else _("Not assessed")
        place = cell.index + 1 if cell else 0
        colour = (
            _RAMP[0] if place <= 0 else _RAMP[-1 if place >= levels else max(1, round(place * 3 / levels))]
        )
        picture = badge(line.name, words, colour)
        etag = f'"{hashlib.sha256(picture.encode()).hexdigest()[:16]}"'
        answer = HttpResponse(status=304) if is_known(request, etag) else HttpResponse(picture)
        answer["ETag"] = etag
        # A picture with a name in it belongs to whoever may see the line; it runs nothing, wherever it is opened.
        answer["Content-Security-Policy"] = "default-src 'none'; style-src 'none'; sandbox"
        answer["Content-Type"] = "image/svg+xml; charset=utf-8"
        answer["X-Content-Type-Options"] = "nosniff"
        return answer
