"""The button that leaves the demo."""

import pytest
from django.urls import reverse

from coe.enums.roles import Role
from coe.models import BusinessLine, Organisation, User
from tests.factories import LineFactory, RoleFactory, UserFactory

pytestmark = pytest.mark.django_db
NEW = {"email": "ada@example.com", "password": "lanterns over Lisbon 7"}


@pytest.fixture
def hub(client):
    Organisation.objects.update_or_create(pk=1, defaults={"is_demo": True})
    LineFactory()
    admin = UserFactory(is_demo=True, is_staff=True)
    RoleFactory(user=admin, role=Role.ADMINISTRATOR, line=None)
    client.force_login(admin, backend="coe.backends.HubBackend")
    return client


def test_page_asks_before_it_empties_the_hub(hub):
    answer = hub.get(reverse("demo-leave"))
    assert answer.status_code == 200
    assert b'name="email"' in answer.content
    assert BusinessLine.objects.count() == 1


def test_staff_leave_and_log_in_afresh(hub):
    answer = hub.post(reverse("demo-leave"), NEW)
    assert (answer.status_code, answer.url) == (302, reverse("account_login"))
    assert BusinessLine.objects.count() == 0
    assert User.objects.get().check_password(NEW["password"])
    assert hub.get(reverse("demo-leave")).status_code == 302  # logged out
    assert hub.login(username=NEW["email"], password=NEW["password"]) is True


def test_weak_password_empties_nothing(hub):
    assert hub.post(reverse("demo-leave"), NEW | {"password": "short"}).status_code == 422
    assert BusinessLine.objects.count() == 1


def test_hub_lead_who_is_no_staff_is_refused(hub):
    lead = UserFactory(is_demo=True)
    RoleFactory(user=lead, role=Role.HUB_LEAD, line=None)
    hub.force_login(lead, backend="coe.backends.HubBackend")
    assert hub.post(reverse("demo-leave"), NEW).status_code == 403
    assert BusinessLine.objects.count() == 1


def test_real_hub_has_no_such_page(hub):
    Organisation.objects.update(is_demo=False)
    assert hub.post(reverse("demo-leave"), NEW).status_code == 404
    assert BusinessLine.objects.count() == 1
