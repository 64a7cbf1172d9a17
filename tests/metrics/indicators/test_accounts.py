"""Every account check: the smallest account that passes and the smallest change that makes it fail, counted by hand."""

import datetime as dt

import pytest

from coe.models import Platform
from metrics.indicators.base import moment_of
from metrics.indicators.registry import REGISTRY, collect
from tests.factories import AccountFactory, LineFactory, PlatformFactory, UserFactory
from tests.metrics.world import AT, TODAY, good_account, measured, month, organisation, reported

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
FAILING = {
    "accounts.registered_fields": {"url": ""},
    "accounts.mfa_on": {"mfa_verified_on": TODAY - 366 * DAY},
    "accounts.two_owners": {"backup_owner": None},
    "accounts.corporate_recovery": {"recovery_email": "me@private.org"},
    "accounts.approved_publishing": {"publish_method": "native_shared"},
    "accounts.custody_complete": {"vault_reference": ""},
    "accounts.retention": {"archive_method": ""},
    "accounts.app_review": {"app_review_on": TODAY - 183 * DAY},
    "accounts.described": {"languages": []},
    "accounts.comment_policy": {"comment_policy_url": ""},
    "accounts.within_dormancy": {"last_post_at": AT - 91 * DAY},
    "accounts.within_cadence": {"last_post_at": AT - 8 * DAY},
}


@pytest.mark.parametrize("code", sorted(FAILING))
def test_account_check_counts_one_of_two_when_one_account_fails(code):
    organisation()
    line = LineFactory(code="A")
    good_account(line)
    bad = good_account(line, **FAILING[code])

    found = measured(code, line)
    evidence = REGISTRY[code].evidence([line.pk], moment_of(AT), 10)

    assert found == {"A": (1, 2, "ok")}
    assert [item.key for item in evidence] == [str(bad.public_id)]
    assert evidence[0].url.startswith(f"/accounts/{bad.public_id}/")
    assert evidence[0].why


@pytest.mark.parametrize("code", sorted(FAILING))
def test_account_check_says_nothing_when_the_line_has_no_live_account(code):
    organisation()
    line = LineFactory(code="A")
    good_account(line, state="archived")

    assert measured(code, line) == {}


@pytest.mark.parametrize(
    ("code", "blank"),
    [
        ("accounts.mfa_on", {"mfa_state": "unknown", "mfa_verified_on": None}),
        ("accounts.corporate_recovery", {"recovery_email": "", "recovery_kind": ""}),
        ("accounts.approved_publishing", {"publish_method": ""}),
        ("accounts.custody_complete", {"custody_kind": "", "recovery_kind": ""}),
        ("accounts.retention", {"retention_class": "", "archive_method": ""}),
        ("accounts.app_review", {"app_review_on": None}),
        ("accounts.within_dormancy", {"last_post_at": None}),
        ("accounts.within_cadence", {"planned_cadence_days": None}),
    ],
)
def test_account_check_has_no_data_when_nobody_recorded_anything(code, blank):
    organisation()
    line = LineFactory(code="A")
    good_account(line, **blank)

    assert measured(code, line) == {"A": (None, 1, "no_data")}


def test_mfa_on_leaves_out_platforms_that_offer_none():
    line = LineFactory(code="A")
    good_account(line, platform=PlatformFactory(code="newsletter", is_mfa_capable=False), mfa_state="off")

    assert measured("accounts.mfa_on", line) == {}


def test_two_owners_fails_when_an_owner_has_left_or_both_are_one_person():
    line = LineFactory(code="A")
    one = UserFactory()
    good_account(line)
    good_account(line, primary_owner=one, backup_owner=one)
    good_account(line, backup_owner=UserFactory(left_on=TODAY))
    good_account(line, backup_owner=UserFactory(is_active=False))

    assert measured("accounts.two_owners", line) == {"A": (1, 4, "ok")}


def test_corporate_recovery_relies_on_the_recorded_kind_when_no_domain_is_named():
    organisation(corporate_domains=[])
    line = LineFactory(code="A")
    good_account(line, recovery_email="a@elsewhere.org")
    good_account(line, recovery_kind="personal")

    assert measured("accounts.corporate_recovery", line) == {"A": (1, 2, "ok")}


