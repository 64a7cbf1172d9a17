"""Rows 10 and 11: a thousand statements in one POST against raw inserts of the same rows; the coverage matrix against a plain table."""

import datetime as dt
import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from uuid import UUID, uuid5

import orjson
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.template import Template, engines
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from bench.callers import session_headers, token_headers
from bench.frame import Bench, Goal, Result, Row, equal
from bench.server import Client, serving
from coe.enums.roles import Role
from coe.models import BusinessLine, ChangeEvent, LineFact, Timer, User
from coe.rules.principals import Actor
from training.models import (
    Certificate,
    Completion,
    Course,
    CourseVersion,
    Curriculum,
    Enrolment,
    Requirement,
    Statement,
)
from training.rules.validity import expiry_of
from training.services.certificates import EXPIRY, fresh_code
from training.services.completions import Finished, record_completions
from training.services.courses import create_course
from training.services.curricula import Item, create_curriculum

_COUNT, _CALLS = 1_000, 2
_LINES, _PAGE = 50, 15
_BY = Actor.system("bench")
_CODE = "BENCH"
_PASSED = "http://adlnet.gov/expapi/verbs/passed"
_SPACE = UUID(int=(7 << 76) | (2 << 62) | 10)


@csrf_exempt
@login_not_required
@require_POST
def floor_statements(request: HttpRequest) -> HttpResponse:
    """The floor: nothing validated, people by one query, and the rows of ours by `bulk_create` in one transaction."""
    documents, at = orjson.loads(request.body), timezone.now()
    emails = {one["actor"]["mbox"][7:] for one in documents}
    people = {row.email: row for row in User.objects.filter(email__in=emails)}
    version = CourseVersion.objects.select_related("course").get(course__code=_CODE)
    line = BusinessLine.objects.get(code=request.GET["line"])
    stamp = {"created_at": at, "updated_at": at}
    with transaction.atomic():
        done = Completion.objects.bulk_create(
            [
                Completion(
                    user=people[one["actor"]["mbox"][7:]], course=version.course, version=version, source="xapi",
                    achieved_at=dt.datetime.fromisoformat(one["timestamp"]), key=f"xapi:{one['id']}",
                    evidence=f"xAPI {one['id']}", score=round(one["result"]["score"]["scaled"] * 10_000), **stamp,
                )
                for one in documents
            ],
            batch_size=500,
        )  # fmt: skip
        held = Certificate.objects.bulk_create(
            [
                Certificate(
                    code=fresh_code(), completion=one, user=one.user, course=one.course, issued_at=one.achieved_at,
                    expires_at=expiry_of(one.achieved_at, 12), **stamp,
                )
                for one in done
            ],
            batch_size=500,
        )  # fmt: skip
        ChangeEvent.objects.bulk_create(
            [
                ChangeEvent(
                    at=at, actor_kind="token", actor_id="", actor_label="bench", action=action, object_type="training",
                    object_id=row.public_id, object_label=str(row), changes={"at": [None, at.isoformat()]},
                )
                for action, rows in (("completion.recorded", done), ("certificate.issued", held))
                for row in rows
            ],
            batch_size=500,
        )  # fmt: skip
        Timer.objects.bulk_create(
            [
                Timer(kind=EXPIRY, subject=str(row.public_id), due_at=row.expires_at, **stamp)
                for row in held
                if row.expires_at > at
            ],
            batch_size=500,
        )
        Statement.objects.bulk_create(
            [
                Statement(
                    line=line, statement_id=UUID(one["id"]), fingerprint=hashlib.sha256(request.body[:64]).hexdigest(), document=one,
                    verb=_PASSED, activity=version.course.activity_id, registration=UUID(one["context"]["registration"]),
                    actor_kind="mbox", actor_value=one["actor"]["mbox"][7:], effect="passed", event=one["id"],
                    happened_at=row.achieved_at, stored_at=at, state="applied", user=row.user, course=version.course,
                    completion=row, **stamp,
                )
                for one, row in zip(documents, done, strict=True)
            ],
            batch_size=500,
        )  # fmt: skip
    return HttpResponse(orjson.dumps([one["id"] for one in documents]), content_type="application/json")


