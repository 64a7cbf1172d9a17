"""Exceptions through pages and API: who may, what a form says, and that a decision is about what was read."""

import datetime as dt
import json

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from governance.models import PolicyException
from tests.factories import AccountFactory
from tests.governance.exceptions.world import DAY, asked, company, granted
from tests.plugins.api import Caller

pytestmark = pytest.mark.django_db


def browser(user):
    client = Client()
    client.force_login(user, backend="coe.backends.HubBackend")
    return client


def test_a_lead_asks_on_the_page_and_a_hub_lead_decides_what_they_read():
    world = company()
    lena, hanna, emil = browser(world.lena), browser(world.hanna), browser(world.emil)
    account = AccountFactory(line=world.foods)
    page = lena.get(f"{reverse('exception-new')}?policy=retention&clause=4&account={account.public_id}")
    assert [page.context["form"].initial[name] for name in ("subject", "policy", "clause")] == [
        "account",
        "retention",
        "4",
    ]
    assert f'value="twitter/{account.handle}"'.encode() in page.content
    day = timezone.localdate() + 40 * DAY
    form = {
        "subject": "account", "title": "No second owner", "account": f"twitter/{account.handle}", "line": "", "reason": "Vacancy",
        "compensating_control": "The hub stands in", "expires_at": day.isoformat(), "approver": str(world.hanna.public_id),
    }  # fmt: skip
    answer = emil.post(reverse("exception-new"), form)
    assert (answer.status_code, list(answer.context["form"].errors), PolicyException.objects.count()) == (
        422,
        ["line"],
        0,
    )
    answer = lena.post(reverse("exception-new"), form | {"expires_at": (day + 400 * DAY).isoformat()})
    assert (answer.status_code, list(answer.context["form"].errors), PolicyException.objects.count()) == (
        422,
        ["expires_at"],
        0,
    )

    answer = lena.post(reverse("exception-new"), form)
    row = PolicyException.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, row.get_absolute_url())
    assert (row.line, row.account, row.requester, row.approver) == (
        world.foods,
        account,
        world.lena,
        world.hanna,
    )
    assert timezone.localtime(row.expires_at) == timezone.make_aware(
        dt.datetime.combine(day + DAY, dt.time())
    )

    decide = reverse("exception-decide", args=[row.public_id])
    assert [one.get(decide).status_code for one in (lena, hanna, emil)] == [403, 200, 403]
    hanna.post(
        reverse("exception-act", args=[row.public_id]), {"action": "take_up", "revision": row.revision}
    )
    row.refresh_from_db()
    read = row.revision
    lena.post(reverse("exception-edit", args=[row.public_id]), {
        "title": row.title, "reason": "Long vacancy", "compensating_control": row.compensating_control,
        "expires_at": day.isoformat(), "revision": read,
    })  # fmt: skip
    stale = hanna.post(decide, {"decision": "approve", "note": "", "revision": read})
    row.refresh_from_db()
    assert (stale.status_code, row.state, row.reason) == (422, "in_review", "Long vacancy")
    hanna.post(decide, {"decision": "approve", "note": "Fine", "revision": row.revision})
    row.refresh_from_db()
    assert (row.state, row.decision_note) == ("active", "Fine")
    assert [b"Revoke it" in one.get(row.get_absolute_url()).content for one in (hanna, lena)] == [True, False]
    export = b"".join(lena.get("/exceptions/export/?state=any").streaming_content)
    assert b"Long vacancy" in export
    listed = lena.get("/exceptions/?subject=account&mine=asked&ends=30&line=EU")
    assert listed.context["table"].total == 0
    assert lena.get("/exceptions/?subject=account&mine=asked&line=EU").context["table"].total == 1


