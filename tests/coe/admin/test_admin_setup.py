"""Tags and calendars in the admin: written by their services, told in the history."""

import pytest
from django.urls import reverse

from coe.enums.roles import Role
from coe.models import ChangeEvent, Tag, WorkingCalendar
from tests.factories import RoleFactory, TagFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client):
    """An administrator's browser."""
    user = UserFactory(is_staff=True)
    RoleFactory(user=user, role=Role.ADMINISTRATOR, line=None)
    client.force_login(user, backend="coe.backends.HubBackend")
    return client


def actions():
    """What the history tells, oldest first."""
    return list(ChangeEvent.objects.order_by("id").values_list("action", flat=True))


def test_a_tag_is_added_and_renamed(administrator):
    administrator.post(reverse("admin:coe_tag_add"), {"name": "B2B"})
    tag = Tag.objects.get()
    administrator.post(reverse("admin:coe_tag_change", args=[tag.pk]), {"name": "Business"})

    assert list(Tag.objects.values_list("name", "key")) == [("Business", "business")]
    assert actions() == ["tag.created", "tag.renamed"]


def test_a_tag_that_exists_is_refused_and_nothing_is_written(administrator):
    TagFactory(name="b2b")

    answer = administrator.post(reverse("admin:coe_tag_add"), {"name": "B2B"}, follow=True)

    assert "exists already" in answer.content.decode()
    assert (Tag.objects.count(), actions()) == (1, [])


def test_a_calendar_is_added_and_its_hours_are_checked(administrator):
    url = reverse("admin:coe_workingcalendar_add")
    good = {
        "code": "paris",
        "name": "Paris",
        "time_zone": "Europe/Paris",
        "hours": '{"0": [["09:00", "17:00"]]}',
    }
    administrator.post(url, {**good, "code": "bad", "hours": '{"0": [["17:00", "09:00"]]}'})
    refused = WorkingCalendar.objects.count()
    administrator.post(url, good)
    calendar = WorkingCalendar.objects.get()
    administrator.post(
        reverse("admin:coe_workingcalendar_change", args=[calendar.pk]), {**good, "name": "Office"}
    )

    calendar.refresh_from_db()
    assert (refused, calendar.name, calendar.hours) == (0, "Office", {"0": [["09:00", "17:00"]]})
    assert actions() == ["calendar.created", "calendar.updated"]
