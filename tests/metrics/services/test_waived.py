"""A criterion that an exception excuses is waived for its line and the lines below, and falls back at the exception's minute."""

import datetime as dt

import pytest

from coe.engine import ticking
from coe.rules.principals import actor_of
from governance.services import exceptions
from metrics.models import StageRow, VerdictRow
from metrics.services import runs
from tests.governance.exceptions.world import DAY, person
from tests.metrics.services.test_runs import full, verdicts
from tests.metrics.world import AT, good_account, organisation, tree

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


def test_a_waived_verdict_reaches_below_and_falls_back_at_the_minute():
    organisation()
    region, a, b = tree()
    good_account(a, mfa_state="off")
    good_account(b, mfa_state="off")
    lead, other = person("Hanna", "hub_lead"), person("Hugo", "hub_member")
    full()
    assert [verdicts(one)["GOV-C4"] for one in (region, a, b, None)] == ["fail"] * 4
    ends = AT + 3 * DAY
    about = {
        "title": "Second factor",
        "reason": "New tool",
        "compensating_control": "Vault only",
        "expires_at": ends,
    }
    asked = exceptions.request_exception(
        subject="criterion", criterion="GOV-C4", line=a, approver=other, by=actor_of(lead), at=AT, **about
    )
    runs.consume_facts(at=AT + MINUTE)
    assert verdicts(a)["GOV-C4"] == "fail"

    asked = exceptions.take_up(asked, by=actor_of(other), at=AT)
    exceptions.approve_exception(asked, by=actor_of(other), at=AT, expected_revision=asked.revision)
    runs.consume_facts(at=AT + 2 * MINUTE)
    assert [verdicts(one)["GOV-C4"] for one in (region, a, b, None)] == ["fail", "waived", "fail", "fail"]
    row = VerdictRow.objects.open().get(line=a, criterion="GOV-C4")
    assert (row.detail["waived_from"], row.reason, "waiver" in row.detail["causes"]) == (
        "fail",
        "waiver",
        True,
    )
    assert StageRow.objects.open().get(line=a, dimension="GOV").causes != []

    # One of the region excuses it and both below.
    wide = exceptions.request_exception(
        subject="criterion",
        criterion="GOV-C4",
        line=region,
        approver=other,
        by=actor_of(lead),
        at=AT,
        **about,
    )
    wide = exceptions.take_up(wide, by=actor_of(other), at=AT)
    exceptions.approve_exception(wide, by=actor_of(other), at=AT, expected_revision=wide.revision)
    runs.consume_facts(at=AT + 3 * MINUTE)
    assert [verdicts(one)["GOV-C4"] for one in (region, a, b, None)] == ["waived", "waived", "waived", "fail"]

    ticking.tick(at=ends - MINUTE)
    runs.consume_facts(at=ends - MINUTE)
    assert verdicts(a)["GOV-C4"] == "waived"
    ticking.tick(at=ends + MINUTE)
    runs.consume_facts(at=ends + MINUTE)
    assert [verdicts(one)["GOV-C4"] for one in (region, a, b, None)] == ["fail"] * 4
    assert runs.consume_facts(at=ends + 2 * MINUTE).facts == 0
