"""The outbox in the admin says why a message has not left."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from coe.enums.roles import Role
from coe.models import OutboxMessage
from coe.services.outbox import EMAIL, Message, enqueue_many
from tests.factories import RoleFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_held_and_suppressed_messages_say_why(client):
    admin = RoleFactory(role=Role.ADMINISTRATOR, user=UserFactory(is_staff=True)).user
    client.force_login(admin, backend="coe.backends.HubBackend")
    now = timezone.now()
    enqueue_many(
        [
            Message("later", EMAIL, admin, "test", "Hello", not_before=now + timedelta(days=400)),
            Message("never", EMAIL, UserFactory(muted_mail=["test"]), "test", "Hello"),
        ],
        at=now,
    )

    page = client.get(reverse("admin:coe_outboxmessage_changelist")).content.decode()

    assert "held until" in page
    assert "turned off by the recipient" in page
    pk = OutboxMessage.objects.get(key="never").pk
    one = client.get(reverse("admin:coe_outboxmessage_change", args=[pk])).content.decode()
    assert "turned off by the recipient" in one
