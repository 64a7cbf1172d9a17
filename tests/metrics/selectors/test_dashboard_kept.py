"""What the dashboard keeps is what it would find afresh, after every change that it rests on."""

import datetime as dt

import pytest
from django.utils import translation

from coe.enums.roles import Role
from coe.models import LineClosure, LineFact
from coe.rules.principals import Actor, Principal, principal_of
from coe.selectors.kept import Kept, forget_all
from coe.services.accounts import edit_account, transition
from coe.services.facts import note_facts
from coe.services.lines import archive_line, create_line, edit_line, move_line
from metrics.models import VerdictRow
from metrics.selectors.dashboard import programme_dashboard
from metrics.selectors.rubrics import current_rubric
from metrics.services import runs
from metrics.services.observing import NewObservation, record_observations
from metrics.services.target_stages import remove_target_stage, set_target_stage
from tests.factories import LineFactory, RoleFactory
from tests.metrics.world import AT, good_account, metric, organisation, tree

pytestmark = pytest.mark.django_db
BY, SYSTEM = Actor.system("test"), Principal.system()
DAY, MINUTE = dt.timedelta(days=1), dt.timedelta(minutes=1)


@pytest.fixture
def company():
    """Three lines that were scored yesterday, and the dashboard looked at since."""
    organisation()
    region, a, b = tree()
    account = good_account(a)
    good_account(b)
    runs.run_inline(runs.start_run(by=BY, at=AT - DAY), at=AT - DAY)
    LineFact.objects.all().delete()
    programme_dashboard(SYSTEM, AT)
    return region, a, b, account


def shown(at=AT, principal=SYSTEM):
    """The dashboard as it is shown, which must be the one that is found afresh."""
    kept = programme_dashboard(principal, at)
    forget_all()
    assert kept == programme_dashboard(principal, at)
    return kept


def follow(at=AT):
    return runs.consume_facts(at=at)


def test_a_second_look_asks_one_question(company, django_assert_num_queries):
    with django_assert_num_queries(1):
        programme_dashboard(SYSTEM, AT)
    with django_assert_num_queries(1):
        programme_dashboard(SYSTEM, AT + MINUTE)
    assert shown().heat


def test_a_score_that_moved_is_shown(company):
    _region, a, _b, account = company
    before = programme_dashboard(SYSTEM, AT)
    account.mfa_state = "off"
    account.save()
    note_facts([(a.pk, "accounts")], at=AT)

    assert follow().changed
    after = shown(AT + MINUTE)

    assert after.heat != before.heat
    assert {move.line_code for move in after.moved} == {"A", "REG"}


def test_a_line_that_was_renamed_made_or_moved_is_shown(company):
    region, a, b, _account = company
    edit_line(a, changes={"name": "Renamed"}, by=BY, at=AT)
    assert "Renamed" in [row.name for row in shown().heat]

    create_line(code="C", name="New", by=BY, at=AT)
    assert [row.code for row in shown().heat] == ["C", "REG", "A", "B"]

    b.refresh_from_db()
    move_line(b, parent=None, by=BY, at=AT)
    assert next((row.code, row.depth) for row in shown().heat) == ("B", 0)
    assert LineClosure.objects.filter(ancestor=region, descendant=b).count() == 0


def test_a_line_that_was_archived_is_gone_at_once_and_its_verdicts_after_the_run(company):
    line = create_line(code="C", name="New", by=BY, at=AT)
    follow()
    shown()
    archive_line(line, by=BY, at=AT + MINUTE)
    assert "C" not in [row.code for row in shown(AT + MINUTE).heat]

    follow(AT + 2 * MINUTE)

    assert shown(AT + 2 * MINUTE).heat
    assert not VerdictRow.objects.open().filter(line=line).exists()