def test_corporate_recovery_knows_subdomains_and_letter_case_but_no_look_alikes():
    organisation(corporate_domains=["Example.com"])
    line = LineFactory(code="A")
    good_account(line, recovery_email="a@Mail.EXAMPLE.com")
    good_account(line, recovery_email="a@notexample.com")

    assert measured("accounts.corporate_recovery", line) == {"A": (1, 2, "ok")}


def test_app_review_is_about_tier_one_only():
    line = LineFactory(code="A")
    good_account(line, tier=2, app_review_on=None)

    assert measured("accounts.app_review", line) == {}


def test_within_dormancy_uses_the_account_limit_before_the_organisation_limit():
    organisation(dormancy_days=30)
    line = LineFactory(code="A")
    good_account(line, last_post_at=AT - 29 * DAY)
    good_account(line, last_post_at=AT - 31 * DAY)
    good_account(line, last_post_at=AT - 31 * DAY, dormancy_limit_days=60)
    good_account(line, last_post_at=AT - 11 * DAY, dormancy_limit_days=10)

    assert measured("accounts.within_dormancy", line) == {"A": (2, 4, "ok")}


def test_dormant_undecided_counts_only_dormant_accounts_older_than_thirty_days():
    line = LineFactory(code="A")
    good_account(line)
    good_account(line, state="dormant", state_since=AT - 29 * DAY)
    good_account(line, state="dormant", state_since=AT - 31 * DAY, dormant_decision="keep")
    late = good_account(line, state="dormant", state_since=AT - 31 * DAY)

    evidence = REGISTRY["accounts.dormant_undecided"].evidence([line.pk], moment_of(AT), 10)

    assert measured("accounts.dormant_undecided", line) == {"A": (1, None, "ok")}
    assert [item.key for item in evidence] == [str(late.public_id)]


def test_snapshot_45d_counts_accounts_with_a_young_figure():
    line = LineFactory(code="A")
    month(good_account(line), TODAY - 45 * DAY)
    old = good_account(line)
    month(old, TODAY - 46 * DAY)

    readings = {r.code: r for r in collect(["accounts.snapshot_45d"], [line.pk], moment_of(AT))}

    found = readings["accounts.snapshot_45d"]
    assert (found.numerator, found.denominator, found.evidence_on) == (1, 2, TODAY - 45 * DAY)
    evidence = REGISTRY["accounts.snapshot_45d"].evidence([line.pk], moment_of(AT), 10)
    assert [item.key for item in evidence] == [str(old.public_id)]


def test_snapshot_3m_wants_each_of_the_three_last_complete_months():
    line = LineFactory(code="A")
    reported(good_account(line))
    gap = good_account(line)
    month(gap, dt.date(2025, 12, 5))
    month(gap, dt.date(2026, 2, 5))

    assert measured("accounts.snapshot_3m", line) == {"A": (1, 2, "ok")}


def test_snapshots_have_no_data_when_nothing_was_ever_reported():
    line = LineFactory(code="A")
    good_account(line)

    assert measured("accounts.snapshot_45d", line) == {"A": (None, 1, "no_data")}
    assert measured("accounts.snapshot_3m", line) == {"A": (None, 1, "no_data")}


@pytest.mark.parametrize("item_count", [1, 3])
def test_all_account_checks_take_one_query_whatever_the_lines(item_count, django_assert_num_queries):
    organisation()
    lines = [LineFactory() for _ in range(item_count)]
    for line in lines:
        good_account(line)
        AccountFactory(line=line)
    moment = moment_of(AT)
    assert moment.rhythms == ((), (7,))

    with django_assert_num_queries(1):
        collect([code for code in REGISTRY if code in FAILING], [line.pk for line in lines], moment)


def test_archived_lines_are_not_measured():
    line = LineFactory(code="A", status="archived", archived_at=AT)
    good_account(line)

    assert measured("accounts.described", line) == {}
    assert Platform.objects.exists()
