"""People pages: scope, roles nobody may hand out above their own, leaving."""

import pytest

from coe.enums.roles import Role
from coe.models import ChangeEvent, RoleAssignment, User
from tests.factories import RoleFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("item_count", [1, 3])
def test_person_list_asks_the_same_questions_for_one_and_three(
    hub, tree, item_count, django_assert_num_queries
):
    for _ in range(item_count):
        RoleFactory(line=tree.foods)
    hub.get("/people/")

    with django_assert_num_queries(7):
        page = hub.get("/people/")

    assert page.status_code == 200
    assert page.context["table"].total == item_count + 1


def test_person_list_shows_a_line_lead_the_people_of_the_own_lines_only(lead, tree):
    inside, outside = RoleFactory(line=tree.foods).user, RoleFactory(line=tree.america).user

    page = lead.get("/people/")

    assert set(page.context["table"].items) == {lead.user, inside}
    assert outside.email not in page.content.decode()


def test_person_page_outside_the_scope_is_not_found(lead, tree):
    outside = RoleFactory(line=tree.america).user

    assert lead.get(f"/people/{outside.public_id}/").status_code == 404


def test_person_is_added_through_the_form(hub):
    fields = {
        "email": "New@Example.com",
        "name": "New One",
        "language": "fr",
        "time_zone": "Europe/Paris",
        "hub_fte_hundredths": "50",
        "why": "Ticket 7",
    }

    answer = hub.post("/people/new/", fields)

    person = User.objects.get(email="new@example.com")
    assert (answer.status_code, answer.url) == (302, f"/people/{person.public_id}/")
    assert (person.name, person.language, person.time_zone, person.hub_fte_hundredths) == (
        "New One",
        "fr",
        "Europe/Paris",
        50,
    )
    assert ChangeEvent.objects.get(object_id=person.public_id).why == "Ticket 7"


def test_person_with_a_taken_address_is_refused_beside_the_field(hub):
    UserFactory(email="taken@example.com")
    fields = {
        "email": "taken@example.com",
        "name": "X",
        "language": "en",
        "time_zone": "UTC",
        "hub_fte_hundredths": "0",
    }

    answer = hub.post("/people/new/", fields)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["email"]
    assert not ChangeEvent.objects.exists()


def test_a_line_lead_may_not_add_people(lead):
    assert lead.post("/people/new/", {"email": "x@example.com"}).status_code == 403
    assert not User.objects.filter(email="x@example.com").exists()


def test_a_line_lead_gives_a_role_on_a_line_below(lead, tree):
    person = RoleFactory(line=tree.foods, role=Role.VIEWER).user

    answer = lead.post(
        f"/people/{person.public_id}/roles/", {"role": "account_manager", "line": tree.foods.pk}
    )

    assert answer.status_code == 302
    assert RoleAssignment.objects.filter(
        user=person, role="account_manager", line=tree.foods, valid_until=None
    ).exists()


@pytest.mark.parametrize(("role", "line"), [("hub_lead", ""), ("administrator", ""), ("line_lead", "US")])
def test_a_line_lead_gives_no_role_beyond_the_own_lines(lead, tree, role, line):
    person = RoleFactory(line=tree.foods, role=Role.VIEWER).user
    before = RoleAssignment.objects.count()

    answer = lead.post(
        f"/people/{person.public_id}/roles/", {"role": role, "line": tree.america.pk if line else ""}
    )

    assert answer.status_code in (403, 422)
    assert RoleAssignment.objects.count() == before


def test_a_hub_lead_cannot_make_an_administrator(hub):
    person = UserFactory()

    answer = hub.post(f"/people/{person.public_id}/roles/", {"role": "administrator", "line": ""})

    assert answer.status_code == 422
    assert not person.role_assignments.exists()


def test_a_line_role_without_line_is_refused_beside_the_field(hub):
    person = UserFactory()

    answer = hub.post(f"/people/{person.public_id}/roles/", {"role": "line_lead", "line": ""})

    assert answer.status_code == 422
    assert list(answer.context["role_form"].errors) == ["line"]


def test_a_role_is_ended_and_stays_in_the_table(lead, tree):
    held = RoleFactory(line=tree.foods, role=Role.VIEWER)

    answer = lead.post(f"/people/{held.user.public_id}/roles/{held.public_id}/end/")

    held.refresh_from_db()
    assert answer.status_code == 302
    assert held.valid_until is not None


def test_a_leaver_loses_log_in_and_roles(hub, tree):
    held = RoleFactory(line=tree.foods)

    answer = hub.post(f"/people/{held.user.public_id}/leave/", {"why": "Left the company"})

    held.refresh_from_db()
    held.user.refresh_from_db()
    assert answer.status_code == 302
    assert (held.user.is_active, held.valid_until is not None) == (False, True)


def test_an_auditor_reads_people_and_writes_nothing(auditor, tree):
    held = RoleFactory(line=tree.foods)

    assert auditor.get(f"/people/{held.user.public_id}/").status_code == 200
    assert auditor.post(f"/people/{held.user.public_id}/leave/").status_code == 403
    assert auditor.post(f"/people/{held.user.public_id}/roles/{held.public_id}/end/").status_code == 403
    held.refresh_from_db()
    assert held.valid_until is None
