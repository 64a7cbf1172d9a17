"""Indicators that rest on governance: policies, attestation, certification, exceptions, access, discovery, backups."""

import datetime as dt

import pytest

from coe.enums.roles import Role
from coe.rules.principals import Actor
from governance.models import (
    AccountCertification,
    DiscoverySweep,
    Policy,
    PolicyCourse,
    PolicyDue,
)
from metrics.indicators.base import moment_of
from metrics.indicators.registry import REGISTRY
from tests.factories import LineFactory, PlatformFactory, RoleFactory, UserFactory
from tests.metrics.governed import due, exception, found, grant, policy
from tests.metrics.world import AT, TODAY, good_account, measured
from tests.training.world import curriculum, finished, taught
from training.services.completions import record_completions
from training.services.enrolments import role_changed

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def evidence(code, *lines):
    ids = [line.pk for line in lines] or None
    return [item.key for item in REGISTRY[code].evidence(ids, moment_of(AT), 10)]


def test_core_policies_are_those_of_five_types_that_are_in_force_and_kept():
    kept = policy("employee_use")
    policy("employee_use")
    policy("moderation", archived_at=AT)
    policy("brand_voice")
    Policy.objects.create(code="draft", type="records_retention", titles={"en": "Draft"})

    assert measured("policies.core_in_force") == {None: (1, None, "ok")}
    assert evidence("policies.core_in_force") == [
        "access_credentials", "moderation", "escalation_crisis", "records_retention",
    ]  # fmt: skip

    assert measured("courses.policies_covered") == {None: (0, 5, "ok")}
    course = taught("FND").course
    link = PolicyCourse.objects.create(policy=kept, course=course)
    assert measured("courses.policies_covered") == {None: (1, 5, "ok")}
    assert evidence("courses.policies_covered") == [
        "access_credentials", "moderation", "escalation_crisis", "records_retention",
    ]  # fmt: skip
    link.ended_at = AT
    link.save()
    assert measured("courses.policies_covered") == {None: (0, 5, "ok")}
    assert "employee-use-1" in evidence("courses.policies_covered")


def test_review_is_overdue_from_the_day_after_its_date_and_unknown_without_policies():
    assert measured("policies.overdue_review") == {None: (None, None, "no_data")}

    policy("moderation", next_review_on=TODAY)
    late = policy("disclosure", next_review_on=TODAY - DAY)
    never = policy("ai_content", next_review_on=None)

    assert measured("policies.overdue_review") == {None: (2, None, "ok")}
    assert set(evidence("policies.overdue_review")) == {late.code, never.code}


def test_changes_count_once_their_month_is_over_and_first_versions_are_no_change():
    policy("employee_use")
    assert measured("policies.changes_taught") == {}

    policy("moderation", version=(2, 0))
    untold = policy("disclosure", version=(1, 1), told=False)
    policy("ai_content", version=(2, 0), told=False, published=AT - 3 * DAY)
    policy("brand_voice", version=(2, 0), published=AT - 400 * DAY)
    # Nobody acknowledges it, so there is nobody to tell.
    policy("records_retention", version=(2, 0), told=False, is_acknowledged=False)

    assert measured("policies.changes_taught") == {None: (1, 2, "ok")}
    assert evidence("policies.changes_taught") == [untold.code]


def test_attestation_counts_what_people_with_access_accepted_of_what_is_due():
    line, other = LineFactory(code="A"), LineFactory(code="B")
    account = good_account(line)
    good_account(other)
    owner, backup = account.primary_owner, account.backup_owner
    helper, gone, outside = UserFactory(), UserFactory(), UserFactory()
    grant(account, helper)
    grant(account, gone, state="revoked", revoked_at=AT - DAY)
    rules, voice = policy("employee_use"), policy("brand_voice")
    due(rules, owner, answer="accepted")
    due(voice, owner)
    due(rules, backup, due_at=AT + DAY)
    due(rules, helper, answer="declined")
    due(voice, helper, answer="accepted", due_at=AT + DAY)
    due(rules, gone)
    due(rules, outside)
    due(policy("moderation", archived_at=AT), helper)

    # Of owner and helper: two of four pairs. The backup has days of grace left, the others no access.
    assert measured("policies.attested") == {"A": (2, 4, "ok")}
    assert evidence("policies.attested", line) == [str(owner.public_id), str(helper.public_id)]
    assert evidence("policies.attested", other) == []
    # Who holds a grant and nothing else on the line has a page that the line's lead may not open.
    items = REGISTRY["policies.attested"].evidence([line.pk], moment_of(AT), 10)
    assert [item.url for item in items] == [
        f"/people/{owner.public_id}/", f"/accounts/{account.public_id}/#access",
    ]  # fmt: skip

    PolicyDue.objects.filter(person=owner, answer="").update(until_at=AT - DAY, ended="left")
    assert measured("policies.attested") == {"A": (2, 3, "ok")}


def test_certified_is_within_a_year_and_under_the_custody_of_today():
    line = LineFactory(code="A")
    fresh, old, moved, never = (good_account(line) for _ in range(4))
    for account, days, revision in ((fresh, 10, 1), (old, 366, 1), (moved, 10, 1)):
        AccountCertification.objects.create(
            account=account, custody_revision=revision, by=UserFactory(), by_name="x", at=AT - days * DAY,
            next_due_at=AT + DAY,
        )  # fmt: skip
    moved.custody_revision = 2
    moved.save()

    assert measured("accounts.certified_12m") == {"A": (1, 4, "ok")}
    assert set(evidence("accounts.certified_12m")) == {str(one.public_id) for one in (old, moved, never)}


