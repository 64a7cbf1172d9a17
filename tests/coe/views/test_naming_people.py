"""Nobody finds out who works elsewhere by naming them: a colleague out of sight is answered like somebody who does not exist."""

import io

import pytest

from coe.enums.roles import Role
from coe.models import SocialAccount
from coe.rules.principals import principal_of
from coe.services.import_runs import receive_import, validate_import
from tests.factories import AT, AccountFactory, PlatformFactory, RoleFactory, UserFactory

pytestmark = pytest.mark.django_db
VICTIM, GHOST, COLLEAGUE = "victim@example.com", "ghost@example.com", "colleague@example.com"


@pytest.fixture
def company(tree):
    """Somebody who works in America, somebody who works in Europe, and an account of Europe."""
    tree.victim = RoleFactory(user=UserFactory(email=VICTIM, name="Vic"), line=tree.america).user
    tree.colleague = RoleFactory(user=UserFactory(email=COLLEAGUE), line=tree.foods).user
    tree.account = AccountFactory(line=tree.europe, platform=PlatformFactory(code="twitter"))
    return tree


def create(client, company, email):
    form = {
        "address": "fresh", "platform": company.account.platform_id, "line": company.europe.pk, "kind": "brand", "tier": "3",
        "primary_owner": email,
    }  # fmt: skip
    return client.post("/accounts/new/", form)


def edit(client, company, email, name="primary_owner"):
    page = client.get(f"/accounts/{company.account.public_id}/edit/")
    shown = page.context["form"]
    form = {
        field: "" if value is None else ", ".join(value) if isinstance(value, list) else value
        for field, value in shown.initial.items()
    }
    return client.post(f"/accounts/{company.account.public_id}/edit/", form | {name: email})


def bulk(client, company, email):
    form = {"id": [str(company.account.public_id)], "apply": "1", "backup_owner": email}
    return client.post("/accounts/bulk/", form)


def session(client, company, email):
    form = {
        "line": company.europe.code, "starts_at": "2031-01-06T09:00", "ends_at": "2031-01-06T10:00", "time_zone": "UTC",
        "places": "3", "trainer": email,
    }  # fmt: skip
    return client.post("/training/sessions/new/", form)


def api_create(client, company, email):
    body = {"line": "EU", "platform": "twitter", "handle": "fresh", "primary_owner": {"email": email}}
    return client.post("/api/v1/accounts/", body, content_type="application/json")


def api_edit(client, company, email):
    url = f"/api/v1/accounts/{company.account.public_id}/"
    return client.patch(url, {"emergency_contact": {"email": email}}, content_type="application/json")


def api_role(client, company, email):
    body = {"person": {"email": email}, "role": "viewer", "line": "EU"}
    return client.post("/api/v1/roles/", body, content_type="application/json")


DOORS = (create, edit, bulk, session, api_create, api_edit, api_role)


def told(answer, email):
    """What an answer says, without the address that was asked for and the token of its form."""
    text = answer.content.decode().replace(email, "somebody")
    return answer.status_code, [line for line in text.splitlines() if "csrf" not in line.casefold()]


@pytest.mark.parametrize("door", DOORS)
def test_a_colleague_out_of_sight_is_answered_like_nobody(lead, company, door):
    before = list(SocialAccount.objects.order_by("pk").values())
    lead.defaults["HTTP_X_REQUEST_ID"] = "the-same"

    victim, ghost = door(lead, company, VICTIM), door(lead, company, GHOST)

    assert victim.status_code == 422
    assert told(victim, VICTIM) == told(ghost, GHOST)
    assert list(SocialAccount.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("door", [door for door in DOORS if door not in (session, api_role)])
def test_a_colleague_in_sight_can_be_named(lead, company, door):
    assert door(lead, company, COLLEAGUE).status_code in (200, 201, 302)
    assert SocialAccount.objects.filter(
        **{{bulk: "backup_owner", api_edit: "emergency_contact"}.get(door, "primary_owner"): company.colleague}
    ).count() == 1  # fmt: skip


@pytest.mark.parametrize("path", ["/accounts/new/", "/accounts/{}/edit/", "/training/sessions/new/"])
def test_the_suggestions_hold_only_people_in_sight(lead, company, path):
    page = lead.get(path.format(company.account.public_id)).content.decode()

    assert COLLEAGUE in page
    assert VICTIM not in page


def test_the_hub_names_anybody(hub, company):
    assert create(hub, company, VICTIM).status_code == 302


def test_an_emergency_contact_from_elsewhere_stays_when_the_rest_is_edited(hub, lead, company):
    account = company.account
    account.emergency_contact = company.victim
    account.save()

    saved = edit(lead, company, "More news", name="purpose")
    account.refresh_from_db()

    assert (saved.status_code, account.purpose, account.emergency_contact) == (
        302,
        "More news",
        company.victim,
    )
    # Whom an account on one's own line names already is no secret on that line.
    assert edit(lead, company, VICTIM).status_code == 302


@pytest.mark.parametrize("email", [VICTIM, GHOST])
def test_a_file_names_only_people_in_sight(company, email):
    who = RoleFactory(role=Role.LINE_LEAD, line=company.europe).user
    text = f"platform,handle,line,primary_owner,backup_owner\ntwitter,fresh,EU,{COLLEAGUE},{email}\n"
    principal = principal_of(who, AT)
    batch = receive_import(
        io.BytesIO(text.encode()), kind="accounts", principal=principal, at=AT, file_name="a.csv"
    )
    batch = validate_import(batch, at=AT)

    (problem,) = batch.problems.all()
    assert (batch.rejected, problem.field, problem.code) == (1, "backup_owner", "person_unknown")
    assert problem.message.replace(email, "…") == (
        "You see nobody with the e-mail …. The hub adds people and gives them roles."
    )
    assert not SocialAccount.objects.filter(handle="fresh").exists()
