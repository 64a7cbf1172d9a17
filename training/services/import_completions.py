"""Importing completions of any learning system from a file: who, which course, when. The third way in beside quiz and xAPI."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _, gettext_lazy

from coe.enums.roles import Permission
from coe.enums.work import RowOutcome
from coe.errors import Problem
from coe.intake import FieldDef, register_kind
from coe.models import User
from coe.rules.scope import trained_by
from coe.services.import_cells import moment, read_cells, text
from coe.services.importing import ImportContext, ImportKind, InputRow, RowResult
from coe.services.people import people_by_email
from training.enums.training import CompletionSource
from training.models import Course
from training.selectors.versions import version_at, versions_of
from training.services.completions import Finished, record_completions

FIELDS = ("email", "course", "completed_at", "score", "evidence")
register_kind(
    "completions",
    (
        FieldDef("email", "text", ("e-mail", "mail", "email address", "user", "username", "courriel", "adresse e-mail"), True),
        FieldDef("course", "text", ("course code", "short name", "activity id", "shortname", "formation", "code de formation"), True),
        FieldDef(
            "completed_at", "moment", ("completed", "completed on", "completion date", "date", "time completed", "achevée le", "achevé le"),
            True,
        ),
        FieldDef("score", "text", ("grade", "result", "note", "résultat")),
        FieldDef("evidence", "text", ("proof", "link", "certificate", "preuve", "lien")),
    ),
)  # fmt: skip
_PARSERS = {"email": text, "course": text, "completed_at": moment, "score": text, "evidence": text}
_BLANKS = {"score": "", "evidence": ""}


def _score(value: str, problems: list[Problem]) -> int | None:
    """A percentage, with or without its sign, in hundredths."""
    if not value:
        return None
    try:
        number = Decimal(value.strip().rstrip("%").strip().replace(",", "."))
        if not number.is_finite() or not 0 <= number <= 100:
            raise InvalidOperation
    except InvalidOperation:
        problems.append(Problem("score", "out_of_range", _("A score is 0 to 100 %.")))
        return None
    return int(number * 100)


class _Chunk:
    """What a chunk of rows refers to, read once: people, courses and their versions."""

    def __init__(
        self, ctx: ImportContext, rows: list[tuple[InputRow, dict[str, Any], list[Problem]]]
    ) -> None:
        emails = {str(values.get("email", "")).lower() for _row, values, _problems in rows}
        self.people = people_by_email(emails)
        courses = Course.objects.filter(
            code_key__in={str(values.get("course", "")).casefold() for _r, values, _p in rows}
        )
        self.courses = {course.code_key: course for course in courses}
        by_activity = Course.objects.filter(
            activity_id__in={str(values.get("course", "")) for _r, values, _p in rows}
        )
        self.courses |= {course.activity_id: course for course in by_activity}
        self.versions = versions_of(course.pk for course in self.courses.values())
        mine = trained_by(ctx.principal, ctx.at).filter(pk__in=[one.pk for one in self.people.values()])
        self.allowed = None if ctx.allowed is None else set(mine.values_list("pk", flat=True))

    def person(self, values: dict[str, Any], problems: list[Problem]) -> User | None:
        """The person of a row; one the importer keeps no records of is as unknown as one who is not there."""
        email = values.get("email", "").lower()
        person = self.people.get(email)
        if not email:
            problems.append(Problem("email", "required", _("A value is needed.")))
        elif person is None or (self.allowed is not None and person.pk not in self.allowed):
            message = _("“%(email)s” is nobody whose training you keep.") % {"email": email}
            problems.append(Problem("email", "person_unknown", message))
            return None
        return person

    def course(self, values: dict[str, Any], problems: list[Problem]) -> Course | None:
        """The course of a row, by code or xAPI activity id."""
        name = values.get("course", "")
        course = self.courses.get(name.casefold()) or self.courses.get(name)
        if course is None:
            message = _("“%(course)s” is no course: write its code or its activity id.") % {"course": name}
            problems.append(Problem("course", "course_unknown", message))
        return course


def _finished(chunk: _Chunk, values: dict[str, Any], problems: list[Problem]) -> Finished | None:
    person, course = chunk.person(values, problems), chunk.course(values, problems)
    achieved: datetime | None = values.get("completed_at")
    if achieved is None and not problems:
        problems.append(Problem("completed_at", "required", _("A value is needed.")))
    score = _score(values.get("score", ""), problems)
    if problems or person is None or course is None or achieved is None:
        return None
    version = version_at(course, achieved, versions=chunk.versions)
    if version is None:
        message = _("%(course)s has no published version yet.") % {"course": course.code}
        problems.append(Problem("course", "not_published", message))
        return None
    key = f"csv:{person.public_id}:{course.public_id}:{achieved.isoformat()}"
    evidence = values.get("evidence", "")
    return Finished(person, version, achieved, CompletionSource.CSV, key, evidence=evidence, score=score)


def import_completions(ctx: ImportContext, rows: Sequence[InputRow]) -> list[RowResult]:
    """Record completions; the same person, course and instant again is unchanged, whatever file it stands in."""
    results: dict[int, RowResult] = {}
    read: list[tuple[InputRow, dict[str, Any], list[Problem]]] = []
    for row in rows:
        if row.skip:
            results[row.number] = ctx.skipped(row)
            continue
        values, problems = read_cells(row.records[0].fields, parsers=_PARSERS, blanks=_BLANKS)
        read.append((row, values, problems))
    chunk = _Chunk(ctx, read)
    wanted: list[tuple[InputRow, Finished]] = []
    for row, values, problems in read:
        finished = _finished(chunk, values, problems)
        if finished is None:
            results[row.number] = ctx.rejected(row, *problems)
        else:
            wanted.append((row, finished))
    answers = record_completions([one for _row, one in wanted], by=ctx.by, at=ctx.at, batch=ctx.batch)
    for (row, _one), answer in zip(wanted, answers, strict=True):
        if answer.problem is not None:
            field = {"achieved_at": "completed_at", "version": "completed_at"}.get(
                answer.problem.field, answer.problem.field
            )
            results[row.number] = ctx.rejected(
                row, Problem(field, answer.problem.code, answer.problem.message)
            )
        else:
            outcome = RowOutcome.CREATED if answer.is_new else RowOutcome.UNCHANGED
            results[row.number] = RowResult(row.number, outcome)
    return [results[row.number] for row in rows]


COMPLETIONS = ImportKind(
    "completions", gettext_lazy("Completions"), Permission.RECORD_TRAINING, FIELDS, import_completions,
    required=("email", "course", "completed_at"),
)  # fmt: skip
