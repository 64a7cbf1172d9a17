"""What blocks a certification, and where each thing is put right. No database."""

import datetime as dt

import pytest

from coe.models import Platform, SocialAccount, User
from governance.enums.certification import CheckKind, Standing
from governance.rules.certification import Known, is_corporate, next_due, pre_checks, responsible, standing_at
from tests.factories import AT
from tests.governance.custody.world import SOUND

TODAY = AT.date()
FRESH = {kind.value: ("right", TODAY) for kind in CheckKind}
KNOWN = Known(["example.com"], TODAY, FRESH)


def held(**fields):
    """An account in memory that nothing speaks against."""
    ana, ben = User(pk=1, email="ana@example.com"), User(pk=2, email="ben@example.com")
    return SocialAccount(
        platform=fields.pop("platform", Platform(pk=1, name="X")),
        **(SOUND | {"primary_owner": ana, "backup_owner": ben} | fields),
    )


def blocked(account, known=KNOWN):
    """Code → the field that its link leads to."""
    return {one.code: one.url.partition("#")[2] for one in pre_checks(account, known) if one.blocks}


def test_a_sound_account_meets_every_check():
    assert [(one.code, one.is_met) for one in pre_checks(held(), KNOWN)] == [
        (code, True)
        for code in (
            "owners", "purpose", "custody", "recovery", "mfa", "comments", "retention", "platform", "handle_check", "status_check",
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"backup_owner": None}, {"owners": "id_backup_owner"}),
        ({"primary_owner": User(pk=3, is_active=False)}, {"owners": "id_primary_owner"}),
        ({"backup_owner": User(pk=1)}, {"owners": "id_backup_owner"}),
        ({"audience": ""}, {"purpose": "id_audience"}),
        ({"languages": []}, {"purpose": "id_languages"}),
        ({"custody_kind": "personal"}, {"custody": "id_custody_kind"}),
        ({"vault_reference": ""}, {"custody": "id_vault_reference"}),
        ({"publish_method": "other_tool"}, {"custody": "id_publish_method"}),
        ({"recovery_kind": "personal"}, {"recovery": "id_recovery_kind"}),
        ({"recovery_email": "social@notexample.com"}, {"recovery": "id_recovery_email"}),
        ({"mfa_state": "unknown"}, {"mfa": "id_mfa_state"}),
        ({"comment_policy_url": ""}, {"comments": "id_comment_policy_url"}),
        ({"comment_policy_url": "", "allows_comments": False}, {}),
        ({"archive_method": ""}, {"retention": "id_archive_method"}),
        ({"platform": Platform(name="X", decision="prohibited")}, {"platform": "state"}),
        ({"platform": Platform(name="X", is_mfa_capable=False), "mfa_state": "off"}, {}),
        ({"platform": Platform(name="X", allows_comments=False), "comment_policy_url": ""}, {}),
    ],
)
def test_each_gap_blocks_and_names_its_field(fields, expected):
    assert blocked(held(**fields)) == expected


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        ({}, {"handle_check": "check", "status_check": "check"}),
        (FRESH | {"handle": ("wrong", TODAY)}, {"handle_check": "check"}),
        (FRESH | {"status": ("right", TODAY - dt.timedelta(days=90))}, {}),
        (FRESH | {"status": ("right", TODAY - dt.timedelta(days=91))}, {"status_check": "check"}),
    ],
)
def test_somebody_must_have_looked_lately(looks, expected):
    assert blocked(held(), Known(["example.com"], TODAY, looks)) == expected


def test_a_waiver_lets_the_second_factor_pass_and_nothing_else():
    account = held(mfa_state="off", archive_method="")
    known = Known(["example.com"], TODAY, FRESH, {"mfa"})

    assert blocked(account, known) == {"retention": "id_archive_method"}
    assert [one.code for one in pre_checks(account, known) if one.is_waived] == ["mfa"]


def test_without_mail_domains_the_organisation_is_to_be_filled_in():
    found = {one.code: one.url for one in pre_checks(held(), Known([], TODAY, FRESH)) if one.blocks}

    assert found == {"recovery": "/organisation/"}


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("a@example.com", True),
        ("a@mail.Example.com", True),
        ("a@badexample.com", False),
        ("", False),
        ("x", False),
    ],
)
def test_a_mailbox_of_the_company_lies_on_its_domain_or_below(address, expected):
    assert is_corporate(address, ["example.com"]) is expected


def test_a_year_for_most_and_half_a_year_for_tier_1():
    at = dt.datetime(2026, 8, 31, 10, tzinfo=dt.UTC)

    assert next_due(at, 2) == dt.datetime(2027, 8, 31, 10, tzinfo=dt.UTC)
    assert next_due(at, 1) == dt.datetime(2027, 2, 28, 10, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("certified", "due_in", "expected"),
    [
        (None, None, Standing.NEVER),
        (1, 400, Standing.REOPENED),
        (2, 0, Standing.OVERDUE),
        (2, 30, Standing.SOON),
        (2, 31, Standing.STANDS),
    ],
)
def test_a_certification_stands_while_custody_does_and_until_its_instant(certified, due_in, expected):
    due = None if due_in is None else AT + dt.timedelta(days=due_in)

    assert standing_at(custody_revision=2, certified_revision=certified, next_due_at=due, at=AT) == expected


def test_the_backup_owner_stands_in_for_a_primary_who_is_not_there():
    gone = User(pk=3, is_active=False)

    assert responsible(held()).pk == 1
    assert responsible(held(primary_owner=gone)).pk == 2
    assert responsible(held(primary_owner=None)).pk == 2
    assert responsible(held(primary_owner=gone, backup_owner=None)) is None
