"""From a verdict that rests on governance down to its records: every one of them opens for whoever reads the verdict."""

import datetime as dt

import pytest
import time_machine

from coe.rules.principals import Actor
from governance.models import AccountCertification, DiscoverySweep
from metrics.models import VerdictRow
from metrics.services.runs import run_inline, start_run
from tests.factories import UserFactory
from tests.metrics.governed import due, exception, found, grant, policy
from tests.metrics.world import AT, good_account, organisation

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
OF_LINES = ["GOV-W2", "GOV-W3", "GOV-W4", "GOV-R1", "GOV-R5", "TRN-W2"]
ONCE = ["GOV-C2", "GOV-C5", "GOV-W5", "GOV-R4", "PEO-R2", "TRN-C1", "TRN-R3"]


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def judged(tree):
    """Foods Europe fails everything that rests on governance, and so does the programme."""
    organisation()
    account = good_account(tree.foods, mfa_state="off")
    old = AT - 400 * DAY
    AccountCertification.objects.create(
        account=account, custody_revision=account.custody_revision, by=account.primary_owner, by_name="x",
        at=old, next_due_at=old + 365 * DAY,
    )  # fmt: skip
    rules = policy("employee_use", next_review_on=AT.date() - DAY)
    helper = UserFactory(name="Helper without a role")
    grant(account, helper)
    grant(account, granted_at=AT - 10 * DAY, basis="none_needed")
    policy("moderation", published=AT - 60 * DAY, told=False, version=(2, 0))
    due(rules, account.primary_owner)
    due(rules, helper)
    grant(
        account,
        state="revoking",
        revoke_cause="left",
        revoke_asked_at=AT - 5 * DAY,
        revoke_due_at=AT - 4 * DAY,
    )
    exception(tree.foods, state="expired", expires_at=AT - DAY)
    DiscoverySweep.objects.create(
        name="s", started_at=AT - 367 * DAY, state="completed", completed_at=AT - 366 * DAY
    )
    found(30)
    run_inline(start_run(by=Actor.system(), at=AT), at=AT)
    return account


def verdicts(line):
    rows = VerdictRow.objects.open().filter(line=line, criterion__in=[*OF_LINES, *ONCE])
    return dict(rows.values_list("criterion", "verdict"))


def opened(client, path):
    """The failing records of a criterion: what each leads to, and how that page answers."""
    page = client.get(path)
    assert page.status_code == 200
    urls = [item.url for one in page.context["lists"] for item in one.items]
    return urls, {client.get(url).status_code for url in urls}


def test_lead_opens_every_failing_record_of_the_line(lead, tree, judged):
    assert verdicts(tree.foods) == dict.fromkeys(OF_LINES, "fail")

    counts = {}
    for code in OF_LINES:
        urls, answers = opened(lead, f"/lines/FDE/criteria/{code}/")
        assert answers == {200}, (code, urls)
        counts[code] = len(urls)

    assert counts == {"GOV-W2": 1, "GOV-W3": 1, "GOV-W4": 2, "GOV-R1": 1, "GOV-R5": 1, "TRN-W2": 1}


def test_hub_opens_every_failing_record_of_the_programme(hub, judged):
    told = verdicts(None)
    assert {code: told[code] for code in ONCE} == dict.fromkeys(ONCE, "fail")

    counts = {}
    for code in ONCE:
        urls, answers = opened(hub, f"/programme/criteria/{code}/")
        assert answers == {200}, (code, urls)
        counts[code] = len(urls)

    # Of discovery, the finding and, as its guard, that no sweep was completed.
    assert counts == {
        "GOV-C2": 3,
        "GOV-C5": 1,
        "GOV-W5": 1,
        "GOV-R4": 2,
        "PEO-R2": 4,
        "TRN-C1": 5,
        "TRN-R3": 1,
    }


def test_page_where_each_is_put_right_opens(lead, hub, judged):
    for client, start, codes in ((lead, "/lines/FDE", OF_LINES), (hub, "/programme", ONCE)):
        for code in codes:
            url = client.get(f"{start}/criteria/{code}/").context["fix_url"]
            assert url, code
            assert client.get(url).status_code == 200, (code, url)
