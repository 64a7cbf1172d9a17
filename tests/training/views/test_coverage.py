"""Coverage: sums for everybody in scope, names for who keeps the records, and the training of one person."""

import datetime as dt
import io

import openpyxl
import pytest

from coe.enums.roles import Role
from coe.models import Notice
from coe.rules.principals import Principal
from tests.factories import LineFactory, RoleFactory
from tests.training.world import BY, curriculum, finished, taught
from training.models import Completion, Course, Enrolment
from training.selectors.coverage import Cell, coverage
from training.services.completions import record_completion
from training.services.curricula import Item
from training.services.enrolments import enrol_person, sync_enrolments

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def school(tree, at):
    """Three viewers on two lines of Europe, two courses; Ada is complete, Bob lacks one and is late, Cem has just begun."""
    first, second = taught("FND"), taught("PRA")
    people = {}
    for name, line, since in (("Ada", tree.foods, 100), ("Bob", tree.europe, 100), ("Cem", tree.foods, 1)):
        people[name] = RoleFactory(role=Role.VIEWER, line=line, user__name=name).user
        if not Enrolment.objects.exists():
            path = curriculum(
                "path",
                items=[Item(first.course, 30), Item(second.course, 60)],
                roles=(Role.VIEWER,),
                at=at - 100 * DAY,
            )
        sync_enrolments(by=BY, at=at - since * DAY)
    for name, version in (("Ada", first), ("Ada", second), ("Bob", first)):
        record_completion(finished(version, at - 50 * DAY, people[name]), by=BY, at=at)
    people["path"] = path
    return people


def cells(browser, at):
    """Line code → cell, as the matrix tells it."""
    page = browser.get("/training/coverage/")
    rows = {line.code: row[0][1] for line, _may, row in page.context["rows"] if row}
    return rows | ({"all": page.context["whole"][0][1]} if page.context["whole"] else {})


def test_a_line_counts_with_the_lines_below_it_and_each_person_once(hub, lead, school, tree, at):
    RoleFactory(role=Role.VIEWER, line=tree.europe, user=school["Ada"])
    sync_enrolments(by=BY, at=at)

    assert cells(hub, at) == {"EU": Cell(3, 1, 1), "FDE": Cell(2, 1, 0), "US": None, "all": Cell(3, 1, 1)}
    assert cells(lead, at) == {"EU": Cell(3, 1, 1), "FDE": Cell(2, 1, 0)}


def test_a_certificate_that_ends_uncovers_at_its_minute(hub, school, at):
    ends = Completion.objects.filter(user=school["Ada"]).first().certificate.expires_at
    before, after = (
        coverage(Principal.system(), at=moment)[None, school["path"].pk]
        for moment in (ends - dt.timedelta(seconds=1), ends)
    )

    assert (before.complete, after.complete) == (1, 0)


@pytest.mark.parametrize("count", [1, 3])
def test_the_matrix_asks_the_same_questions_for_one_and_three(
    lead, tree, count, at, django_assert_num_queries
):
    for n in range(count):
        curriculum(f"path{n}", taught(f"C{n}").course, roles=(Role.VIEWER,))
        RoleFactory(role=Role.VIEWER, line=tree.foods)
    sync_enrolments(by=BY, at=at)
    lead.get("/training/coverage/")

    with django_assert_num_queries(7):
        page = lead.get("/training/coverage/")

    assert len(page.context["curricula"]) == count


def test_the_people_behind_a_cell_with_what_they_lack(lead, school, at):
    page = lead.get("/training/coverage/path/EU/")

    rows = [
        (row.person.name, row.is_overdue, [course.code for course, _due in row.lacks])
        for row in page.context["rows"]
    ]
    assert rows == [("Bob", True, ["PRA"]), ("Cem", False, ["FND", "PRA"]), ("Ada", False, [])]