def test_second_factor_is_confirmed_or_an_exception_for_the_account_is_in_force():
    line = LineFactory(code="A")
    off, over, _good = (
        good_account(line, mfa_state="off"),
        good_account(line, mfa_state="off"),
        good_account(line),
    )
    good_account(line, platform=PlatformFactory(code="letter", is_mfa_capable=False), mfa_state="off")
    exception(line, subject="account", account=off)
    exception(line, subject="account", account=over, state="expired", expires_at=AT - DAY)

    assert measured("accounts.mfa_or_excepted") == {"A": (2, 3, "ok")}
    assert evidence("accounts.mfa_or_excepted") == [str(over.public_id)]


def test_second_factor_nobody_looked_at_is_no_data_until_an_exception_says_something():
    line = LineFactory(code="A")
    account = good_account(line, mfa_state="unknown", mfa_verified_on=None)
    assert measured("accounts.mfa_or_excepted") == {"A": (None, 1, "no_data")}

    exception(line, subject="account", account=account)

    assert measured("accounts.mfa_or_excepted") == {"A": (1, 1, "ok")}


def test_unsound_exceptions_are_past_their_end_too_long_or_incomplete():
    line, calm = LineFactory(code="A"), LineFactory(code="B")
    exception(calm)
    exception(line)
    ran_out = exception(line, state="expired", expires_at=AT - DAY)
    renewed = exception(line, state="expired", expires_at=AT - DAY)
    exception(line, extends=renewed)
    exception(line, state="closed", expires_at=AT - DAY)
    stuck = exception(line, expires_at=AT - 2 * DAY)
    bare = exception(line, compensating_control="")
    lasting = exception(line, expires_at=AT + 400 * DAY)

    assert measured("exceptions.unsound") == {"A": (4, None, "ok"), "B": (0, None, "ok")}
    assert evidence("exceptions.unsound", line) == [
        str(one.public_id) for one in (stuck, ran_out, bare, lasting)
    ]


def test_access_is_given_to_the_certified_confirmed_each_quarter_and_ended_in_a_day():
    line = LineFactory(code="A")
    account = good_account(line)
    grant(account, granted_at=AT - 10 * DAY)
    grant(account, granted_at=AT - 10 * DAY, basis="exception")
    bare = grant(account, granted_at=AT - 10 * DAY, basis="none_needed")
    confirmed = grant(account, reviewed_at=AT - 10 * DAY)
    stale = grant(account, reviewed_at=AT - 93 * DAY)
    never = grant(account)
    asked = {"revoke_cause": "left", "revoke_asked_at": AT - 5 * DAY, "revoke_due_at": AT - 4 * DAY}
    grant(account, state="revoked", revoked_at=AT - 4 * DAY, **asked)
    slow = grant(account, state="revoked", revoked_at=AT - 3 * DAY, **asked)
    stuck = grant(account, state="revoking", **asked)
    grant(account, state="revoking", **asked | {"revoke_due_at": AT + DAY})
    grant(account, state="revoked", revoked_at=AT, **asked | {"revoke_cause": "asked"})
    assert confirmed.reviewed_at is not None

    assert measured("access.granted_to_certified") == {"A": (2, 3, "ok")}
    assert evidence("access.granted_to_certified") == [str(bare.public_id)]
    assert measured("access.recertified_quarter") == {"A": (1, 3, "ok")}
    assert evidence("access.recertified_quarter") == [str(stale.public_id), str(never.public_id)]
    assert measured("access.revoked_in_time") == {"A": (1, 3, "ok")}
    assert evidence("access.revoked_in_time") == [str(slow.public_id), str(stuck.public_id)]


def test_discovery_counts_sweeps_their_longest_gap_and_findings_judged_in_five_business_days():
    assert measured("discovery.sweeps") == {None: (0, None, "ok")}
    assert measured("discovery.longest_gap_days") == {None: (None, None, "no_data")}
    assert measured("discovery.triaged_in_time") == {}

    for started, ended, state in (
        (61, 60, "completed"),
        (26, 25, "completed"),
        (5, None, "running"),
        (500, 499, "completed"),
    ):
        DiscoverySweep.objects.create(
            name="s", started_at=AT - started * DAY, state=state, completed_at=ended and AT - ended * DAY
        )
    late = found(40, judged=20)
    found(40, judged=36)
    found(3)
    found(3, judged=1)
    open_ = found(30)
    found(200)

    assert measured("discovery.sweeps") == {None: (2, None, "ok")}
    assert measured("discovery.longest_gap_days") == {None: (35, None, "ok")}
    assert measured("discovery.triaged_in_time") == {None: (2, 4, "ok")}
    assert evidence("discovery.triaged_in_time") == [str(late.public_id), str(open_.public_id)]


def test_seat_is_backed_by_a_second_person_with_the_certificates_it_asks_for():
    version = taught("CRI")
    curriculum("spokes", version.course, roles=(Role.SPOKESPERSON,))
    first, second = UserFactory(), UserFactory()
    for person, days in ((first, 30), (second, 20)):
        seat = RoleFactory(role=Role.SPOKESPERSON, line=None, user=person, valid_from=AT - days * DAY)
        role_changed([seat.pk], by=Actor.system("tests"), at=AT - days * DAY)
    RoleFactory(role=Role.HUB_LEAD, line=None)

    assert measured("roles.critical_backed") == {None: (0, 4, "ok")}
    assert evidence("roles.critical_backed") == [
        "hub_lead", "corporate_communications", "escalation_approver", "spokesperson",
    ]  # fmt: skip

    record_completions([finished(version, AT - DAY, first)], by=Actor.system("tests"), at=AT - DAY)
    assert measured("roles.critical_backed") == {None: (0, 4, "ok")}

    record_completions([finished(version, AT - DAY, second)], by=Actor.system("tests"), at=AT - DAY)
    assert measured("roles.critical_backed") == {None: (1, 4, "ok")}
