"""Certificates: for their holder, for who keeps the records, and one word for everybody else."""

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client

from coe.enums.roles import Role
from tests.factories import RoleFactory
from tests.training.world import BY, finished, taught
from training.models import Certificate
from training.services.certificates import revoke_certificate
from training.services.completions import record_completion
from training.views.certificates import CHECKS_A_MINUTE

pytestmark = pytest.mark.django_db


def held(person, at, *, days=1):
    """A certificate of a person."""
    version = taught(f"C{days}")
    return record_completion(
        finished(version, at - dt.timedelta(days=days), person), by=BY, at=at
    ).completion.certificate


def word(code: str) -> str:
    """What a stranger is told."""
    return Client().get("/check/", {"code": code}).context["state"]


def test_a_stranger_is_told_one_word(at, lead):
    certificate = held(lead.user, at)
    old = held(lead.user, at, days=400)

    assert word(certificate.code) == "valid"
    assert word(f" {certificate.code.lower().replace('-', ' ')} ") == "valid"
    assert word(old.code) == "expired"
    revoke_certificate(certificate, by=BY, at=at, why="Fraud")
    assert word(certificate.code) == "revoked"
    assert [word(code) for code in ("22222-22222-22222-22222", "?", "x" * 50)] == ["unknown"] * 3

    page = Client().get("/check/", {"code": certificate.code})
    assert lead.user.name not in page.content.decode()
    assert "Course C1" not in page.content.decode()
    assert (page["Cache-Control"], page["X-Robots-Tag"]) == ("no-store", "noindex")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_answer_has_one_shape_and_costs_the_same(at, lead, language, django_assert_num_queries):
    valid, old, revoked = (held(lead.user, at, days=days) for days in (1, 400, 2))
    revoke_certificate(revoked, by=BY, at=at, why="Fraud")
    shapes, words = set(), set()
    word("?")  # what every page reads once is read

    for code in (valid.code, old.code, revoked.code, "22222-22222-22222-22222"):
        with django_assert_num_queries(1):
            answer = Client(headers={"Accept-Language": language}).get("/check/", {"code": code})
        page = answer.content.decode().replace(code, "CODE")
        (said,) = re.findall(r'<p role="status">.*?</p>', page)
        words.add(said)
        # A nonce and a token against forgery are new each time, whatever the page says.
        bare = re.sub(r'nonce="[^"]*"|"\w{64}"', "", page.replace(said, ""))
        shapes.add((answer.status_code, bare))

    assert (len(shapes), len(words)) == (1, 4)


@pytest.mark.parametrize(
    ("zone", "wall"),
    [
        # An hour that Paris has twice, one that it skips, and a day that Auckland began before.
        ("Europe/Paris", "2026-10-25T02:30"),
        ("Europe/Paris", "2026-03-29T03:00"),
        ("Pacific/Auckland", "2026-04-05T02:59"),
        ("UTC", "2026-12-31T23:59"),
    ],
)
def test_a_certificate_expires_at_its_minute_in_every_zone(zone, wall, lead):
    ends = dt.datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)
    certificate = held(lead.user, ends - dt.timedelta(days=90))
    Certificate.objects.update(expires_at=ends)

    with time_machine.travel(ends - dt.timedelta(seconds=1), tick=False):
        assert word(certificate.code) == "valid"
    with time_machine.travel(ends, tick=False):
        assert word(certificate.code) == "expired"


def test_an_empty_check_asks_for_the_code(db):
    assert Client().get("/check/").context["state"] == ""
    assert list(Client().get("/check/", {"code": ""}).context["form"].errors) == ["code"]


def test_guessing_is_slowed_down(db):
    answers = [Client().get("/check/", {"code": "x"}).status_code for _n in range(CHECKS_A_MINUTE + 1)]

    assert answers == [200] * CHECKS_A_MINUTE + [429]
    assert Client().get("/check/").status_code == 200


def test_a_certificate_is_seen_by_its_holder_its_lead_and_the_hub_only(at, lead, hub, tree, log_in):
    person = RoleFactory(role=Role.VIEWER, line=tree.foods).user
    certificate = held(person, at)
    url = f"/training/certificates/{certificate.public_id}/"
    colleague = log_in(Role.VIEWER, tree.foods)
    stranger = log_in(Role.LINE_LEAD, tree.america)

    assert [who.get(url).status_code for who in (lead, hub, colleague, stranger)] == [200, 200, 404, 404]
    assert certificate.code in lead.get(url).content.decode()


def test_who_keeps_the_records_revokes_with_a_reason(at, lead, auditor, tree):
    certificate = held(RoleFactory(role=Role.VIEWER, line=tree.foods).user, at)
    url = f"/training/certificates/{certificate.public_id}/revoke/"

    assert auditor.post(url, {"reason": "x"}).status_code == 403
    lead.post(url, {"reason": " "})
    assert Certificate.objects.get().revoked_at is None
    lead.post(url, {"reason": "Answers were copied"})
    page = lead.post(url, {"reason": "Again"}, follow=True)

    assert Certificate.objects.get().revoked_why == "Answers were copied"
    assert "revoked already" in page.content.decode()
