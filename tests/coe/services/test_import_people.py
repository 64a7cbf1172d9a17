"""Importing people: one row a role, leavers, words of a spreadsheet, and nothing given on a guess."""

import io
from datetime import UTC, datetime, timedelta

import pytest

from coe.enums.roles import Role
from coe.models import ChangeEvent, RoleAssignment, User
from coe.rules.principals import Actor, Principal, principal_of
from coe.services.exporting import export_file
from coe.services.import_runs import apply_import, stage_import
from coe.services.people import assign_role, end_role
from coe.services.undo import undo_import
from tests.factories import AT, AccountFactory, LineFactory, RoleFactory, UserFactory

pytestmark = pytest.mark.django_db
ROOT = Principal.system("test")
BY = Actor.system("test")
LATER = AT + timedelta(days=30)


@pytest.fixture(autouse=True)
def lines(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return {
        code: LineFactory(code=code, name=name) for code, name in (("EU", "Europe"), ("US", "United States"))
    }


def run(text, *, principal=ROOT, at=AT):
    source = io.BytesIO(text.encode())
    batch = stage_import(source, kind="people", principal=principal, at=at, file_name="people.csv")
    return apply_import(batch, at=at)


def counts(batch):
    return tuple(
        getattr(batch, name) for name in ("rows", "created", "updated", "unchanged", "skipped", "rejected")
    )


def told(batch):
    return list(batch.problems.order_by("row", "id").values_list("row", "field", "code"))


def roles():
    return sorted(
        RoleAssignment.objects.values_list("user__email", "role", "line__code", "valid_from", "valid_until"),
        key=str,
    )


def content():
    people = User.objects.values_list(
        "email", "name", "job_title", "language", "time_zone", "hub_fte_hundredths", "joined_on", "left_on", "is_active"
    )  # fmt: skip
    return sorted(people, key=str), roles()


SEVERAL = (
    "E-mail;Full name;Role;Line of business;Since;Until;Language;Timezone\n"
    "ada@example.com;Ada;Line lead;EU;2026-01-01;;Français;europe/paris\n"
    "ada@example.com;;community_manager;united states;;2026-12-31;;\n"
    "ADA@example.com;Ada;Legal;;;;;\n"
    "bob@example.com;Bob;;Somewhere;;;fr-CA;\n"
)


def test_several_roles_stand_in_several_rows_and_come_in_again_as_unchanged():
    first = run(SEVERAL)
    before = content()
    second = run(SEVERAL, at=LATER)

    assert (counts(first), told(first)) == ((4, 4, 0, 0, 0, 0), [])
    assert (counts(second), content()) == ((4, 0, 0, 4, 0, 0), before)
    assert roles() == [
        ("ada@example.com", "community_manager", "US", AT, datetime(2026, 12, 31, tzinfo=UTC)),
        ("ada@example.com", "legal", None, AT, None),
        ("ada@example.com", "line_lead", "EU", datetime(2026, 1, 1, tzinfo=UTC), None),
    ]
    assert list(User.objects.order_by("email").values_list("name", "language", "time_zone")) == [
        ("Ada", "fr", "Europe/Paris"),
        ("Bob", "fr", "UTC"),
    ]


def test_undo_takes_people_and_roles_back():
    ada = UserFactory(email="ada@example.com", name="Ada", language="en")
    assign_role(ada, role=Role.LINE_LEAD, line=LineFactory(code="OWN"), by=BY, at=AT)
    before = content()
    text = SEVERAL.replace("2026-01-01;;", "2026-01-01;2027-01-01;")
    batch = run(text + "ada@example.com;;line_lead;OWN;;2026-06-01;;\n")

    undone = undo_import(batch, by=BY, at=LATER)

    assert (counts(batch), undone.summary.get("kept_count", 0)) == ((5, 4, 1, 0, 0, 0), 0)
    assert content() == before


def test_undo_leaves_a_role_that_was_given_anew_since(lines):
    ada = UserFactory(email="ada@example.com")
    assign_role(ada, role=Role.VIEWER, line=lines["EU"], by=BY, at=AT)
    batch = run("email,is_active\nada@example.com,no\n", at=LATER)
    ada.refresh_from_db()
    ada.is_active = True
    ada.save()
    assign_role(ada, role=Role.VIEWER, line=lines["EU"], by=BY, at=LATER + timedelta(days=1))

    undone = undo_import(batch, by=BY, at=LATER + timedelta(days=2))

    assert undone.summary["kept_count"] == 1
    assert [row[4] for row in roles()].count(None) == 1


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
def test_what_is_exported_imports_again_as_all_unchanged(lines, tmp_path, form):
    ada, bob = UserFactory(email="ada@example.com", name="=Ada"), UserFactory(email="bob@example.com")
    assign_role(ada, role=Role.LINE_LEAD, line=lines["EU"], by=BY, at=AT + timedelta(microseconds=7))
    ended = assign_role(ada, role=Role.VIEWER, line=lines["EU"], by=BY, at=AT - timedelta(days=9))
    end_role(ended, by=BY, at=AT - timedelta(days=3))
    assign_role(ada, role=Role.VIEWER, line=lines["EU"], by=BY, at=AT, valid_until=LATER)
    assign_role(bob, role=Role.LEGAL, by=BY, at=AT)
    run("email,is_active\nbob@example.com,no\n", at=AT + timedelta(days=1))
    before = content()
    path = tmp_path / f"people.{form}"
    rows = export_file("people", principal=ROOT, target=path, form=form)
    at = AT + timedelta(days=2)

    batch = apply_import(stage_import(path, kind="people", principal=ROOT, at=at), at=at)

    assert (counts(batch), told(batch)) == ((rows, 0, 0, rows, 0, 0), [])
    assert (rows, content()) == (4, before)


def test_an_export_builds_the_same_people_in_an_empty_hub(lines, tmp_path):
    run(SEVERAL + "bob@example.com;;viewer;EU;2025-01-01;2025-02-01;;\n")
    run("email,left_on\nbob@example.com,2026-02-27\n")
    before, path = content(), tmp_path / "people.csv"
    export_file("people", principal=ROOT, target=path)
    RoleAssignment.objects.all().delete()
    User.objects.all().delete()

    batch = apply_import(stage_import(path, kind="people", principal=ROOT, at=AT), at=AT)

    assert (batch.rejected, content()) == (0, before)


@pytest.mark.parametrize("row", ["is_active\nada@example.com,no", "left_on\nada@example.com,2026-02-27"])
def test_a_leaver_loses_log_in_and_roles_and_again_is_unchanged(lines, row):
    ada = UserFactory(email="ada@example.com")
    AccountFactory(primary_owner=ada)
    RoleFactory(user=ada, role=Role.VIEWER, line=lines["EU"], valid_from=AT - timedelta(days=1))

    first, second = run(f"email,{row}\n"), run(f"email,{row}\n", at=LATER)

    ada.refresh_from_db()
    assert (counts(first), counts(second)) == ((1, 0, 1, 0, 0, 0), (1, 0, 0, 1, 0, 0))
    assert (ada.is_active, ada.left_on is None) == (False, False)
    assert [row[4] for row in roles()] == [AT]
    told_actions = ChangeEvent.objects.filter(batch_id=first.public_id).values_list("action", flat=True)
    assert {"person.deactivated", "role.ended"} <= set(told_actions)


def test_somebody_who_left_comes_back_with_a_new_role():
    run("email,is_active\nada@example.com,no\n")

    batch = run("email,is_active,left_on,role,line\nada@example.com,yes,,viewer,EU\n")

    assert (counts(batch), User.objects.get().is_active, len(roles())) == ((1, 1, 0, 0, 0, 0), True, 1)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("Boss,EU,,,", ("role", "role_unknown")),
        ("viewer,MOON,,,", ("line", "line_unknown")),
        ("viewer,,,,", ("line", "required")),
        (",,2026-01-01,,", ("role", "required")),
        ("viewer,EU,2026-02-01,2026-01-01,", ("valid_until", "ends_before_start")),
        ("viewer,EU,31/02/2026,,", ("valid_from", "date_not_existing")),
        ("viewer,EU,,,maybe", ("is_active", "bool_not_understood")),
        ("viewer,EU,,,no", ("valid_until", "person_left")),
        ("line_lead,US,2025-01-01,,", ("valid_from", "role_overlaps")),
        ("contributor,US,2025-01-01,,", ("valid_until", "role_ended")),
    ],
)
def test_a_row_that_cannot_be_right_is_rejected_with_field_and_remedy_and_writes_nothing(
    lines, row, expected
):
    ada = UserFactory(email="ada@example.com")
    assign_role(ada, role=Role.LINE_LEAD, line=lines["US"], by=BY, at=AT)
    old = datetime(2025, 1, 1, tzinfo=UTC)
    assign_role(
        ada, role=Role.CONTRIBUTOR, line=lines["US"], valid_from=old, valid_until=AT - timedelta(days=1), by=BY, at=AT
    )  # fmt: skip
    before = content()

    batch = run(f"email,role,line,valid_from,valid_until,is_active\nada@example.com,{row}\n")

    assert (counts(batch), told(batch)) == ((1, 0, 0, 0, 0, 1), [(2, *expected)])
    assert content() == before


