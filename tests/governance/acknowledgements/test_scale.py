"""Twenty thousand people and fourteen policies (PROOF_SCALE=1; a part of it in the gate): publishing returns at once, the worker tells
everybody, and pages ask no more than for a tenth."""

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
from coe.models import BusinessLine, Notice, RoleAssignment, User
from coe.registries import export_kinds
from coe.rules.principals import Principal
from coe.selectors.duties import duties_of
from governance.models import PolicyDue, PolicyVersion
from governance.services.audience import keep_audiences, open_publication, tell_audiences
from tests.factories import LineFactory
from tests.governance.acknowledgements.world import BY, DAY, SINCE, binds, policy, version
from tests.plugins.pages import hub, lead, log_in, tree

__all__ = ["hub", "lead", "log_in", "tree"]
pytestmark = pytest.mark.django_db
PEOPLE = int(20_000 * float(os.environ.get("PROOF_SCALE") or 0.02))
POLICIES, LINES = 14, 40


def grow(lines: list[BusinessLine], *, until: int) -> None:
    """People with a role each until there are so many; the rows are what services write."""
    known = User.objects.filter(email__startswith="s").count()
    people = User.objects.bulk_create(
        [User(email=f"s{n}@example.com", name=f"Person {n:06d}") for n in range(known, until)],
        batch_size=1000,
    )
    RoleAssignment.objects.bulk_create(
        [
            RoleAssignment(
                user=person, line=lines[n % LINES], role=(Role.ACCOUNT_MANAGER, Role.VIEWER)[n // LINES % 2],
                valid_from=SINCE, created_at=SINCE, updated_at=SINCE,
            )
            for n, person in enumerate(people)
        ],
        batch_size=1000,
    )  # fmt: skip


def asked(what: Callable[[], Any]) -> tuple[int, float]:
    """How many questions something asks the database (savepoints aside), and how long it takes."""
    began = time.perf_counter()
    with CaptureQueriesContext(connection) as queries:
        what()
    return sum("SAVEPOINT" not in one["sql"] for one in queries), time.perf_counter() - began


def test_a_tenth_and_the_whole_ask_the_same(hub, lead, tree, at) -> None:
    lines = [LineFactory(code=f"L{number:02d}", parent=tree.europe) for number in range(LINES)]
    versions: list[PolicyVersion] = []
    counts: dict[str, list[int]] = {}
    for size in (PEOPLE // 10, PEOPLE):
        grow(lines, until=size)
        if not versions:
            for number in range(POLICIES):
                one = policy(f"p{number:02d}")
                binds(one, line=tree.europe)
                versions.append(version(one, at=at - DAY))
        began, opening = time.perf_counter(), []
        for one in versions:
            one.refresh_from_db()
            opening.append(asked(lambda one=one: open_publication(one, by=BY, at=at - DAY))[0])
        print(f"{size:>6} people: {POLICIES} publications opened in {time.perf_counter() - began:.3f} s")
        counts.setdefault("opening a publication", []).append(max(opening))
        began = time.perf_counter()
        told = tell_audiences(at=at)
        print(f"{size:>6} people: {told} rows in {time.perf_counter() - began:.2f} s")
        # The lead of Europe has a role there, too.
        assert PolicyDue.objects.count() == Notice.objects.count() == (size + 1) * POLICIES
        assert (tell_audiences(at=at), keep_audiences(at=at)) == (0, 0)
        people = list(User.objects.filter(email__startswith="s")[:500])
        employee = Client()
        employee.force_login(people[0], backend="coe.backends.HubBackend")
        with time_machine.travel(at, tick=False):
            looks: dict[str, Callable[[], Any]] = {
                "coverage of the hub": lambda: hub.get("/policies/coverage/"),
                "coverage of a lead": lambda: lead.get("/policies/coverage/"),
                "people of a cell": lambda: hub.get("/policies/coverage/p00/all/"),
                "my policies": lambda one=employee: one.get("/policies/mine/"),
                "duties of 500": lambda some=people: duties_of(some, at=at),
                "export of coverage": lambda: list(
                    export_kinds["policy-coverage"](Principal.system("test"), None)[1]
                ),
            }
            for name, look in looks.items():
                look()  # what is cached for a while is cached now
                count, seconds = asked(look)
                counts.setdefault(name, []).append(count)
                print(f"{size:>6} people, {name}: {count} queries, {seconds:.3f} s")
            whole = hub.get("/policies/coverage/").context["whole"]
        assert {cell.people for _policy, cell in whole} == {size + 1}

    assert [name for name, both in counts.items() if len(set(both)) > 1] == []
    assert counts["opening a publication"] == [4, 4]  # one of them reads the policy
    assert max(counts["coverage of the hub"] + counts["coverage of a lead"]) <= 10
