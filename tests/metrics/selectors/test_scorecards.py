"""The scorecard of a line: its numbers, its past, its scope, its price in queries."""

import datetime as dt

import pytest
from django.utils import translation

from coe.enums.roles import Role
from coe.errors import NotFound
from coe.rules.principals import Actor, Principal, principal_of
from metrics.enums.maturity import RunKind
from metrics.indicators.evidence import evidence_of
from metrics.models import TargetStage
from metrics.selectors.rubrics import current_rubric, rubric_of
from metrics.selectors.scorecards import line_scorecard, programme_scorecard
from metrics.services import runs
from tests.factories import LineFactory, RoleFactory
from tests.metrics.world import AT, TODAY, certified, good_account, led, organisation, reported, tree

pytestmark = pytest.mark.django_db
BY = Actor.system("test")
DAY = dt.timedelta(days=1)
SYSTEM = Principal.system()


def full(at=AT):
    return runs.run_inline(runs.start_run(RunKind.FULL, by=BY, at=at), at=at)


def row(card, code):
    return next(found for found in card.criteria if found.code == code)


def test_scorecard_tells_verdict_value_threshold_and_counts():
    organisation()
    region, a, b = tree()
    good_account(a)
    good_account(b, mfa_state="off")
    full()

    card = line_scorecard(region, SYSTEM, AT)

    found = row(card, "GOV-C4")
    assert (found.verdict, found.verdict_label, found.is_met) == ("fail", "Fail", False)
    assert (found.value, found.threshold) == ("50%", "≥ 80%")
    assert (found.numerator, found.denominator, found.failing) == (1, 2, 1)
    assert found.fix_url == "/accounts/?mfa=off&line=REG"
    assert found.causes == ("first",)
    assert found.remedy
    assert (card.is_scored, card.as_of, card.computed_at) == (True, TODAY, AT)
    assert [cell.dimension for cell in card.dimensions] == ["STR", "GOV", "PEO", "TRN", "TLS", "CON", "MEA"]
    assert [found.code for found in card.of("GOV")] == [
        "GOV-C1", "GOV-C4", "GOV-W1", "GOV-W2", "GOV-W3", "GOV-W4", "GOV-R1", "GOV-R5",
    ]  # fmt: skip


def test_scorecard_of_a_good_line_reaches_walk_in_governance_and_says_what_is_next():
    organisation()
    _region, a, _b = tree()
    account = good_account(a)
    reported(account)
    certified(account)
    led(a)
    full()

    card = line_scorecard(a, SYSTEM, AT)

    # Neither a second factor nor a certification ages twice: their measures look at the year themselves.
    assert (row(card, "GOV-W2").verdict, row(card, "GOV-W3").verdict) == ("pass", "pass")
    stages = {cell.dimension: cell.letter for cell in card.dimensions}
    assert stages["GOV"] == "W"
    assert stages["STR"] == "–"
    assert card.overall.level == "walk"
    assert card.next_level == "Run"


def test_next_steps_stop_at_the_target_stage():
    organisation()
    line = LineFactory(code="A")
    good_account(line, mfa_state="off")
    full()
    before = {step.dimension for step in line_scorecard(line, SYSTEM, AT).steps}
    for dimension in ("GOV", "PEO", "TLS", "CON", "MEA"):
        TargetStage.objects.create(
            line=line, rubric_code="social-coe-starter", dimension=dimension, level="crawl", reason="enough"
        )

    card = line_scorecard(line, SYSTEM, AT)

    assert before
    assert {cell.target_name for cell in card.dimensions} == {"", "Crawl"}
    assert all(step.level_name == "Crawl" for step in card.steps)