def test_the_api_asks_decides_and_refuses_with_the_place():
    world = company()
    now = timezone.now()
    lena, hanna = Caller(client=browser(world.lena)), Caller(client=browser(world.hanna))
    body = {
        "subject": "policy", "policy": "retention", "line": "EU", "title": "Archive", "reason": "Move", "compensating_control": "Exports",
        "expires_at": (now + 40 * DAY).isoformat(), "approver": "hanna@example.com",
    }  # fmt: skip
    wrong = lena.post(
        "/api/v1/exceptions/",
        body | {"expires_at": (now + 400 * DAY).isoformat(), "approver": "emil@example.com"},
    )
    assert (wrong.status_code, [one["pointer"] for one in wrong.json()["errors"]]) == (422, ["/approver"])
    wrong = lena.post("/api/v1/exceptions/", body | {"expires_at": (now - DAY).isoformat()})
    assert [(one["pointer"], one["code"]) for one in wrong.json()["errors"]] == [
        ("/expires_at", "in_the_past")
    ]
    assert [lena.post("/api/v1/exceptions/", body | {"line": code}).status_code for code in ("US", None)] == [
        422,
        403,
    ]
    assert PolicyException.objects.count() == 0

    made = lena.post("/api/v1/exceptions/", body)
    row = made.json()
    assert (made.status_code, row["state"], row["policy"], row["version"], row["requester"]["email"]) == (
        201, "requested", "retention", "1.0", "lena@example.com",
    )  # fmt: skip
    step = f"{row['url']}transition/"
    assert lena.post(step, {"action": "approve", "revision": 1}).status_code == 403
    taken = hanna.post(step, {"action": "take_up"}).json()
    assert (taken["state"], taken["revision"]) == ("in_review", 2)
    unread = hanna.post(step, {"action": "approve"})
    assert [one["pointer"] for one in unread.json()["errors"]] == ["/revision"]
    assert hanna.post(step, {"action": "approve", "revision": 1}).status_code == 412
    done = hanna.post(step, {"action": "approve", "note": "Fine"}, If_Match='"2"').json()
    assert (done["state"], done["approver"]["email"], done["decision_note"]) == (
        "active",
        "hanna@example.com",
        "Fine",
    )
    assert hanna.post(step, {"action": "approve", "revision": 3}).status_code == 409
    longer = lena.post(f"{row['url']}extend/", {
        "expires_at": (now + 90 * DAY).isoformat(), "reason": "Later", "compensating_control": "Daily exports",
    })  # fmt: skip
    assert (longer.status_code, longer.json()["extends"]) == (201, row["id"])
    assert [
        one["title"] for one in hanna.get("/api/v1/exceptions/?state=active&line=EU").json()["results"]
    ] == ["Archive"]


def test_an_employee_asks_for_themselves_only():
    world = company()
    emil = browser(world.emil)
    page = emil.get(f"{reverse('exception-new')}?policy=retention")
    assert page.context["form"].initial["person"] == "emil@example.com"
    form = {
        "subject": "policy", "policy": "retention", "title": "Mine", "person": "emil@example.com", "line": "FDE", "reason": "x",
        "compensating_control": "y", "expires_at": (timezone.localdate() + 9 * DAY).isoformat(), "approver": "",
    }  # fmt: skip
    assert emil.post(reverse("exception-new"), form).status_code == 302
    row = PolicyException.objects.get()
    assert (row.person, row.requester, row.line) == (world.emil, world.emil, world.foods)
    other = granted(world, title="Hers", line=world.europe)
    assert [emil.get(one.get_absolute_url()).status_code for one in (row, other)] == [200, 404]
    act = reverse("exception-act", args=[asked(world, title="FDE’s", line=world.foods, clause="9").public_id])
    assert emil.post(act, {"action": "withdraw"}).status_code == 403
    assert (
        emil.post(
            reverse("exception-act", args=[row.public_id]), {"action": "withdraw", "reason": "No need"}
        ).status_code
        == 302
    )
    row.refresh_from_db()
    assert (row.state, json.dumps(row.end_note)) == ("withdrawn", '"No need"')
