"""A company of a hundred thousand completions (PROOF_SCALE=1; a part of it in the gate): pages and exports ask no more than for a tenth."""

import datetime as dt
import os
import time
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from coe.enums.roles import Role
from coe.models import BusinessLine, RoleAssignment, User
from coe.registries import export_kinds
from coe.rules.principals import Principal
from tests.factories import LineFactory
from tests.plugins.pages import hub, lead, log_in, tree
from tests.training.world import BY, SINCE, curriculum, taught
from training.models import Certificate, Completion, CourseVersion
from training.services.certificates import fresh_code
from training.services.enrolments import sync_enrolments

__all__ = ["hub", "lead", "log_in", "tree"]

pytestmark = pytest.mark.django_db
COMPLETIONS = int(100_000 * float(os.environ.get("PROOF_SCALE") or 0.02))
EACH, LINES = 20, 40
DAY = dt.timedelta(days=1)


@pytest.fixture
def versions(at) -> list[CourseVersion]:
    """Ten courses in two curricula, each asked of one role."""
    found = [taught(f"C{number:02d}") for number in range(10)]
    for code, part, role in (
        ("first", found[:5], Role.ACCOUNT_MANAGER),
        ("second", found[5:], Role.CONTRIBUTOR),
    ):
        curriculum(code, *(version.course for version in part), roles=(role,))
    return found


@pytest.fixture
def lines(tree) -> list[BusinessLine]:
    """Lines below Europe."""
    return [LineFactory(code=f"L{number:02d}", parent=tree.europe) for number in range(LINES)]


def grow(lines: list[BusinessLine], versions: list[CourseVersion], *, until: int) -> None:
    """People with a role each and twenty completions, some run out, until there are so many; the rows are what services write."""
    start, at = Completion.objects.count(), SINCE + 10 * DAY
    people = User.objects.bulk_create(
        [
            User(email=f"s{number}@example.com", name=f"Person {number:06d}")
            for number in range(start // EACH, until // EACH)
        ],
        batch_size=1000,
    )
    RoleAssignment.objects.bulk_create(
        [
            RoleAssignment(
                user=person, line=lines[n % LINES], role=(Role.ACCOUNT_MANAGER, Role.CONTRIBUTOR)[n // LINES % 2],
                valid_from=SINCE, created_at=at, updated_at=at,
            )
            for n, person in enumerate(people)
        ],
        batch_size=1000,
    )  # fmt: skip
    sync_enrolments(by=BY, at=at)
    rows = Completion.objects.bulk_create(
        [
            Completion(
                user=person, course=version.course, version=version, source="xapi", key=f"scale:{person.pk}:{n}",
                achieved_at=at + (n * 17 + place % 29) * DAY, created_at=at, updated_at=at,
            )
            for place, person in enumerate(people)
            for n, version in enumerate(versions * (EACH // len(versions)))
        ],
        batch_size=1000,
    )  # fmt: skip
    Certificate.objects.bulk_create(
        [
            Certificate(
                code=fresh_code(), completion=row, user_id=row.user_id, course_id=row.course_id, issued_at=row.achieved_at,
                expires_at=row.achieved_at + (200 + row.user_id % 400) * DAY, created_at=at, updated_at=at,
            )
            for row in rows
        ],
        batch_size=1000,
    )  # fmt: skip


def asked(what: Callable[[], Any]) -> tuple[int, float]:
    """How many questions something asks the database, and how long it takes."""
    began = time.perf_counter()
    with CaptureQueriesContext(connection) as queries:
        what()
    return len(queries), time.perf_counter() - began


def exported(kind: str) -> int:
    """Rows of an export, each of them made."""
    return sum(1 for _row in export_kinds[kind](Principal.system("test"), None)[1])


def test_a_tenth_and_the_whole_ask_the_same(hub, lead, lines, versions, at) -> None:
    counts: dict[str, list[int]] = {}
    for size in (COMPLETIONS // 10 // EACH * EACH, COMPLETIONS // EACH * EACH):
        grow(lines, versions, until=size)
        assert Completion.objects.count() == size
        person = User.objects.get(email="s0@example.com")
        learner = Client()
        learner.force_login(person, backend="coe.backends.HubBackend")
        with time_machine.travel(at, tick=False):
            looks: dict[str, Callable[[], Any]] = {
                "matrix of the hub": lambda: hub.get("/training/coverage/"),
                "matrix of a lead": lambda: lead.get("/training/coverage/"),
                "people of a cell": lambda: hub.get("/training/coverage/first/EU/"),
                "my courses": lambda one=learner: one.get("/training/"),
                "record of a person": lambda one=person: hub.get(f"/training/people/{one.public_id}/"),
                "export of coverage": lambda: exported("coverage"),
                "export of completions": lambda: exported("completions"),
            }
            for name, look in looks.items():
                look()  # what is cached for a while is cached now
                count, seconds = asked(look)
                counts.setdefault(name, []).append(count)
                print(f"{size:>7} completions, {name}: {count} queries, {seconds:.3f} s")
            assert exported("completions") == size
            whole = hub.get("/training/coverage/").context["whole"]
            assert sum(cell.people for _curriculum, cell in whole) == size // EACH

    # One question of the person's page depends on whether a minute has passed since they were last seen.
    assert max(counts.pop("record of a person")) in (15, 16)
    assert {name: max(both) for name, both in counts.items()} == {
        "matrix of the hub": 7,
        "matrix of a lead": 7,
        "people of a cell": 9,
        "my courses": 8,
        "export of coverage": 4,
        "export of completions": 1,
    }
    assert [name for name, both in counts.items() if len(set(both)) > 1] == []
