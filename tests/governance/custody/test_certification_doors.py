"""Certification through its doors: pages, API, export."""

import csv
import datetime as dt
import io

import pytest
import time_machine

from coe.enums.roles import Role
from coe.models import ChangeEvent
from coe.services.accounts import edit_account
from governance.models import AccountCertification, AccountCheck, CertificationCampaign
from governance.services.certification import certify_account
from tests.factories import AT, LineFactory, RoleFactory
from tests.governance.custody.world import BY, YES, company, sound, world
from tests.plugins.api import call, hub_call, line_tree, token_of
from tests.plugins.pages import hub, lead, log_in, tree

__all__ = ["call", "hub", "hub_call", "lead", "line_tree", "log_in", "token_of", "tree"]
pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _the_hour_stands(request):
    with time_machine.travel(AT, tick=False):
        yield


def test_an_owner_puts_right_what_blocks_and_certifies_without_scripts(tree, lead):
    company()
    account = sound(tree.foods, handle="foods", archive_method="", primary_owner=lead.user)
    AccountCheck.objects.all().delete()
    path = f"/accounts/{account.public_id}/"

    page = lead.get(f"{path}certify/").content.decode()
    assert f'href="{path}edit/#id_archive_method"' in page
    assert f'href="{path}certification/#check"' in page
    assert 'name="apps"' not in page
    refused = lead.post(f"{path}certify/", {"custody_revision": 1, "revision": 1, **dict.fromkeys(YES, "on")})
    assert (refused.status_code, AccountCertification.objects.count()) == (422, 0)

    edit_account(account, changes={"archive_method": "export"}, by=BY, at=AT)
    for kind in ("handle", "status"):
        form = {"kind": kind, "outcome": "right", "checked_on": "2026-03-02"}
        assert lead.post(f"{path}checks/", form).status_code == 302
    bad = lead.post(f"{path}checks/", {"kind": "handle", "outcome": "wrong", "checked_on": "2026-03-02"})
    assert (bad.status_code, "Say what you found." in bad.content.decode()) == (422, True)
    shown = lead.get(f"{path}certify/")
    fields = {name: shown.context["form"][name].value() for name in ("custody_revision", "revision")}
    part = lead.post(f"{path}certify/", {**fields, "apps": "on"})
    assert (part.status_code, AccountCertification.objects.count()) == (422, 0)

    # Somebody changes the account while the page is open.
    edit_account(account, changes={"mfa_method": "key"}, by=BY, at=AT)
    stale = lead.post(f"{path}certify/", {**fields, **dict.fromkeys(YES, "on")})
    assert (stale.status_code, AccountCertification.objects.count()) == (409, 0)
    fields = {name: lead.get(f"{path}certify/").context["form"][name].value() for name in fields}
    done = lead.post(f"{path}certify/", {**fields, **dict.fromkeys(YES, "on")}, follow=True).content.decode()
    assert "foods is certified until 2027-03-02" in done
    row = AccountCertification.objects.get()
    assert (row.by, row.custody_revision) == (lead.user, 2)

    edit_account(account, changes={"mfa_state": "off"}, by=BY, at=AT + DAY)
    again = lead.get(f"{path}certification/").content.decode()
    assert "To certify again" in again
    assert "Changed since the last certification: multi-factor authentication." in again
    told = lead.post(
        f"/certification/{row.public_id}/withdraw/", {"reason": ""}, follow=True
    ).content.decode()
    assert "Say why." in told
    lead.post(f"/certification/{row.public_id}/withdraw/", {"reason": "Wrong"})
    row.refresh_from_db()
    assert row.ended == "withdrawn"


def test_an_owner_from_another_line_certifies_and_a_reader_does_not(tree, log_in):
    company()
    owner, viewer = log_in(), log_in(Role.VIEWER, tree.foods)
    account = sound(tree.foods, handle="foods", backup_owner=owner.user)
    path = f"/accounts/{account.public_id}/"

    assert [one.get(f"{path}certify/").status_code for one in (owner, viewer)] == [200, 403]
    assert "foods" in owner.get("/certification/").content.decode()
    assert viewer.post(f"{path}checks/", {}).status_code == 403
    assert owner.get(path).status_code == 404


def test_the_queue_narrows_counts_and_leaves_as_a_file(tree, hub, lead, django_assert_num_queries):
    company()
    lead.get("/certification/")
    for number in (1, 2, 3):
        account = sound(tree.foods, handle=f"foods{number}")
        certify_account(account, person=account.primary_owner, answers=YES, by=BY, at=AT)
        edit_account(account, changes={"mfa_method": "key"}, by=BY, at=AT)
        with django_assert_num_queries(9):
            page = lead.get("/certification/").content.decode()
        assert page.count("To certify again") == number + 1  # the filter offers it as well
    fresh = sound(tree.america, handle="fresh", tier=1)
    certify_account(fresh, person=fresh.primary_owner, answers=YES, by=BY, at=AT)

    assert "fresh" not in hub.get("/certification/").content.decode()
    assert "1 of 4 live accounts certified" in hub.get("/certification/?standing=any").content.decode()
    assert (
        hub.get("/certification/?standing=stands&line=US&tier=1&platform=twitter&q=@FRESH")
        .context["table"]
        .total
        == 1
    )
    file = b"".join(hub.get("/certification/export/?standing=any").streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(file)))
    assert {(row["handle"], row["standing"], row["line"]) for row in rows} == {
        ("fresh", "stands", "US"), ("foods1", "reopened", "FDE"), ("foods2", "reopened", "FDE"), ("foods3", "reopened", "FDE"),
    }  # fmt: skip