def _statements(bench: Bench, side: str, number: int) -> bytes:
    """A thousand passed statements of the region's people, a registration each."""
    emails = list(
        User.objects.filter(
            role_assignments__line__ancestor_links__ancestor__code=bench.world.region
        ).order_by("pk").values_list("email", flat=True).distinct()
    )  # fmt: skip
    activity = Course.objects.get(code=_CODE).activity_id
    found = []
    for n in range(_COUNT):
        key = str(uuid5(_SPACE, f"{side}:{number}:{n}"))
        moment = bench.world.at - dt.timedelta(days=1 + n // len(emails), minutes=number)
        found.append(
            {
                "id": key, "actor": {"name": "Somebody", "mbox": f"mailto:{emails[n % len(emails)]}"},
                "verb": {"id": _PASSED, "display": {"en": "passed"}},
                "object": {"id": activity, "definition": {"name": {"en": "Bench"}}},
                "result": {"success": True, "score": {"scaled": n % 100 / 100}, "duration": "PT30M"},
                "context": {"registration": key, "platform": "LMS"}, "timestamp": moment.isoformat(),
            }
        )  # fmt: skip
    return orjson.dumps(found)


def _stored(ids: list[str]) -> list[tuple[Any, ...]]:
    """What stands of these statements, but for what each side makes up."""
    rows = Statement.objects.filter(statement_id__in=[UUID(one) for one in ids])
    columns = (
        "actor_value", "verb", "activity", "effect", "state", "completion__user_id", "completion__score", "completion__achieved_at",
        "completion__certificate__expires_at",
    )  # fmt: skip
    return sorted(map(tuple, rows.values_list(*columns)), key=str)


def _same_intake(ours: bytes, theirs: bytes) -> None:
    mine, other = orjson.loads(ours), orjson.loads(theirs)
    equal(_stored(mine), _stored(other))
    equal(len(mine), _COUNT, "statements")


@contextmanager
def _school(bench: Bench) -> Iterator[None]:
    """A published course of a curriculum for leads and deputies, half of whom hold its certificate; gone again afterwards."""
    _clean()
    at = bench.world.at - dt.timedelta(days=390)
    course = create_course(
        code=_CODE, titles={"en": "Bench"}, modes=["session"], validity_months=12, by=_BY, at=at
    )
    CourseVersion.objects.create(
        course=course, number=1, state="published", published_at=at, objectives={"en": ["Know it"]}, duration_minutes=30,
        created_at=at, updated_at=at,
    )  # fmt: skip
    create_curriculum(
        code="bench", titles={"en": "Bench"}, roles=[Role.LINE_LEAD, Role.DEPUTY], items=[Item(course, 30)], by=_BY, at=at
    )  # fmt: skip
    try:
        yield
    finally:
        _clean()


def _clean() -> None:
    course = Q(course__code=_CODE)
    Statement.objects.filter(course).delete()
    Timer.objects.filter(kind=EXPIRY).delete()
    Certificate.objects.filter(course).delete()
    Completion.objects.filter(course).delete()
    Requirement.objects.filter(course).delete()
    Enrolment.objects.filter(curriculum__code="bench").delete()
    Curriculum.objects.filter(code="bench").delete()
    CourseVersion.objects.filter(course).delete()
    Course.objects.filter(code=_CODE).delete()
    LineFact.objects.all().delete()


def _intake(bench: Bench) -> list[Result]:
    address, floor = "/xapi/statements", f"/floor/xapi/?line={bench.world.region}"
    with _school(bench), serving() as port:
        client = Client(port)

        def before() -> None:
            client.fresh()
            client.headers = token_headers(bench.world, ("read", "training:write")) | {
                "Content-Type": "application/json", "X-Experience-API-Version": "1.0.3",
            }  # fmt: skip

        before()
        queries = client.queries(address, method="POST", body=_statements(bench, "warm", 0))
        return [
            bench.compare(
                10, "xAPI: 1,000 statements in one POST, each a completion with its certificate, history and clock",
                "raw bulk_create of the same rows in one transaction, nothing validated or matched",
                lambda n: client.request(address, method="POST", body=_statements(bench, "ours", n)),
                lambda n: client.request(floor, method="POST", body=_statements(bench, "floor", n)),
                goal=Goal(0.35, at_least=True), calls=_CALLS, same=_same_intake, before=before, rate=_COUNT, queries=queries,
            )
        ]  # fmt: skip


@cache
def _table() -> Template:
    return engines["django"].from_string(
        "<!doctype html><title>Floor</title><table><thead><tr><th>Line</th><th>Bench</th></tr></thead><tbody>{% for row in rows %}"
        '<tr><th><a href="/lines/{{ row.code }}/">{{ row.name }}</a></th><td>{{ row.complete }} of {{ row.people }}</td></tr>'
        "{% endfor %}</tbody></table>"
    )


@require_GET
def floor_coverage(request: HttpRequest) -> HttpResponse:
    """The floor: the first page of lines with two counts each, and nothing else on the page."""
    lines = list(
        BusinessLine.objects.filter(status="active")
        .order_by("code_key")
        .values("pk", "code", "name")[:_LINES]
    )
    held = Certificate.objects.valid(timezone.now()).filter(user_id=OuterRef("user_id"), course__code=_CODE)
    above = "line__ancestor_links__ancestor_id"
    counts = (
        Enrolment.objects.open()
        .filter(**{f"{above}__in": [line["pk"] for line in lines]})
        .annotate(is_held=Exists(held))
        .values(above)
        .annotate(
            people=Count("user_id", distinct=True),
            complete=Count("user_id", distinct=True, filter=Q(is_held=True)),
        )
        .order_by()
    )
    told = {row[above]: row for row in counts}
    rows = [{**line, **told.get(line["pk"], {"people": 0, "complete": 0})} for line in lines]
    return HttpResponse(_table().render({"rows": rows}, request))


def _rows_of(html: bytes) -> list[tuple[str, ...]]:
    found = re.findall(
        r'<tr><th[^>]*><a href="(/lines/[^"]+)">.*?</th>.*?(\d+) of (\d+)', html.decode(), re.DOTALL
    )
    return [tuple(row) for row in found]


def _same_matrix(ours: bytes, theirs: bytes) -> None:
    equal(_rows_of(ours), _rows_of(theirs))
    equal(bool(_rows_of(theirs)), True, "lines in either")


def _matrix(bench: Bench) -> list[Result]:
    with _school(bench):
        at = bench.world.at
        people = User.objects.filter(enrolments__curriculum__code="bench").distinct().order_by("pk")
        version = CourseVersion.objects.select_related("course").get(course__code=_CODE)
        items = [
            Finished(one, version, at - dt.timedelta(days=1 + n % 300), "xapi", f"bench:{one.pk}")
            for n, one in enumerate(people)
            if n % 2
        ]
        record_completions(items, by=_BY, at=at)
        with serving() as port:
            client = Client(port, session_headers(bench.world))
            address, floor = "/training/coverage/", "/floor/page/coverage/"
            page = client.request(address)
            return [
                bench.compare(
                    11, f"coverage matrix, a page of {_LINES} lines, {len(people):,} people (HTML, session)",
                    "plain table of the same lines with the same two counts, session",
                    lambda _n: client.request(address), lambda _n: client.request(floor), goal=Goal(2), calls=_PAGE,
                    same=_same_matrix, before=client.fresh, queries=client.queries(address), most_queries=8,
                    notes=(f"{len(page) / 1000:.0f} kB",),
                )
            ]  # fmt: skip


ROWS = (Row(10, "xAPI intake", _intake), Row(11, "Coverage matrix", _matrix))