def test_a_name_that_two_lines_have_gives_no_right():
    LineFactory(code="EU2", name="Europe")

    assert told(run("email,role,line\nada@example.com,viewer,Europe\n")) == [(2, "line", "line_unknown")]


def test_rows_about_one_person_must_agree_and_a_repetition_is_skipped():
    batch = run(
        "email,name,hub_fte_hundredths,role,line,valid_until\nada@example.com,Ada,50,viewer,EU,\n"
        "ada@example.com,Ada,50,viewer,EU,\nada@example.com,,,viewer,EU,\n"
        "ada@example.com,Adah,,viewer,US,\nada@example.com,,,viewer,EU,2027-01-01\n"
    )

    assert counts(batch) == (5, 1, 0, 0, 2, 2)
    assert told(batch) == [
        (3, "", "doubled_row"), (4, "", "doubled_row"), (5, "name", "doubled_row"), (6, "valid_until", "doubled_row"),
    ]  # fmt: skip
    assert "Row 2" in batch.problems.get(row=5).message
    assert (User.objects.get().hub_fte_hundredths, len(roles())) == (50, 1)


def test_nobody_gives_a_role_beyond_the_own_rights():
    member = UserFactory(email="member@example.com")
    RoleFactory(user=member, role=Role.HUB_MEMBER, line=None, valid_from=AT - timedelta(days=1))

    batch = run("email,role\neve@example.com,administrator\n", principal=principal_of(member, AT))

    assert (counts(batch), told(batch)) == ((1, 0, 0, 0, 0, 1), [(2, "role", "not_allowed")])
    assert not User.objects.filter(email="eve@example.com").exists()


def test_a_line_lead_exports_only_roles_of_the_own_lines(lines, tmp_path):
    lead, other = UserFactory(email="lead@example.com"), UserFactory(email="other@example.com")
    RoleFactory(user=lead, role=Role.LINE_LEAD, line=lines["EU"], valid_from=AT - timedelta(days=1))
    for line in lines.values():
        RoleFactory(user=other, role=Role.VIEWER, line=line, valid_from=AT - timedelta(days=1))
    path = tmp_path / "people.csv"

    export_file("people", principal=principal_of(lead, AT), target=path)

    assert [(row.split(",")[0], row.split(",")[10]) for row in path.read_text().splitlines()[1:]] == [
        ("lead@example.com", "EU"),
        ("other@example.com", "EU"),
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_unchanged_people_cost_the_same_for_one_and_for_three(lines, count, django_assert_num_queries):
    text = "email,role,line\n" + "".join(f"p{n}@example.com,viewer,EU\n" for n in range(count))
    run(text)
    source = io.BytesIO(text.encode())
    batch = stage_import(source, kind="people", principal=ROOT, at=LATER, file_name="people.csv")

    with django_assert_num_queries(19 + 2 * count):
        apply_import(batch, at=LATER)

    assert batch.unchanged == count
