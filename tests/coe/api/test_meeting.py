"""Two callers who store the same in one instant: one of them is told so, and nobody gets a 500."""

import threading
import time

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import RequestFactory

from coe.models import SocialAccount
from coe.rules.principals import Actor
from coe.services.accounts import create_account
from coe.services.platforms import ensure_platforms
from config.errors import DomainErrorMiddleware, api_exception_handler, met
from tests.factories import AT, AccountFactory

BY = Actor.system("test")
_WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND transactionid = pg_current_xact_id()::xid"


def _broken(**values) -> IntegrityError:
    account = AccountFactory()
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        SocialAccount.objects.filter(pk=account.pk).update(**values)
    return caught.value


@pytest.mark.django_db
def test_what_a_unique_index_refuses_is_a_duplicate_in_the_api_and_on_a_page():
    error = _broken(public_id=AccountFactory().public_id)

    answer = api_exception_handler(error, {})
    page = DomainErrorMiddleware(None).process_exception(RequestFactory().get("/accounts/"), error)

    assert (answer.status_code, answer.data["detail"]) == (409, met(error).message)
    assert (page.status_code, met(error).message in page.content.decode()) == (409, True)


@pytest.mark.django_db
def test_another_broken_constraint_stays_a_fault():
    error = _broken(tier=99)

    assert met(error) is None
    assert api_exception_handler(error, {}) is None
    assert DomainErrorMiddleware(None).process_exception(RequestFactory().get("/accounts/"), error) is None


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_who_register_one_account_at_once_the_later_gets_a_409(hub_call, line_tree):
    platforms = ensure_platforms(by=BY, at=AT)
    body = {"line": "FDE", "platform": "x", "handle": "acme"}
    answers = []

    def register():
        try:
            answers.append(hub_call.post("/api/v1/accounts/", body))
        finally:
            connection.close()

    other = threading.Thread(target=register)
    with transaction.atomic():
        create_account(line=line_tree.foods, platform=platforms["x"], handle="acme", by=BY, at=AT)
        other.start()
        deadline = time.monotonic() + 30
        with connection.cursor() as cursor:
            waits = 0
            while not waits and time.monotonic() < deadline:
                time.sleep(0.02)
                cursor.execute(_WAITING)
                waits = cursor.fetchone()[0]
        assert waits
    other.join(60)

    assert [(answer.status_code, answer.json()["detail"][:32]) for answer in answers] == [
        (409, "Somebody stored the same a momen")
    ]
    assert SocialAccount.objects.filter(handle_key="acme").count() == 1
