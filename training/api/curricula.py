"""Curricula: which roles need which courses, and by when. A write enrols and withdraws people in the same transaction."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.bodies import Body, Input
from coe.api.base.bulk import ID, REVISION, ManyView, NaturalKey
from coe.api.base.concurrency import expected_revision
from coe.api.base.fields import Field, Filter, Resource, brief, plain
from coe.api.base.idempotency import idempotent
from coe.api.base.views import Operation
from coe.enums.roles import Permission
from coe.errors import Invalid, Problem
from coe.models import BusinessLine
from coe.rules.principals import Principal
from coe.rules.scope import lines_in_scope, require
from coe.services.line_codes import line_key
from coe.services.records import required
from training.models import Course, Curriculum, CurriculumItem, CurriculumRole, Enrolment
from training.models.texts import read
from training.services.curricula import Item, archive_curriculum, create_curriculum, edit_curriculum


def curriculum_brief(public_id: Any, code: str | None, titles: Any) -> dict[str, Any] | None:
    """A curriculum as other records name it."""
    if public_id is None:
        return None
    return {
        "id": public_id, "code": code, "display": read(titles) or code, "url": f"/api/v1/curricula/{code}/",
        "web_url": f"/training/curricula/{code}/",
    }  # fmt: skip


def curriculum_field() -> Field:
    """A related curriculum."""
    return brief("curriculum", "CurriculumBrief", curriculum_brief, ("public_id", "code", "titles"))


def _roles(keys: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for row in CurriculumRole.objects.filter(curriculum_id__in=keys).order_by("role"):
        found.setdefault(row.curriculum_id, []).append(row.role)
    return found


def _items(keys: list[int]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    rows = (
        CurriculumItem.objects.filter(curriculum_id__in=keys)
        .select_related("course")
        .prefetch_related("after")
    )
    for row in rows.order_by("curriculum_id", "order"):
        after = sorted(one.code for one in row.after.all())
        item = {"course": row.course.code, "due_days": row.due_days, "after": after}
        found.setdefault(row.curriculum_id, []).append(item)
    return found


def _lines(keys: list[int], seen: QuerySet[BusinessLine] | None = None) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    lines = BusinessLine.objects.none() if seen is None else seen
    pairs = lines.filter(curricula__in=keys).order_by("code_key").values_list("curricula", "code")
    for key, code in pairs:
        found.setdefault(key, []).append(code)
    return found


def _enrolled(lines: QuerySet[BusinessLine]) -> QuerySet[Enrolment]:
    """Enrolments of these lines in curricula."""
    return Enrolment.objects.open().filter(line__in=lines, curriculum__isnull=False)


CURRICULA = Resource(
    name="Curriculum",
    plural="curricula",
    rows=lambda principal: Curriculum.objects.all(),
    on_lines=lambda lines: Q(pk__in=_enrolled(lines).values("curriculum_id")),
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("code",), "uri", lambda code: f"/api/v1/curricula/{code}/"),
        Field("web_url", ("code",), "uri", lambda code: f"/training/curricula/{code}/"),
        Field("display", ("titles", "code"), make=lambda titles, code: read(titles) or code),
        plain("code"),
        plain("titles", "object"),
        plain("summaries", "object"),
        Field("roles", kind="strings", collect=_roles),
        Field(
            "lines",
            kind="strings",
            collect=_lines,
            note="Codes in your scope; none: it holds everywhere, or on lines of others.",
        ),
        Field("items", kind="any", collect=_items),
        plain("archived_at", "datetime", nullable=True),
        plain("revision", "integer"),
        plain("updated_at", "datetime"),
    ),
    filters=(Filter("code", "code_key", fold=str.casefold), Filter("archived_at", "archived_at", "datetime")),
    ordering={"code": "code_key", "updated_at": "updated_at"},
    default=("code_key",),
    search=lambda words: Q(code__icontains=words) | Q(titles__icontains=words),
    description="Which roles need which courses, and by when.",
)


def curricula_of(principal: Principal) -> Resource:
    """The resource as a caller reads it: of the lines of a curriculum, only those in their scope."""
    lines = partial(_lines, seen=lines_in_scope(principal))
    fields = (replace(one, collect=lines) if one.name == "lines" else one for one in CURRICULA.fields)
    return replace(CURRICULA, fields=tuple(fields))


_WORDS = (
    Input("titles", "object", note='By language: {"en": "…", "fr": "…"}.'),
    Input("summaries", "object", note="By language, Markdown."),
    Input("roles", "strings", note="Whoever holds one of them is enrolled."),
    Input("lines", "strings", note="Codes; with all lines below them. None: it holds everywhere."),
    Input(
        "items", "array",
        note='[{"course": "FND", "due_days": 30, "after": ["…"]}] in order; replaces all of them. `after`: codes of courses of this list.',
    ),
)  # fmt: skip
CREATE = (
    Input("code", required=True), Input("titles", "object", required=True), *_WORDS[1:-1], replace(_WORDS[-1], required=True),
)  # fmt: skip
PUT = (Input("code", required=True), *_WORDS)
BY_CODE = NaturalKey("code_key", lambda text: text.strip().casefold())
EXAMPLE = {
    "code": "care",
    "titles": {"en": "Customer care", "fr": "Relation client"},
    "roles": ["community_manager"],
    "items": [{"course": "FND", "due_days": 14}, {"course": "ACC", "due_days": 30, "after": ["FND"]}],
}


def _of(
    values: list[Any], where: str, rows: Mapping[str, Any], words: str, problems: list[Problem]
) -> list[Any]:
    """Records by code; each code that names none becomes a problem at its place."""
    found = []
    for place, code in enumerate(values):
        row = rows.get(code.strip().casefold()) if isinstance(code, str) else None
        if row is None:
            message = words % {"code": str(code)[:80]}
            problems.append(Problem(f"{where}/{place}", "not_found", message))
        else:
            found.append(row)
    return found


def _items_of(values: list[Any], problems: list[Problem]) -> list[Item]:
    entries = [one if isinstance(one, dict) else {} for one in values]
    codes = {one.get("course") for one in entries} | {
        code for one in entries for code in (one["after"] if isinstance(one.get("after"), list) else ())
    }
    keys = {code.strip().casefold() for code in codes if isinstance(code, str) and "\x00" not in code}
    rows = {course.code_key: course for course in Course.objects.filter(code_key__in=keys)}
    words, items = _("“%(code)s” is no course."), []
    for place, one in enumerate(entries):
        where, days, after = f"items/{place}", one.get("due_days", 30), one.get("after", [])
        if (
            set(one) - {"course", "due_days", "after"}
            or "course" not in one
            or type(days) is not int
            or not isinstance(after, list)
        ):
            message = _("Write an item as {“course”: “FND”, “due_days”: 30, “after”: []}.")
            problems.append(Problem(where, "item_form", message))
            continue
        course = _of([one["course"]], f"{where}/course", rows, words, problems)
        before = _of(after, f"{where}/after", rows, words, problems)
        if course:
            items.append(Item(course[0], days, tuple(before)))
    return items


def _values(body: Body) -> dict[str, Any]:
    """What the services take.

    :raises Invalid: names every code that is none.
    """
    values, problems = dict(body.values), list[Problem]()
    if "lines" in values:
        keys = [line_key(code) for code in values["lines"]]
        lines = {line.code_key: line for line in BusinessLine.objects.filter(code_key__in=keys)}
        named = {
            code.strip().casefold(): lines[line_key(code)]
            for code in values["lines"]
            if line_key(code) in lines
        }
        values["lines"] = _of(values["lines"], "lines", named, _("“%(code)s” is no line."), problems)
    if "items" in values:
        values["items"] = _items_of(values["items"], problems)
    if problems:
        raise Invalid(problems[0].message, problems=tuple(problems))
    return values


class _CurriculumView(ManyView):
    resource = CURRICULA
    tag = "training"

    def told_by(self, body: Body) -> dict[str, Any]:
        """Who writes, when and why."""
        return {"by": self.principal.actor, "at": self.at, "why": body.why}

    def curriculum(self, code: str) -> Curriculum:
        """The curriculum of a code; 404 otherwise."""
        found = Curriculum.objects.filter(code_key=BY_CODE.fold(code)).first()
        if found is None:
            raise Http404
        return found

    def shown(self, curriculum: Curriculum, status: int = 200) -> Response:
        """The curriculum as it is now."""
        return self.told(curricula_of(self.principal), status=status, pk=curriculum.pk)

    def edit(self, curriculum: Curriculum, body: Body, revision: int | None) -> Curriculum:
        """Change one curriculum."""
        return edit_curriculum(curriculum, expected_revision=revision, **_values(body), **self.told_by(body))

    def create(self, code: str, body: Body) -> Curriculum:
        """Add one curriculum."""
        values = _values(body)
        if missing := [name for name in ("titles", "items") if name not in values]:
            raise required(missing[0])
        return create_curriculum(code=code, **values, **self.told_by(body))

    def archive(self, curriculum: Curriculum, why: str, revision: int | None) -> Curriculum:
        """Put one curriculum away."""
        by, at = self.principal.actor, self.at
        return archive_curriculum(curriculum, by=by, at=at, why=why, expected_revision=revision)


class CurriculumListView(_CurriculumView):
    """Curricula."""

    permissions = {
        "GET": Permission.VIEW,
        **dict.fromkeys(("POST", "PUT", "PATCH", "DELETE"), Permission.MANAGE_TRAINING),
    }
    operations = {
        "GET": Operation("List curricula", is_list=True),
        "POST": Operation(
            "Add one curriculum and enrol whoever holds its roles, or several, all or nothing", CREATE, status=201, takes_array=True,
            example=EXAMPLE,
        ),
        "PUT": Operation("Add curricula, or edit those whose code exists; all or nothing", PUT, takes_array=True, example=[EXAMPLE]),
        "PATCH": Operation(
            "Edit several curricula, all or nothing; each names its id or code", (ID, REVISION, *_WORDS), takes_array=True,
            example=[{"id": "care", "roles": ["community_manager", "contributor"]}],
        ),
        "DELETE": Operation("Archive several curricula, all or nothing, and withdraw everybody from them", takes_array=True),
    }  # fmt: skip

    def get(self, request: Request) -> Response:
        """A page of curricula."""
        return self.listed(curricula_of(self.principal))

    @idempotent
    def post(self, request: Request) -> Response:
        """Add curricula."""
        require(self.principal, Permission.MANAGE_TRAINING)

        def one(data: Any) -> Curriculum:
            body = Body(data, CREATE, self.principal)
            return self.create(body.values.pop("code"), body)

        return self.write_one_or_many(
            curricula_of(self.principal), one, rows=Curriculum.objects.all(), status=201
        )

    def put(self, request: Request) -> Response:
        """Add curricula, or edit those that are there."""
        require(self.principal, Permission.MANAGE_TRAINING)

        def put(body: Body, revision: int | None) -> tuple[Curriculum, bool]:
            code = body.values.pop("code")
            found = Curriculum.objects.filter(code_key=BY_CODE.fold(code)).first()
            return (
                (self.create(code, body), True)
                if found is None
                else (self.edit(found, body, revision), False)
            )

        return self.put_each(curricula_of(self.principal), put, rows=Curriculum.objects.all(), inputs=PUT)

    def patch(self, request: Request) -> Response:
        """Edit curricula by id or code."""
        require(self.principal, Permission.MANAGE_TRAINING)
        return self.edit_each(
            curricula_of(self.principal), self.edit, rows=Curriculum.objects.all(), inputs=_WORDS, key=BY_CODE
        )

    def delete(self, request: Request) -> Response:
        """Archive curricula."""
        require(self.principal, Permission.MANAGE_TRAINING)
        return self.remove_each(
            self.archive, rows=Curriculum.objects.all(), resource=curricula_of(self.principal), key=BY_CODE
        )


class CurriculumDetailView(_CurriculumView):
    """One curriculum."""

    permissions = {
        "GET": Permission.VIEW,
        **dict.fromkeys(("PUT", "PATCH", "DELETE"), Permission.MANAGE_TRAINING),
    }
    operations = {
        "GET": Operation("Read a curriculum"),
        "PUT": Operation(
            "Add a curriculum of this code, or edit it", _WORDS, example={key: EXAMPLE[key] for key in ("titles", "roles", "items")}
        ),
        "PATCH": Operation("Edit a curriculum; enrolments follow", _WORDS, example={"items": EXAMPLE["items"]}),
        "DELETE": Operation("Archive a curriculum and withdraw everybody from it"),
    }  # fmt: skip

    def get(self, request: Request, code: str) -> Response:
        """The curriculum."""
        return self.told(curricula_of(self.principal), code_key=BY_CODE.fold(code))

    def put(self, request: Request, code: str) -> Response:
        """Add or edit by the code in the address."""
        require(self.principal, Permission.MANAGE_TRAINING)
        if Curriculum.objects.filter(code_key=BY_CODE.fold(code)).exists():
            return self.patch(request, code)
        return self.shown(self.create(code, Body(request.data, _WORDS, self.principal, partial=True)), 201)

    def patch(self, request: Request, code: str) -> Response:
        """Change the curriculum."""
        require(self.principal, Permission.MANAGE_TRAINING)
        curriculum = self.curriculum(code)
        body = Body(request.data, _WORDS, self.principal, partial=True)
        return self.shown(self.edit(curriculum, body, expected_revision(request)))

    def delete(self, request: Request, code: str) -> Response:
        """Archive it."""
        require(self.principal, Permission.MANAGE_TRAINING)
        return self.shown(self.archive(self.curriculum(code), "", expected_revision(request)))
