"""Completions from a file: once each, every refusal named, taken back whole."""

import datetime as dt
import io

import pytest

from coe.enums.roles import Role
from coe.models import Timer
from coe.rules.principals import Actor, Principal, principal_of
from coe.services.exporting import export_file
from coe.services.import_runs import apply_import, stage_import
from coe.services.undo import undo_import
from tests.factories import LineFactory, RoleFactory, UserFactory
from tests.training.world import taught
from training.models import Certificate, Completion

pytestmark = pytest.mark.django_db
ROOT = Principal.system("test")
HEAD = "email,course,completed_at,score,evidence\n"


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


def run(text, at, *, principal=ROOT):
    batch = stage_import(
        io.BytesIO(text.encode()), kind="completions", principal=principal, at=at, file_name="completions.csv"
    )
    return apply_import(batch, at=at)


def counts(batch):
    return tuple(getattr(batch, name) for name in ("rows", "created", "unchanged", "rejected"))


def told(batch):
    return list(batch.problems.order_by("row", "id").values_list("row", "field", "code"))


def test_a_file_counts_once_and_again_says_unchanged_and_is_taken_back(at):
    version = taught()
    ada = UserFactory(email="ada@example.com")
    text = HEAD + "Ada@Example.com,fnd,2026-11-02T10:00:00+01:00,92.5%,https://lms.example.com/1\n"

    first, again = run(text, at), run(text, at)

    assert (counts(first), counts(again)) == ((1, 1, 0, 0), (1, 0, 1, 0))
    row = Completion.objects.get()
    assert (row.user, row.version, row.score, row.source, row.achieved_at, row.evidence) == (
        ada, version, 9250, "csv", dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC), "https://lms.example.com/1",
    )  # fmt: skip
    assert Certificate.objects.count() == 1

    undone = undo_import(first, by=Actor.system(), at=at)

    assert undone.summary.get("kept", []) == []
    assert (Completion.objects.count(), Certificate.objects.count()) == (0, 0)
    assert Timer.objects.count() == 1
    assert counts(run(text, at)) == (1, 1, 0, 0)


def test_every_row_that_cannot_be_is_named_and_the_others_count(at):
    taught()
    UserFactory(email="ada@example.com", joined_on=dt.date(2026, 11, 1))
    rows = [
        "ada@example.com,FND,2026-11-02,,",
        "ada@example.com,FND,2026-10-02,,",
        "ada@example.com,NONE,2026-11-02,,",
        "nobody@example.com,FND,2026-11-02,,",
        "ada@example.com,FND,2031-11-02,,",
        "ada@example.com,FND,2026-11-03,130,",
        "ada@example.com,FND,2026-02-30,,",
        ",FND,2026-11-03,,",
    ]

    batch = run(HEAD + "\n".join(rows) + "\n", at)

    assert counts(batch) == (8, 1, 0, 7)
    assert [(field, code) for _row, field, code in told(batch)] == [
        ("completed_at", "before_joined"), ("course", "course_unknown"), ("email", "person_unknown"), ("completed_at", "in_future"),
        ("score", "out_of_range"), ("completed_at", told(batch)[5][2]), ("email", told(batch)[6][2]),
    ]  # fmt: skip
    assert Completion.objects.count() == 1


def test_a_course_is_also_known_by_its_activity_id(at):
    taught(activity_id="https://lms.example.com/course/7")
    UserFactory(email="ada@example.com")

    assert counts(run(HEAD + "ada@example.com,https://lms.example.com/course/7,2026-11-02,,\n", at)) == (
        1,
        1,
        0,
        0,
    )


def test_a_lead_imports_for_the_own_people_only(at):
    taught()
    line = LineFactory()
    lead = RoleFactory(role=Role.LINE_LEAD, line=line).user
    RoleFactory(role=Role.VIEWER, line=line, user=UserFactory(email="mine@example.com"))
    RoleFactory(role=Role.VIEWER, line=LineFactory(), user=UserFactory(email="other@example.com"))
    text = HEAD + "mine@example.com,FND,2026-11-02,,\nother@example.com,FND,2026-11-02,,\n"

    batch = run(text, at, principal=principal_of(lead, at))

    assert counts(batch) == (2, 1, 0, 1)
    assert told(batch) == [(3, "email", "person_unknown")]


def test_what_is_exported_imports_again_as_unchanged(at, tmp_path):
    taught()
    UserFactory(email="ada@example.com")
    run(HEAD + "ada@example.com,FND,2026-11-02T09:30:00Z,80,note\n", at)
    file = tmp_path / "out.csv"

    assert export_file("completions", principal=ROOT, target=file) == 1
    assert counts(run(file.read_text(), at)) == (1, 0, 1, 0)
