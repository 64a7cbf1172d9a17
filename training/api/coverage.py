"""Coverage: line × curriculum as a list, down to the people of a cell, and a reminder to those who owe something.

As a file it is `/exports/coverage/`.
"""

from typing import Any
from urllib.parse import quote

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.bodies import Body, Input
from coe.api.base.fields import line_brief, person_brief
from coe.api.base.idempotency import idempotent
from coe.api.base.pagination import HubPagination
from coe.api.base.queries import check_lines, lines_named
from coe.api.base.views import HubView, Operation
from coe.enums.roles import Permission
from coe.errors import Invalid, NotAllowed
from coe.models import BusinessLine, User
from coe.rules.scope import lines_in_scope
from coe.services.line_codes import line_key
from training.api.courses import course_brief
from training.api.curricula import curriculum_brief
from training.api.relations import LEARNER, learners
from training.models import Curriculum
from training.selectors.coverage import Cell, coverage, learners as people_of, may_see_people, with_gaps
from training.services.chasing import remind_learners

_PAGE = (
    ("limit", "integer", "1 to 1000; 50 when left out."),
    ("offset", "integer", "How many to leave out."),
)
_CELL = {
    "type": "object",
    "properties": {
        "line": {"oneOf": [{"$ref": "#/components/schemas/LineBrief"}, {"type": "null"}], "description": "null: the company."},
        "curriculum": {"type": "object"},
        "people": {"type": "integer", "description": "Who must."},
        "complete": {"type": "integer", "description": "Of them, with a valid certificate of every course."},
        "overdue": {"type": "integer", "description": "Of them, late with a course."},
        "url": {"type": ["string", "null"], "description": "The people, where you may see who they are."},
        "web_url": {"type": ["string", "null"]},
    },
}  # fmt: skip
_PERSON = {
    "type": "object",
    "properties": {
        "person": {"type": "object"},
        "lines": {"type": "array", "items": {"type": "string"}},
        "is_overdue": {"type": "boolean"},
        "lacks": {"type": "array", "items": {"type": "object"}},
    },
}
_REMINDED = {
    "type": "object",
    "properties": {
        "reminded": {"type": "array", "items": {"type": "object"}},
        "reminded_before": {
            "type": "array",
            "items": {"type": "object"},
            "description": "Got a reminder today already.",
        },
        "complete": {"type": "integer", "description": "How many owe nothing here."},
    },
}


def _known(request: Request, names: set[str]) -> None:
    if unknown := sorted(set(request.query_params) - names - {"format"}):
        words = _("Known here: %(known)s.") % {"known": ", ".join(sorted(names))}
        raise Invalid.one(unknown[0][:80], "parameter_unknown", words)


class CoverageListView(HubView):
    """The matrix as a list of cells."""

    tag = "training"
    permissions = {"GET": Permission.VIEW}
    operations = {
        "GET": Operation(
            "Coverage by line, with the lines below it, and curriculum",
            parameters=(
                ("line", "string", "Code of a line; several with commas."),
                ("line_subtree", "string", "Code of a line; with all lines below it."),
                ("curriculum", "string", "Code of a curriculum; several with commas."),
                *_PAGE,
            ),
            answer=_CELL,
            is_list=True,
        )
    }

    def get(self, request: Request) -> Response:
        """A page of cells, by line and curriculum; the company's own first, told to those who see all of it."""
        _known(request, {"line", "line_subtree", "curriculum", "limit", "offset"})
        asked = request.query_params
        lines = lines_in_scope(self.principal).active()
        for name in ("line", "line_subtree"):
            if name in asked:
                lines = lines.filter(
                    pk__in=lines_named(self.principal, name, asked.getlist(name)).values("pk")
                )
        check_lines(self.principal, asked)
        known = {line.pk: line for line in lines.order_by("code_key")}
        curricula = {one.pk: one for one in self._curricula(asked.getlist("curriculum"))}
        cells = coverage(self.principal, at=self.at, lines=known)
        places: list[BusinessLine | None] = list(known.values())
        if not {"line", "line_subtree"} & set(asked):
            places.insert(0, None)
        open_to = may_see_people(self.principal, known)
        rows = [
            self._told(line, one, cell, is_open=(line.pk if line else None) in open_to)
            for line in places
            for one in curricula.values()
            if (cell := cells.get((line.pk if line else None, one.pk))) is not None
        ]
        pages = HubPagination()
        return Response(pages.envelope(list(pages.slice(rows, request))))

    def _curricula(self, texts: list[str]) -> QuerySet[Curriculum]:
        live = Curriculum.objects.live().order_by("code_key")
        codes = [code.strip().casefold() for text in texts for code in text.split(",")]
        if not codes:
            return live
        if any("\x00" in code for code in codes):
            words = _("The value holds an invisible control character.")
            raise Invalid.one("curriculum", "control_character", words)
        return live.filter(code_key__in=codes)

    def _told(
        self, line: BusinessLine | None, one: Curriculum, cell: Cell, *, is_open: bool
    ) -> dict[str, Any]:
        code = quote(line.code) if line else "all"
        return {
            "line": line_brief(line.public_id, line.code, line.name) if line else None,
            "curriculum": curriculum_brief(one.public_id, one.code, one.titles),
            "people": cell.people, "complete": cell.complete, "overdue": cell.overdue,
            "url": f"/api/v1/coverage/{one.code}/{code}/" if is_open else None,
            "web_url": f"/training/coverage/{one.code}/{code}/" if is_open else None,
        }  # fmt: skip