@pytest.mark.parametrize("count", [1, 3])
def test_a_page_of_people_asks_the_same_questions_for_one_and_three(
    hub, tree, count, at, django_assert_num_queries
):
    curriculum("path", taught().course, roles=(Role.VIEWER,))
    for _n in range(count):
        RoleFactory(role=Role.VIEWER, line=tree.foods)
    sync_enrolments(by=BY, at=at)
    hub.get("/training/coverage/path/all/")

    with django_assert_num_queries(8):
        page = hub.get("/training/coverage/path/all/")

    assert len(page.context["rows"]) == count


def test_names_are_for_who_keeps_the_records(school, lead, auditor, tree, log_in):
    viewer = log_in(Role.VIEWER, tree.europe)

    assert viewer.get("/training/coverage/").status_code == 200
    assert viewer.get("/training/coverage/path/EU/").status_code == 403
    assert auditor.get("/training/coverage/path/EU/").status_code == 200
    assert lead.get("/training/coverage/path/US/").status_code == 404
    assert lead.get("/training/coverage/path/all/").status_code == 404
    assert lead.get("/training/coverage/none/EU/").status_code == 404


def test_the_matrix_leaves_as_a_file(lead, school):
    text = b"".join(lead.get("/training/coverage/export/").streaming_content).decode()
    assert text.splitlines() == [
        "line,line_name,curriculum,people,complete,overdue", "EU,Europe,path,3,1,1", "FDE,Foods Europe,path,2,1,0",
    ]  # fmt: skip
    book = openpyxl.load_workbook(
        io.BytesIO(b"".join(lead.get("/training/coverage/export/?format=xlsx").streaming_content))
    )
    assert [cell.value for cell in book.active[2]] == ["EU", "Europe", "path", 3, 1, 1]


def test_a_lead_keeps_the_record_of_a_person(lead, school, at):
    bob, url = school["Bob"], f"/training/people/{school['Bob'].public_id}/"
    assert "PRA" in lead.get(url).content.decode()

    lead.post(
        f"{url}record/",
        {"action": "complete", "course": "PRA", "achieved_on": "2026-11-20", "evidence": "Room list"},
    )
    completion = Completion.objects.get(source="manual")
    assert (completion.user, completion.evidence, completion.achieved_at.date()) == (
        bob,
        "Room list",
        dt.date(2026, 11, 20),
    )
    again = lead.post(
        f"{url}record/",
        {"action": "complete", "course": "PRA", "achieved_on": "2026-11-20", "evidence": "Twice"},
    )
    assert (again.status_code, Completion.objects.filter(source="manual").count()) == (302, 1)

    taught("EXT")
    lead.post(f"{url}record/", {"action": "enrol", "course": "EXT", "due_on": "2026-12-31"})
    by_hand = Enrolment.objects.get(course__code="EXT")
    lead.post(f"{url}record/", {"action": "withdraw", "enrolment": str(by_hand.public_id)})
    by_hand.refresh_from_db()
    assert by_hand.withdrawn_at == at


def test_a_lead_waives_a_course_that_is_owed_and_sees_no_enrolment_of_another_line(lead, school, at):
    bob, url = school["Bob"], f"/training/people/{school['Bob'].public_id}/"
    enrol_person(bob, course=taught("EXT").course, line=LineFactory(name="Elsewhere"), by=BY, at=at)
    before = lead.get(url)
    owed = [one.code for one in before.context["waiver_form"].fields["course"].queryset]

    refused = [
        lead.post(f"{url}record/", {"action": "waive", "course": course, "reason": reason}).status_code
        for course, reason in (("PRA", ""), ("EXT", "Not theirs to say"), ("NONE", "x"))
    ]
    assert not Completion.objects.filter(source="waiver").exists()
    done = lead.post(f"{url}record/", {"action": "waive", "course": "PRA", "reason": "Taught it for years"})

    assert (owed, refused, done.status_code) == (["PRA"], [422, 422, 422], 302)
    waived = Completion.objects.get(source="waiver")
    assert (waived.user, waived.evidence, waived.course.code) == (bob, "Taught it for years", "PRA")
    after = lead.get(url)
    assert (after.context["may_waive"], "Elsewhere" in after.content.decode()) == (False, False)


