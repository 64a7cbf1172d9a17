"""The admin is one more door: same scope, same services, same history, and nothing is deleted."""

import pytest
from django.contrib import admin
from django.urls import reverse

from coe.enums.roles import Role
from coe.models import BusinessLine, ChangeEvent, RoleAssignment
from tests.factories import AccountFactory, LineFactory, RoleFactory, UserFactory

pytestmark = pytest.mark.django_db
OURS = sorted(
    (model._meta.app_label, model._meta.model_name)
    for model in admin.site._registry
    if model._meta.app_label in {"coe", "metrics"}
)


def staff(client, role, line=None):
    """Log a member of staff with a role in."""
    user = UserFactory(is_staff=True)
    RoleFactory(user=user, role=role, line=line)
    client.force_login(user, backend="coe.backends.HubBackend")
    return user


@pytest.mark.parametrize(("app", "model"), OURS)
def test_every_list_opens_for_an_administrator(client, app, model):
    staff(client, Role.ADMINISTRATOR)
    AccountFactory()

    assert client.get(reverse(f"admin:{app}_{model}_changelist")).status_code == 200


@pytest.mark.parametrize("model", ["businessline", "socialaccount", "user", "platform"])
def test_every_form_opens_for_an_administrator(client, model):
    staff(client, Role.ADMINISTRATOR)
    account = AccountFactory(primary_owner=UserFactory())
    pk = {
        "businessline": account.line_id,
        "socialaccount": account.pk,
        "user": account.primary_owner_id,
        "platform": account.platform_id,
    }[model]

    assert client.get(reverse(f"admin:coe_{model}_change", args=[pk])).status_code == 200


def test_a_line_lead_sees_own_lines_only_and_edits_nothing_here(client):
    mine, other = LineFactory(code="MINE"), LineFactory(code="OTHER")
    staff(client, Role.LINE_LEAD, mine)

    shown = client.get(reverse("admin:coe_businessline_changelist")).content.decode()

    assert "MINE" in shown
    assert "OTHER" not in shown
    assert client.get(reverse("admin:coe_businessline_change", args=[other.pk])).status_code in {302, 404}
    assert client.get(reverse("admin:coe_businessline_add")).status_code == 403


def test_people_without_the_staff_mark_stay_out(client):
    user = UserFactory()
    RoleFactory(user=user, role=Role.HUB_LEAD, line=None)
    client.force_login(user, backend="coe.backends.HubBackend")

    assert client.get(reverse("admin:coe_businessline_changelist")).status_code == 302


def test_an_edit_goes_through_the_service_and_into_the_history(client):
    user = staff(client, Role.ADMINISTRATOR)
    line = LineFactory(code="FDE", name="Foods")

    answer = client.post(
        reverse("admin:coe_businessline_change", args=[line.pk]),
        {
            "code": "FDE",
            "name": "Foods Europe",
            "kind": "line",
            "is_spoke": "on",
            "parent": "",
            "description": "",
            "time_zone": "",
        },
    )

    assert answer.status_code == 302
    assert BusinessLine.objects.get(pk=line.pk).name == "Foods Europe"
    event = ChangeEvent.objects.get(action="line.updated", object_id=line.public_id)
    assert (event.actor_label, event.changes) == (str(user), {"name": ["Foods", "Foods Europe"]})


def test_a_refusal_of_the_service_is_told_and_nothing_is_written(client):
    staff(client, Role.ADMINISTRATOR)
    LineFactory(code="TAKEN")

    answer = client.post(
        reverse("admin:coe_businessline_add"),
        {
            "code": "taken",
            "name": "Second",
            "kind": "line",
            "is_spoke": "on",
            "parent": "",
            "description": "",
            "time_zone": "",
        },
        follow=True,
    )

    assert "TAKEN" in answer.content.decode()
    assert BusinessLine.objects.filter(name="Second").count() == 0
    assert ChangeEvent.objects.filter(action="line.created", object_label="Second").count() == 0


def test_a_hub_member_gives_no_role_that_holds_more_than_their_own(client):
    staff(client, Role.HUB_MEMBER)
    person = UserFactory()

    answer = client.post(
        reverse("admin:coe_roleassignment_add"),
        {"user": person.pk, "role": "administrator", "line": "", "note": ""},
        follow=True,
    )

    assert answer.status_code == 200
    assert RoleAssignment.objects.filter(user=person).count() == 0


def test_nothing_is_deleted_here(client):
    staff(client, Role.ADMINISTRATOR)
    line = LineFactory()

    assert (
        client.post(reverse("admin:coe_businessline_delete", args=[line.pk]), {"post": "yes"}).status_code
        == 403
    )
    assert BusinessLine.objects.filter(pk=line.pk).exists()


@pytest.mark.parametrize(("role", "expected"), [(Role.ADMINISTRATOR, True), (Role.HUB_MEMBER, False)])
def test_only_an_administrator_lets_people_into_the_admin(client, role, expected):
    staff(client, role)
    person = UserFactory(name="Ada")
    form = {"name": "Ada", "language": "en", "time_zone": "UTC", "hub_fte_hundredths": "0", "is_staff": "on"}

    answer = client.post(reverse("admin:coe_user_change", args=[person.pk]), form)
    person.refresh_from_db()

    assert (answer.status_code, person.is_staff) == (302, expected)
