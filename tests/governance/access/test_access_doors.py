"""Access through pages and API."""

import pytest
from django.test import Client
from django.urls import reverse

from governance.models import AccessGrant
from governance.services.access_rules import make_rule
from tests.factories import AccountFactory
from tests.governance.exceptions.world import AT, company
from tests.plugins.api import Caller
from tests.training.world import BY, taught

pytestmark = pytest.mark.django_db


def browser(user):
    client = Client()
    client.force_login(user, backend="coe.backends.HubBackend")
    return client


def test_pages_and_api_name_the_missing_course_and_ask_for_a_second_person():
    world = company()
    account = AccountFactory(line=world.foods, primary_owner=world.lena)
    make_rule(level="publisher", course=taught().course, by=BY, at=AT)
    lena, emil, hanna = browser(world.lena), browser(world.emil), browser(world.hanna)
    page = reverse("account-access", args=[account.public_id])
    answer = lena.post(page, {"person": "emil@example.com", "level": "publisher"})
    assert (answer.status_code, b"/training/courses/FND/" in answer.content, AccessGrant.objects.count()) == (
        422,
        True,
        0,
    )
    body = {"person": "emil@example.com", "account": str(account.public_id), "level": "publisher"}
    told = Caller(client=lena).post("/api/v1/access-grants/", body)
    assert (told.status_code, told.json()["courses"][0]["url"], told.json()["errors"][0]["pointer"]) == (
        422, "/training/courses/FND/", "/person",
    )  # fmt: skip
    assert (
        lena.post(page, {"person": "emil@example.com", "level": "analyst", "valid_until": ""}).status_code
        == 302
    )
    # Emil asks for himself and for nobody else; Lena gives it, and an administrator needs the hub, too.
    assert emil.post(page, {"person": "lena@example.com", "level": "moderator"}).status_code == 422
    assert emil.post(page, {"person": "emil@example.com", "level": "moderator"}).status_code == 302
    own = AccessGrant.objects.get(level="moderator")
    assert emil.post(reverse("grant-act", args=[own.public_id]), {"action": "grant"}).status_code == 403
    lena.post(reverse("grant-act", args=[own.public_id]), {"action": "grant"})
    made = Caller(client=lena).post("/api/v1/access-grants/", body | {"level": "admin"}).json()
    step = f"{made['url']}transition/"
    assert (made["state"], Caller(client=lena).post(step, {"action": "grant"}).status_code) == (
        "requested",
        403,
    )
    assert (
        Caller(client=hanna).post(step, {"action": "grant"}).json()["granted_by"]["email"]
        == "hanna@example.com"
    )
    assert Caller(client=hanna).post(step, {"action": "confirm"}).status_code == 404
    assert sorted(AccessGrant.objects.values_list("level", "state")) == [
        ("admin", "active"), ("analyst", "active"), ("moderator", "active"),
    ]  # fmt: skip
    for client, total in ((lena, 3), (emil, 3)):
        assert client.get("/access/?mine=&level=").context["table"].total == total
    assert emil.get("/access/?mine=owned").context["table"].total == 0
    assert b"emil@example.com" in b"".join(lena.get("/access/export/").streaming_content)
    lena.post(reverse("grant-act", args=[own.public_id]), {"action": "ask_back", "reason": "Moved on"})
    own.refresh_from_db()
    assert (own.state, own.revoke_cause, own.end_note) == ("revoking", "asked", "Moved on")
    assert b"To be revoked" in lena.get(page).content
    rules = Caller(client=hanna)
    rule = rules.post("/api/v1/access-rules/", {"level": "admin", "course": "FND"})
    assert (
        rule.status_code,
        rules("DELETE", rule.json()["url"]).status_code,
        lena.get("/api/v1/access-rules/").json()["count"],
    ) == (201, 204, 1)
    taught_by = rules.post("/api/v1/policy-courses/", {"policy": "retention", "course": "FND"})
    assert (taught_by.status_code, Caller(client=lena).post("/api/v1/policy-courses/", {}).status_code) == (
        201,
        403,
    )
