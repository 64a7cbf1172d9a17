"""The dashboard: totals for everybody, lines and work within scope, one price whatever the size."""

import datetime as dt

import pytest

from coe.enums.roles import Role
from coe.rules.principals import Actor, Principal, principal_of
from metrics.enums.maturity import RunKind
from metrics.models import StageRow
from metrics.selectors.dashboard import NeedsYou, programme_dashboard
from metrics.selectors.moved import MOVED_AT_MOST
from metrics.selectors.rubrics import current_rubric
from metrics.services import runs
from tests.factories import LineFactory, RoleFactory
from tests.metrics.world import AT, certified, good_account, month, organisation, tree

pytestmark = pytest.mark.django_db
BY = Actor.system("test")
DAY, MINUTE = dt.timedelta(days=1), dt.timedelta(minutes=1)
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
    certified(account)
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


def stage_moved(line, dimension, level, rise, at):
    StageRow.objects.filter(line=line, dimension=dimension, known_until=None).update(known_until=at)
    return StageRow.objects.create(
        line=line,
        rubric=current_rubric(),
        dimension=dimension,
        standing="reached",
        level_index=level,
        rise=rise,
        met=1,
        applicable=1,
        known_from=at,
    )


def test_an_overall_stage_moved_with_the_dimensions_that_moved_its_way():
    organisation()
    _region, a, b = tree()
    full(AT - 5 * DAY)
    stages = [(a, "GOV", 0, -2), (a, "MEA", 2, 1), (a, "PEO", 1, -1), (a, "", 0, -1), (b, "STR", 0, -1)]
    for line, dimension, level, rise in stages:
        stage_moved(line, dimension, level, rise, AT - DAY)
    stage_moved(a, "STR", 0, -1, AT - 2 * DAY)

    moved = {
        (m.line_code, m.dimension): [(one.before, one.after, one.url) for one in m.dimensions]
        for m in programme_dashboard(SYSTEM, AT).moved
        if m.dimensions
    }

    assert moved == {
        ("A", ""): [("Run", "Crawl", "/lines/A/#GOV"), ("Run", "Walk", "/lines/A/#PEO")],
    }


def test_the_last_stage_told_has_its_dimensions_too():
    organisation()
    _region, a, b = tree()
    full(AT - 5 * DAY)
    for dimension in ("GOV", ""):
        stage_moved(a, dimension, 0, -1, AT - 2 * DAY)
    for number in range(MOVED_AT_MOST - 1):
        stage_moved(b, "GOV", number % 2, 1 if number % 2 else -1, AT - DAY + number * MINUTE)

    told = programme_dashboard(SYSTEM, AT).moved

    assert [(m.line_code, m.dimension) for m in told] == [("B", "GOV")] * (MOVED_AT_MOST - 1) + [("A", "")]
    assert [one.url for one in told[-1].dimensions] == ["/lines/A/#GOV"]


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

    with django_assert_num_queries(7):
        programme_dashboard(SYSTEM, AT)
