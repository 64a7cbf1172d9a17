"""The dashboard: totals for everybody, lines and work within scope, one price whatever the size."""

import datetime as dt

import pytest

from coe.enums.roles import Role
from coe.rules.principals import Actor, Principal, principal_of
from metrics.enums.maturity import RunKind
from metrics.selectors.dashboard import NeedsYou, programme_dashboard
from metrics.services import runs
from tests.factories import LineFactory, RoleFactory
from tests.metrics.world import AT, good_account, month, organisation, tree

pytestmark = pytest.mark.django_db
BY = Actor.system("test")
DAY = dt.timedelta(days=1)
SYSTEM = Principal.system()


def full(at=AT):
    return runs.run_inline(runs.start_run(RunKind.FULL, by=BY, at=at), at=at)


def test_dashboard_of_a_fresh_hub_is_empty():
    page = programme_dashboard(SYSTEM, AT)

    assert (page.is_scored, page.heat, page.moved, page.queue, page.actions) == (False, (), (), (), ())


def test_heat_map_has_a_cell_per_line_and_dimension():
    organisation()
    tree()
    full()

    page = programme_dashboard(SYSTEM, AT)

    assert page.is_scored
    assert [d.code for d in page.dimensions] == ["STR", "GOV", "PEO", "TRN", "TLS", "CON", "MEA"]
    assert [(row.code, row.url, row.depth) for row in page.heat] == [
        ("REG", "/lines/REG/", 0),
        ("A", "/lines/A/", 1),
        ("B", "/lines/B/", 1),
    ]
    assert {len(row.cells) for row in page.heat} == {7}
    assert (page.overall.name, page.has_more_lines) == ("Overall", False)
    assert len(page.trend) == 1


def test_moved_names_stage_changes_with_their_causes():
    organisation()
    _region, a, _b = tree()
    account = good_account(a)
    full(AT - 5 * DAY)
    account.mfa_state = "off"
    account.save()
    full(AT)

    moved = {
        (m.line_code, m.dimension, m.before, m.after, m.rise, m.causes)
        for m in programme_dashboard(SYSTEM, AT).moved
    }

    assert ("A", "GOV", "Walk", "Not yet", -2, ("evidence",)) in moved
    assert ("REG", "GOV", "Walk", "Not yet", -2, ("evidence",)) in moved


def test_moved_names_the_criteria_that_turned():
    organisation()
    _region, a, _b = tree()
    account = good_account(a)
    full(AT - 5 * DAY)
    account.mfa_state = "off"
    account.save()
    full(AT)

    turned = {
        (m.line_code, m.dimension): [(one.verdict, one.url) for one in m.turned]
        for m in programme_dashboard(SYSTEM, AT).moved
    }

    assert turned["A", "GOV"]
    assert {verdict for verdict, _url in turned["A", "GOV"]} == {"fail"}
    assert {url.startswith("/lines/A/criteria/GOV-") for _verdict, url in turned["A", "GOV"]} == {True}


def test_queue_counts_work_in_scope_only():
    organisation()
    _region, a, b = tree()
    month(good_account(a, primary_owner=None, backup_owner=None), AT.date())
    good_account(a, state="requested")
    good_account(b, mfa_state="off")
    good_account(b, mfa_state="unknown")
    full()
    lead = principal_of(RoleFactory(role=Role.LINE_LEAD, line=a).user, AT)

    everything = {pile.kind: pile.count for pile in programme_dashboard(SYSTEM, AT).queue}
    own = programme_dashboard(lead, AT)

    assert everything == {"awaiting": 1, "orphan": 1, "mfa_off": 1, "mfa_unknown": 1, "stale": 2}
    assert own.queue == (
        NeedsYou("awaiting", "Accounts that await approval", 1, "/accounts/?state=requested"),
        NeedsYou("orphan", "Live accounts without an owner", 1, "/accounts/?owner=none"),
    )
    assert [row.code for row in own.heat] == ["A"]
    assert own.freshness.newest_figure_on == AT.date()
    assert own.programme
    assert {m.line_code for m in own.moved} <= {"A"}


def test_actions_name_steps_and_how_many_lines_in_scope_miss_them():
    organisation()
    _region, a, b = tree()
    good_account(a, mfa_state="off")
    good_account(b, mfa_state="off")
    full()
    lead = principal_of(RoleFactory(role=Role.LINE_LEAD, line=a).user, AT)

    everything = {action.step.code: action.lines for action in programme_dashboard(SYSTEM, AT).actions}
    own = {action.step.code: action.lines for action in programme_dashboard(lead, AT).actions}

    assert everything
    assert set(own.values()) == {1}
    assert max(everything.values()) == 3


@pytest.mark.parametrize("item_count", [1, 3, 30])
def test_dashboard_takes_the_same_queries_whatever_the_lines(item_count, django_assert_num_queries):
    organisation()
    for _ in range(item_count):
        good_account(LineFactory(), mfa_state="off")
    full()

    with django_assert_num_queries(6):
        programme_dashboard(SYSTEM, AT)
