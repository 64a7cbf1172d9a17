"""Token pages: the secret is seen once."""

import datetime as dt

import pytest
from django.utils import timezone

from coe.models import ServiceToken
from tests.factories import TokenFactory

pytestmark = pytest.mark.django_db


def _fields(line, **more):
    return {
        "name": "Suite",
        "line": line.pk,
        "scopes": ["read", "metrics:write"],
        "expires_on": str(timezone.localdate() + dt.timedelta(days=30)),
        **more,
    }


def test_a_token_shows_its_secret_once(lead, tree):
    made = lead.post("/me/tokens/", _fields(tree.foods))

    token = ServiceToken.objects.get()
    secret = made.context["secret"]
    assert made.status_code == 200
    assert (token.line, token.name, token.scopes) == (tree.foods, "Suite", ["read", "metrics:write"])
    assert secret.startswith(f"coe_{token.prefix}_")
    assert secret in made.content.decode()
    assert secret not in lead.get("/me/tokens/").content.decode()


def test_a_token_for_a_line_of_others_is_refused(lead, tree):
    answer = lead.post("/me/tokens/", _fields(tree.america))

    assert answer.status_code == 422
    assert not ServiceToken.objects.exists()


def test_a_token_that_has_expired_already_is_refused(lead, tree):
    answer = lead.post("/me/tokens/", _fields(tree.foods, expires_on="2020-01-01"))

    assert answer.status_code == 422
    assert not ServiceToken.objects.exists()


def test_an_auditor_makes_no_token(auditor, tree):
    assert auditor.post("/me/tokens/", _fields(tree.foods)).status_code == 403
    assert not ServiceToken.objects.exists()


def test_a_token_is_revoked(lead, tree):
    token = TokenFactory(line=tree.foods, expires_at=timezone.now() + dt.timedelta(days=9))

    answer = lead.post(f"/me/tokens/{token.public_id}/", {"action": "revoke"})

    token.refresh_from_db()
    assert answer.status_code == 302
    assert token.revoked_at is not None


def test_a_token_of_others_is_not_found(lead, tree):
    token = TokenFactory(line=tree.america, expires_at=timezone.now() + dt.timedelta(days=9))

    assert lead.post(f"/me/tokens/{token.public_id}/", {"action": "revoke"}).status_code == 404
    token.refresh_from_db()
    assert token.revoked_at is None


def test_a_replaced_token_shows_the_secret_of_its_successor(lead, tree):
    token = TokenFactory(
        line=tree.foods, expires_at=timezone.now() + dt.timedelta(days=9), created_at=timezone.now()
    )

    made = lead.post(f"/me/tokens/{token.public_id}/", {"action": "rotate"})

    successor = ServiceToken.objects.get(replaces=token)
    assert made.context["secret"].startswith(f"coe_{successor.prefix}_")


@pytest.mark.parametrize("item_count", [1, 3])
def test_token_list_asks_the_same_questions_for_one_and_three(
    lead, tree, item_count, django_assert_num_queries
):
    for _ in range(item_count):
        TokenFactory(line=tree.foods)
    lead.get("/me/tokens/")

    with django_assert_num_queries(4):
        page = lead.get("/me/tokens/")

    assert len(page.context["tokens"]) == item_count
