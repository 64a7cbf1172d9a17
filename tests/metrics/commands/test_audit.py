"""`manage.py audit`: silent on a sound hub, exit 1 and the rows when an invariant is broken. Every invariant is broken here once."""

import datetime as dt
import json

import pytest
from django.core.management import call_command

from coe.enums.roles import Role
from coe.models import AccountCoOwner, BusinessLine, LineClosure, Timer, User
from coe.registries import invariants
from coe.rules.principals import Actor
from governance.models import (
    AccessGrant,
    AccountCertification,
    CertificationCampaign,
    Finding,
    PolicyException,
)
from metrics.models import AccountMonth, DailyRollup, IndicatorReading, Observation, RubricVersion, VerdictRow
from metrics.services.observing import NewObservation, record_observations
from tests.factories import BatchFactory, RoleFactory, UserFactory
from tests.metrics.world import AT, good_account, metric, organisation, tree
from tests.training.world import curriculum, finished, taught
from training.models import Certificate, Completion, Curriculum, Requirement, Seat, Session
from training.services.completions import record_completion

pytestmark = pytest.mark.django_db


@pytest.fixture
def company():
    """A hub with figures and scores."""
    organisation()
    _region, a, _b = tree()
    account = good_account(a)
    followers = metric("followers", aggregation="last")
    record_observations(
        [NewObservation(followers.code, dt.date(2026, 3, 1), account.pk, None, value=7)],
        by=Actor.system(), at=AT, source="api",
    )  # fmt: skip
    call_command("recompute", "--full", "--inline")
    return a, account


def audit(capsys):
    """Exit code and the rows told as JSON."""
    capsys.readouterr()
    code = 0
    try:
        call_command("audit", "--json")
    except SystemExit as stopped:
        code = stopped.code
    told = json.loads(capsys.readouterr().out)
    assert told["checked"] == list(invariants)
    return code, {row["invariant"] for row in told["broken"]}


def completed(version=None):
    """Somebody completed a course; its version."""
    version = version or taught()
    record_completion(finished(version, AT), by=Actor.system(), at=AT)
    return version


def enrolled(a):
    """Somebody is enrolled by a role in a curriculum of one course."""
    RoleFactory(line=a, role=Role.VIEWER)
    curriculum("path", taught().course, roles=(Role.VIEWER,), at=AT)


def overbooked(a):
    """A session with one seat and two people in it."""
    row = Session.objects.create(
        course=taught().course, line=a, starts_at=AT, ends_at=AT + dt.timedelta(hours=1), places=1
    )
    for _n in range(2):
        Seat.objects.create(session=row, user=UserFactory(), booked_at=AT)


def excepted(account, **fields):
    """Somebody asked for an exception."""
    values = {
        "title": "x", "subject": "account", "account": account, "line": account.line, "reason": "r", "compensating_control": "c",
        "requester": UserFactory(), "requested_at": AT, "expires_at": AT + dt.timedelta(days=9),
    }  # fmt: skip
    return PolicyException.objects.create(**values | fields)


def granted(account, **fields):
    """Somebody gets into an account."""
    values = {
        "person": UserFactory(), "account": account, "level": "publisher", "basis": "none_needed", "state": "active",
        "requested_by": UserFactory(), "requested_at": AT, "granted_by": UserFactory(), "granted_at": AT,
    }  # fmt: skip
    return AccessGrant.objects.create(**values | fields)


def certified(account):
    """A certification without a single answer."""
    AccountCertification.objects.create(
        account=account, custody_revision=account.custody_revision, by=UserFactory(), by_name="x", at=AT,
        next_due_at=AT + dt.timedelta(days=9),
    )  # fmt: skip


def found(account, **fields):
    """Somebody found an account."""
    Finding.objects.create(platform=account.platform, handle="x", handle_key="x", found_at=AT, **fields)


BREAKERS = {
    # It was excused by the very person it excuses.
    "exceptions-decided": lambda a, account: excepted(account, person=(one := UserFactory()), approver=one),
    "exceptions-ended": lambda a, account: excepted(account, state="revoked"),
    "access-grounds": lambda a, account: granted(account, basis="certificate"),
    "access-ends": lambda a, account: granted(account, valid_until=AT),
    "account-certifications": lambda a, account: certified(account),
    "certification-campaigns": lambda a, account: CertificationCampaign.objects.create(
        name="x", starts_at=AT, due_at=AT + dt.timedelta(days=9)
    ),
    "findings": lambda a, account: found(
        account, kind="protest", state="takedown", triaged_at=AT, takedown_asked_at=AT
    ),
    "certificates": lambda a, account: completed() and Certificate.objects.all().delete(),
    "completions": lambda a, account: completed() and Completion.objects.update(version=taught("OTHER")),
    "requirements": lambda a, account: enrolled(a) or Requirement.objects.all().delete(),
    "archived-curricula": lambda a, account: enrolled(a) or Curriculum.objects.update(archived_at=AT),
    "seats": lambda a, account: overbooked(a),
    "closure": lambda a, account: LineClosure.objects.filter(descendant=a, depth=1).delete(),
    "depths": lambda a, account: BusinessLine.objects.filter(pk=a.pk).update(depth=5),
    "archived-lines": lambda a, account: BusinessLine.objects.filter(pk=a.pk).update(
        status="archived", archived_at=AT
    ),
    "co-owners": lambda a, account: AccountCoOwner.objects.create(account=account, line=a),
    "leavers": lambda a, account: RoleFactory(
        user=UserFactory(is_active=False), role=Role.AUDITOR, line=None
    ),
    "unread-notices": lambda a, account: User.objects.filter(pk=account.primary_owner_id).update(
        unread_notices=3
    ),
    "timers": lambda a, account: Timer.objects.create(kind="nobody.knows", subject="1", due_at=AT),
    "one-current-rubric": lambda a, account: RubricVersion.objects.update(is_current=False),
    "open-verdicts": lambda a, account: VerdictRow.objects.filter(line=a, criterion="GOV-C4").delete(),
    "intervals": lambda a, account: IndicatorReading.objects.filter(line=a).update(
        known_until=dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
    ),
    "rollups": lambda a, account: DailyRollup.objects.update(total=8),
    "references": lambda a, account: Observation.objects.update(batch=999_999_999),
    "account-months": lambda a, account: AccountMonth.objects.update(observations=2),
}


def test_every_invariant_has_somebody_who_breaks_it_here():
    assert set(invariants) == {*BREAKERS, "waiting-files"}


def test_a_sound_hub_is_told_so(capsys, company):
    assert audit(capsys) == (0, set())

    call_command("audit")
    assert "invariants hold" in capsys.readouterr().out


@pytest.mark.parametrize("name", BREAKERS)
def test_a_broken_one_is_found_and_no_other_is_blamed(capsys, company, name):
    BREAKERS[name](*company)

    assert audit(capsys) == (1, {name})


@pytest.mark.parametrize("is_there", (True, False))
def test_the_file_of_a_waiting_import_is_the_one_that_was_uploaded(capsys, company, tmp_path, is_there):
    path = tmp_path / "lines.csv"
    if is_there:
        path.write_text("code,name\n")
    BatchFactory(stored_path=str(path), state="ready")

    assert audit(capsys) == (1, {"waiting-files"})