def test_a_campaign_on_its_pages(tree, hub, lead):
    company()
    accounts = [sound(line, handle=line.code.lower()) for line in (tree.foods, tree.america)]
    form = {"name": "Spring", "line": "", "due_on": "2026-05-01"}

    assert lead.post("/certification/campaigns/new/", form).status_code == 422
    wrong = hub.post("/certification/campaigns/new/", {**form, "due_on": "2026-01-01"})
    assert (wrong.status_code, CertificationCampaign.objects.count()) == (422, 0)
    path = hub.post("/certification/campaigns/new/", form)["Location"]
    certify_account(accounts[0], person=accounts[0].primary_owner, answers=YES, by=BY, at=AT)

    whole, ours = hub.get(path), lead.get(path)
    assert [(row["line__code"], row["done"], row["total"]) for row in whole.context["lines"]] == [
        ("FDE", 1, 1), ("US", 0, 1),
    ]  # fmt: skip
    assert ([row["line__code"] for row in ours.context["lines"]], ours.context["actions"]) == (["FDE"], [])
    assert [row.handle for row in whole.context["page"]] == ["us"]
    assert lead.post(f"{path}act/", {"action": "end"}).status_code == 403
    assert "is now: Ended" in hub.post(f"{path}act/", {"action": "end"}, follow=True).content.decode()
    assert "Spring" in lead.get("/certification/campaigns/").content.decode()


def test_the_api_says_what_is_missing_and_a_token_certifies_for_an_owner(call, line_tree, hub_call):
    company()
    account = sound(line_tree.foods, handle="foods", at=AT)
    beside = sound(LineFactory(code="AP"), handle="beside", at=AT)
    path = f"/api/v1/accounts/{account.public_id}/certify/"

    told = call.get(path).json()
    assert (told["standing"], told["may_be_certified"], told["custody_revision"]) == ("never", True, 1)
    assert [one["code"] for one in told["questions"]] == list(YES)
    owner = account.primary_owner.email
    bodies = (
        {"answers": YES},
        {"answers": {**YES, "apps": False}, "by_person": owner},
        {"answers": YES, "by_person": "nobody@example.com"},
        {"answers": YES, "by_person": owner, "custody_revision": 4},
    )
    assert [call.post(path, body).status_code for body in bodies] == [422, 422, 422, 412]
    assert (
        call.post(path.replace(str(account.public_id), str(beside.public_id)), bodies[0]).status_code == 404
    )
    assert AccountCertification.objects.count() == 0

    done = call.post(path, {"answers": YES, "by_person": owner})
    assert (done.status_code, done.json()["by"]["display"]) == (201, str(account.primary_owner))
    assert ChangeEvent.objects.get(action="account.certified").actor_kind == "token"
    listed = call.get("/api/v1/certifications/?ended=").json()
    assert [one["account"]["display"] for one in listed["results"]] == ["foods"]
    AccountCheck.objects.all().delete()
    blocked = call.post(path, {"answers": YES, "by_person": owner})
    assert (blocked.status_code, blocked.json()["type"].rpartition("/")[2]) == (409, "not_certifiable")
    look = {"kind": "handle", "outcome": "right", "by_person": owner}
    assert call.post(f"/api/v1/accounts/{account.public_id}/checks/", look).status_code == 201
    bad_day = {**look, "checked_on": "soon"}
    assert call.post(f"/api/v1/accounts/{account.public_id}/checks/", bad_day).status_code == 422
    assert call.get(f"/api/v1/accounts/{account.public_id}/checks/").json()["count"] == 1
    back = call.post(f"{done.json()['url']}withdraw/", {"reason": "Wrong"})
    assert (back.status_code, back.json()["ended"]) == (200, "withdrawn")

    plan = {"name": "Spring", "line": "EU", "due_at": "2026-05-01T00:00:00Z", "platform": "twitter"}
    assert call.post("/api/v1/certification-campaigns/", plan).status_code == 403
    made = hub_call.post("/api/v1/certification-campaigns/", plan)
    assert (made.status_code, made.json()["state"]) == (201, "running")
    assert hub_call.post("/api/v1/certification-campaigns/", {**plan, "tier": 9}).status_code == 422
    assert call.get(f"{made.json()['url']}progress/").json() == {
        "results": [{"line": "FDE", "name": "Foods Europe", "total": 1, "done": 0}], "total": 1, "done": 0,
    }  # fmt: skip
    ended = hub_call.post(f"{made.json()['url']}transition/", {"action": "end"})
    assert (ended.status_code, ended.json()["state"]) == (200, "ended")


def test_an_account_page_shows_the_panel(hub):
    held = world()
    RoleFactory(user=held.owner, role=Role.LINE_LEAD, line=held.line)

    page = hub.get(f"/accounts/{held.account.public_id}/").content.decode()
    assert f'hx-get="/accounts/{held.account.public_id}/certification/"' in page