def test_as_of_answers_from_what_was_known_then():
    organisation()
    line = LineFactory(code="A")
    account = good_account(line)
    full(AT - 10 * DAY)
    account.mfa_state = "off"
    account.save()
    full(AT)

    then = line_scorecard(line, SYSTEM, AT, as_of=TODAY - DAY)
    now = line_scorecard(line, SYSTEM, AT)
    earlier = line_scorecard(line, SYSTEM, AT, as_of=TODAY - 11 * DAY)

    assert (row(then, "GOV-C4").verdict, row(now, "GOV-C4").verdict) == ("pass", "fail")
    assert (then.as_of, then.computed_at) == (TODAY - DAY, AT - 10 * DAY)
    assert row(now, "GOV-C4").causes == ("evidence",)
    assert now.trend[0].index >= now.trend[-1].index
    assert (earlier.is_scored, earlier.criteria) == (False, ())


def test_delta_compares_with_a_quarter_ago():
    organisation()
    line = LineFactory(code="A")
    account = good_account(line, mfa_state="off")
    certified(account, days=110)
    full(AT - 100 * DAY)
    account.mfa_state = "on"
    account.save()
    full(AT)

    cell = next(c for c in line_scorecard(line, SYSTEM, AT).dimensions if c.dimension == "GOV")

    assert cell.delta > 0
    assert cell.rise == 2


def test_scorecard_of_a_line_out_of_scope_is_not_found_unless_scorecards_are_open():
    organisation()
    line, other = LineFactory(code="A"), LineFactory(code="B")
    full()
    principal = principal_of(RoleFactory(role=Role.VIEWER, line=line).user, AT)

    assert line_scorecard(line, principal, AT).is_scored
    with pytest.raises(NotFound):
        line_scorecard(other, principal, AT)
    organisation(open_scorecards=True)
    assert line_scorecard(other, principal, AT).is_scored


def test_scorecard_before_the_first_run_is_empty_and_says_so():
    card = line_scorecard(LineFactory(), SYSTEM, AT)

    assert (card.is_scored, card.overall, card.criteria, card.computed_at) == (False, None, (), None)


def test_scorecard_speaks_french():
    organisation()
    line = LineFactory(code="A")
    good_account(line)
    full()

    with translation.override("fr"):
        card = line_scorecard(line, SYSTEM, AT)

    assert card.title.startswith("Centre d’excellence social")
    assert next(c for c in card.dimensions if c.dimension == "GOV").name == "Gouvernance et risques"


@pytest.mark.parametrize("item_count", [1, 3])
def test_scorecard_takes_the_same_queries_whatever_the_size(item_count, django_assert_num_queries):
    organisation()
    region = LineFactory(code="REG")
    for _ in range(item_count):
        good_account(LineFactory(parent=region))
    full()

    with django_assert_num_queries(5):
        line_scorecard(region, SYSTEM, AT)


def test_programme_scorecard_judges_what_is_measured_once():
    organisation()
    good_account(LineFactory(code="A"))
    RoleFactory(role=Role.EXECUTIVE_SPONSOR, line=None)
    full()

    card = programme_scorecard(AT)

    assert row(card, "STR-C2").verdict == "pass"
    assert next(c for c in card.dimensions if c.dimension == "STR").letter == "C"


def test_evidence_covers_the_subtree_and_the_guards():
    organisation()
    region, a, b = tree()
    good_account(a)
    bad = good_account(b, mfa_state="off")
    late = good_account(b, state="dormant", state_since=AT - 40 * DAY, mfa_state="on")
    full()
    rubric = rubric_of(current_rubric())

    (found,) = evidence_of(rubric.criterion("GOV-C4"), region.pk, at=AT)
    guarded = evidence_of(rubric.criterion("CON-R1"), region.pk, at=AT)

    assert [item.key for item in found.items] == [str(bad.public_id)]
    assert {part.indicator: [item.key for item in part.items] for part in guarded} == {
        "accounts.within_cadence": [],
        "accounts.dormant_undecided": [str(late.public_id)],
    }
    (cut,) = evidence_of(rubric.criterion("GOV-C4"), region.pk, at=AT, limit=0)
    assert (cut.items, cut.has_more) == ((), True)