class _CellView(HubView):
    tag = "training"

    def cell(self, code: str, line: str) -> tuple[Curriculum, BusinessLine | None]:
        """Curriculum and line of a cell; “all” stands for the company. 404 out of scope, 403 where people are not shown."""
        curriculum = Curriculum.objects.live().filter(code_key=code.casefold()).first()
        where = None
        if line != "all":
            where = lines_in_scope(self.principal).filter(code_key=line_key(line)).first()
        if curriculum is None or (where is None and (line != "all" or not self.principal.sees_all)):
            raise Http404
        key = where.pk if where is not None else None
        if key not in may_see_people(self.principal, [] if key is None else [key]):
            raise NotAllowed()
        return curriculum, where

    def people(self, curriculum: Curriculum, line: BusinessLine | None) -> QuerySet[User]:
        """Who stands behind the cell."""
        return people_of(curriculum, principal=self.principal, at=self.at, line=line)


class CoveragePeopleView(_CellView):
    """The people of a cell."""

    permissions = {"GET": Permission.VIEW}
    operations = {
        "GET": Operation(
            "Who must complete a curriculum on a line, those who are late first, with what each lacks",
            parameters=_PAGE,
            answer={
                "type": "object",
                "properties": {
                    "count": {"type": "integer"},
                    "next": {"type": ["string", "null"]},
                    "previous": {"type": ["string", "null"]},
                    "results": {"type": "array", "items": _PERSON},
                },
            },
        )
    }

    def get(self, request: Request, code: str, line: str) -> Response:
        """A page of people."""
        curriculum, where = self.cell(code, line)
        _known(request, {"limit", "offset"})
        pages = HubPagination()
        page = pages.paginate_queryset(self.people(curriculum, where), request, self)
        rows = with_gaps(page, curriculum=curriculum, principal=self.principal, at=self.at)
        results = [
            {
                "person": _brief(row.person), "lines": row.lines, "is_overdue": row.is_overdue,
                "lacks": [
                    {"course": course_brief(course.public_id, course.code, course.titles), "due_at": due}
                    for course, due in row.lacks
                ],
            }
            for row in rows
        ]  # fmt: skip
        return Response(pages.envelope(results))


def _brief(person: User) -> dict[str, Any] | None:
    return person_brief(person.public_id, person.email, person.name)


class CoverageRemindView(_CellView):
    """A reminder to the people of a cell."""

    permissions = {"POST": Permission.RECORD_TRAINING}
    operations = {
        "POST": Operation(
            "Remind everybody of a cell who lacks a course, or one person; at most one reminder a day reaches anybody",
            (Input("person", relation=LEARNER, note="Everybody who lacks something when left out."),),
            answer=_REMINDED,
            example={"person": "ada@example.com"},
        )
    }

    @idempotent
    def post(self, request: Request, code: str, line: str) -> Response:
        """Remind them, and tell what happened."""
        curriculum, where = self.cell(code, line)
        body = Body(request.data or {}, self.operations["POST"].inputs, self.principal)
        people = self.people(curriculum, where).filter(pk__in=learners(self.principal).values("pk"))
        if "person" in body.values:
            people = people.filter(pk=body.values["person"].pk)
            if not people:
                message = _("“%(text)s” is not one of the people of this cell.")
                told = {"text": body.values["person"].email}
                raise Invalid.one("person", "not_found", message % told)
        done = remind_learners(people, curriculum=curriculum, by=self.principal.actor, at=self.at)
        return Response(
            {
                "reminded": [_brief(one) for one in done.sent],
                "reminded_before": [_brief(one) for one in done.known],
                "complete": len(done.free),
            }
        )
