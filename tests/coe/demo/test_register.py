"""The register of the demo company: as large as promised, the same every time, with troubles worth finding."""

import hashlib
from collections import Counter

import pytest
from django.db.models import F

from coe.demo import company as data
from coe.demo.plan import PLANS
from coe.demo.world import email_of, load_demo
from coe.enums.accounts import AccountState
from coe.enums.roles import Role
from coe.models import (
    AccountCoOwner,
    BusinessLine,
    ChangeEvent,
    Organisation,
    Platform,
    RoleAssignment,
    SocialAccount,
    User,
)
from tests.coe.demo.conftest import LOADED_AT

# pytest-django prepares only the databases that a mark asks for.
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo-register")]


def digest():
    """A hash of all that is said about the company, without ids."""
    orders = {
        SocialAccount: (
            "platform__code", "handle_key", "line__code", "state", "tier", "primary_owner__email", "backup_owner__email", "mfa_state",
            "mfa_verified_on", "recovery_email", "publish_method", "last_post_at", "opened_on", "purpose", "url",
        ),
        RoleAssignment: ("user__email", "role", "line__code", "valid_from", "valid_until"),
        User: ("email", "name", "job_title", "is_active", "joined_on"),
        Platform: ("code", "decision"),
        ChangeEvent: ("at", "action", "object_label", "actor_label"),
    }  # fmt: skip
    rows = [list(model.objects.order_by(*fields).values_list(*fields)) for model, fields in orders.items()]
    # The catalogue of platforms is stored once and outlives a reset, so only the first load tells of it.
    rows[-1] = [row for row in rows[-1] if not row[1].startswith("platform.created")]
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def test_company_has_the_promised_size(company):
    assert Organisation.objects.values_list("name", "is_demo").get() == (data.NAME, True)
    assert BusinessLine.objects.spokes().count() == 12
    assert SocialAccount.objects.count() == 180
    assert SocialAccount.objects.values("platform").distinct().count() == 12
    assert User.objects.filter(is_demo=True).count() == 60
    assert set(Counter(SocialAccount.objects.values_list("line__code", flat=True)).values()) == {15}


def test_lines_hang_below_three_regions_and_the_functions(company):
    found = dict(BusinessLine.objects.filter(is_spoke=True).values_list("code", "parent__code"))
    assert found == {
        "RTE": "EU", "FDE": "EU", "LGE": "EU", "RTA": "AM", "FDA": "AM", "LGA": "AM", "RTP": "AP", "FDP": "AP", "LGP": "AP",
        "CRP": "FN", "TAL": "FN", "CSV": "FN",
    }  # fmt: skip


def test_second_load_on_the_same_day_says_the_same_of_everything(undone):
    before = digest()

    load_demo(at=LOADED_AT, reset=True)

    assert digest() == before


def test_history_begins_eighteen_months_back_and_never_runs_ahead(company):
    days = ChangeEvent.objects.order_by("pk").values_list("at", flat=True)
    assert (LOADED_AT - days[0]).days == 547
    assert list(days) == sorted(days)
    assert max(days) == LOADED_AT


def test_troubles_are_there_to_be_found(company):
    live = SocialAccount.objects.live()
    leaver = User.objects.get(email=email_of(data.LEAVER[0]))
    assert (leaver.is_active, live.filter(primary_owner=leaver).exists()) == (False, True)
    assert live.filter(tier=1, mfa_state="off").exists()
    assert live.filter(tier=1, backup_owner=None, line__code="FDP").exists()
    assert live.filter(recovery_kind="personal").count() == 2
    assert live.filter(last_post_at__lt=LOADED_AT.replace(month=8)).count() >= 5
    assert SocialAccount.objects.filter(state=AccountState.REQUESTED).count() == 3
    assert not RoleAssignment.objects.filter(role=Role.LINE_LEAD, line__code="LGP").exists()


def test_nobody_backs_themselves_up(company):
    assert not SocialAccount.objects.filter(primary_owner=F("backup_owner")).exists()


def test_one_account_is_shared_with_two_lines(company):
    found = AccountCoOwner.objects.values_list("account__line__code", "line__code")
    assert set(found) == {("CRP", "TAL"), ("CRP", "CSV")}


def test_every_handle_is_one_on_its_platform_and_is_planned_once():
    assert len({(plan.platform, plan.handle) for plan in PLANS}) == len(PLANS) == 180
    assert len({email_of(name) for name in all_names()}) == len(all_names()) == 60


def all_names():
    return [
        *(name for name, *_rest in data.HUB),
        *(name for names in data.STAFF.values() for name in names if name),
        data.LEAVER[0],
        data.HELPER[0],
    ]