def test_an_aim_is_shown_when_it_is_set_and_when_it_is_taken_away(company):
    _region, a, _b, _account = company

    def aimed(at=AT):
        found = shown(at)
        names = [cell.target_name for row in found.heat for cell in row.cells if cell and cell.target_name]
        return names, [pile.count for pile in found.queue if pile.kind == "late"]

    aim = {"line": a, "rubric": current_rubric(), "dimension": "GOV", "by": BY, "reason": "x"}
    stage = set_target_stage(level="run", at=AT, due_on=AT.date() - DAY, **aim)
    assert aimed() == (["Run"], [1])

    follow()
    set_target_stage(level="crawl", at=AT + MINUTE, due_on=AT.date() - DAY, **aim)
    follow(AT + MINUTE)
    assert aimed(AT + 2 * MINUTE) == (["Crawl"], [])

    remove_target_stage(stage, by=BY, at=AT + 3 * MINUTE)
    follow(AT + 3 * MINUTE)
    assert aimed(AT + 4 * MINUTE) == ([], [])


def test_every_reader_has_their_own_lines_and_language(company):
    _region, a, b, _account = company
    of_a, of_b = (principal_of(RoleFactory(role=Role.LINE_LEAD, line=x).user, AT) for x in (a, b))

    assert [row.code for row in shown(principal=of_a).heat] == ["A"]
    assert [row.code for row in shown(principal=of_b).heat] == ["B"]
    english = shown().overall.name
    with translation.override("fr"):
        assert shown().overall.name != english
    assert shown().overall.name == english


def test_a_month_later_what_moved_is_no_news(company):
    _region, a, _b, account = company
    account.mfa_state = "off"
    account.save()
    note_facts([(a.pk, "accounts")], at=AT)
    follow()

    assert shown(AT + MINUTE).moved
    assert not shown(AT + 32 * DAY).moved


def test_accounts_that_fell_silent_are_counted_anew_when_an_account_or_a_figure_changes(company):
    _region, a, b, account = company
    of_a, of_b = (principal_of(RoleFactory(role=Role.LINE_LEAD, line=x).user, AT) for x in (a, b))
    of = metric("followers")

    def silent(at=AT):
        return [
            {pile.kind: pile.count for pile in shown(at, principal).queue}.get("stale", 0)
            for principal in (SYSTEM, of_a, of_b)
        ]

    assert silent() == [2, 1, 1]
    value = NewObservation("followers", AT.date() - 40 * DAY, account_id=account.pk, value=5)
    record_observations([value], by=BY, at=AT, source="typed", metrics={"followers": of})
    assert silent() == [1, 0, 1]
    # Nothing of the scores rests on this one value, so no run tells of it: what was followed is counted for itself.
    follow()
    LineFact.objects.all().delete()
    assert silent() == [1, 0, 1]
    assert shown().freshness.newest_figure_on == AT.date() - 40 * DAY
    assert silent(AT + 5 * DAY) == [1, 0, 1]
    assert silent(AT + 6 * DAY) == [2, 1, 1]

    edit_account(account, changes={"line": b}, by=BY, at=AT)
    follow()
    assert silent() == [1, 0, 1]
    assert silent(AT + 6 * DAY) == [2, 0, 2]
    transition(account, action="suspend", by=BY, at=AT, why="x")
    follow()
    assert silent(AT + 6 * DAY) == [1, 0, 1]


def test_pages_are_kept_apart(company):
    for n in range(50):
        LineFactory(code=f"X{n:02d}")

    first, second = programme_dashboard(SYSTEM, AT), programme_dashboard(SYSTEM, AT, page=2)

    assert (len(first.heat), len(second.heat), first.has_more_lines) == (50, 3, True)
    assert programme_dashboard(SYSTEM, AT).heat == first.heat


def test_what_was_not_asked_for_longest_is_forgotten():
    kept = Kept(2)
    made = []

    def ask(key):
        return kept.get(key, lambda: made.append(key) or key)

    for key in ("a", "b", "a", "c", "a", "b"):
        assert ask(key) == key

    assert made == ["a", "b", "c", "b"]