def test_what_cannot_be_recorded_is_said_beside_the_field(lead, school):
    url = f"/training/people/{school['Bob'].public_id}/record/"
    for sent in (
        {"action": "complete", "course": "PRA", "achieved_on": "2031-01-01", "evidence": "x"},
        {"action": "complete", "course": "PRA", "achieved_on": "2026-11-20"},
        {"action": "enrol", "course": "NONE"},
        {"action": "enrol", "course": "PRA", "due_on": "2020-01-01"},
    ):
        assert lead.post(url, sent).status_code == 422, sent

    assert not Completion.objects.filter(source="manual").exists()
    assert not Enrolment.objects.filter(course__isnull=False).exists()


def test_nobody_keeps_their_own_record(lead, school):
    answer = lead.post(
        f"/training/people/{lead.user.public_id}/record/",
        {"action": "complete", "course": "PRA", "achieved_on": "2026-11-20", "evidence": "Trust me"},
    )

    assert answer.status_code == 403
    assert not Completion.objects.filter(source="manual").exists()


def test_lines_of_a_curriculum_are_told_to_those_who_see_them(client, at):
    foods, toys = LineFactory(code="FDE", name="Foods"), LineFactory(code="TOY", name="Toys")
    curriculum("both", taught().course, lines=[foods, toys])
    curriculum("theirs", Course.objects.get(), lines=[toys])
    user = RoleFactory(role=Role.VIEWER, line=foods).user
    client.force_login(user, backend="coe.backends.HubBackend")

    listed = client.get("/training/curricula/").content.decode()
    detail = client.get("/training/curricula/both/").content.decode()

    assert ("Foods" in listed, "Toys" in listed, "on lines of others" in listed) == (True, False, True)
    assert ("Foods" in detail, "Toys" in detail) == (True, False)


def test_a_lead_reminds_one_person_and_then_all_of_a_cell(lead, school):
    path = "/training/coverage/path/EU/"

    one = lead.post(f"{path}remind/", {"person": school["Bob"].public_id}, follow=True).content.decode()
    rest = lead.post(f"{path}remind/", follow=True).content.decode()
    again = lead.post(f"{path}remind/", follow=True).content.decode()

    assert "1 person was reminded." in one
    assert ("1 person was reminded." in rest, "1 person had been reminded today already." in rest) == (
        True,
        True,
    )
    assert "2 people had been reminded today already." in again
    told = Notice.objects.filter(kind="duty.chase").order_by("pk")
    assert [(row.user.name, sorted(row.body.splitlines())) for row in told] == [
        ("Bob", ["Complete the course Course PRA"]),
        ("Cem", ["Complete the course Course FND", "Complete the course Course PRA"]),
    ]


def test_reminders_are_for_who_keeps_the_records_of_these_people(lead, auditor, hub, school, tree, log_in):
    viewer = log_in(Role.VIEWER, tree.europe)
    path = "/training/coverage/path/EU/"

    assert "Remind" in lead.get(path).content.decode()
    assert "Remind" not in auditor.get(path).content.decode()
    for client in (auditor, viewer):
        assert client.post(f"{path}remind/").status_code == 403
    assert lead.post("/training/coverage/path/US/remind/").status_code == 404
    assert lead.post(f"{path}remind/", {"person": lead.user.public_id}).status_code == 404
    assert lead.post(f"{path}remind/", {"person": school["Ada"].public_id}).status_code == 404
    assert lead.post(f"{path}remind/", {"person": "x"}).status_code == 404
    assert not Notice.objects.exists()
    hub.post("/training/coverage/path/all/remind/")
    assert Notice.objects.count() == 2


@pytest.mark.parametrize("count", [1, 3])
def test_a_reminder_to_a_cell_asks_the_same_questions_for_one_and_three(
    lead, tree, count, at, django_assert_num_queries
):
    curriculum("path", taught().course, roles=(Role.VIEWER,))
    for _n in range(count):
        RoleFactory(role=Role.VIEWER, line=tree.foods)
    sync_enrolments(by=BY, at=at)
    lead.get("/training/coverage/")

    with django_assert_num_queries(19):
        lead.post("/training/coverage/path/EU/remind/")

    assert Notice.objects.count() == count
