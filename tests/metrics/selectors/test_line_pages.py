"""A line with its numbers: exact although a part is kept, and nothing of lines out of sight."""

import datetime as dt

import pytest

from coe.models import LineFact
from coe.rules.principals import Actor, Principal, principal_of
from metrics.enums.maturity import RunKind
from metrics.models import TargetStage
from metrics.selectors.line_pages import line_of_page
from metrics.selectors.scorecards import line_scorecard, scorecard_beside
from metrics.services import runs
from tests.factories import LineFactory, RoleFactory, TagFactory
from tests.metrics.world import AT, good_account, organisation, tree

pytestmark = pytest.mark.django_db
SYSTEM = Principal.system()
DAY = dt.timedelta(days=1)


def full(at=AT):
    return runs.run_inline(runs.start_run(RunKind.FULL, by=Actor.system(), at=at), at=at)


def codes(lines):
    return [line.code for line in lines]


def card_of(code, at=AT):
    found = line_of_page(SYSTEM, code, at)
    return scorecard_beside(found.line, found.beside, at)


def test_the_scorecard_beside_a_line_is_the_scorecard_of_the_line(django_assert_num_queries):
    organisation()
    _region, a, _b = tree()
    good_account(a)
    full(AT - 100 * DAY)
    good_account(a, mfa_state="off")
    TargetStage.objects.create(
        line=a, rubric_code="social-coe-starter", dimension="GOV", level="walk", reason="x"
    )
    full()

    with django_assert_num_queries(1):
        found = line_of_page(SYSTEM, "a", AT)
    scorecard_beside(found.line, found.beside, AT)
    with django_assert_num_queries(2):
        card = scorecard_beside(found.line, found.beside, AT)

    assert card == line_scorecard(a, SYSTEM, AT)
    assert next(c for c in card.dimensions if c.dimension == "GOV").target_name == "Walk"
    assert len(card.trend) == 2


def test_the_cohort_that_is_kept_follows_every_score_and_every_line():
    organisation()
    lines = [LineFactory(code=f"L{n}") for n in range(7)]
    accounts = [good_account(line) for line in lines]
    full()
    before = card_of("L0").bands

    for account in accounts[1:]:
        account.mfa_state = "off"
        account.save()
    full(AT + DAY)
    scored, fresh = card_of("L0", AT + DAY), line_scorecard(lines[0], SYSTEM, AT + DAY)
    for line in lines[4:]:
        line.is_spoke = False
        line.revision += 1
        line.save()
    fewer = card_of("L0", AT + DAY)

    assert before
    assert scored.bands != before
    assert scored.bands == fresh.bands
    assert {band.suppressed for band in fewer.bands} == {"few"}


def test_numbers_are_those_of_the_subtree_and_a_stranger_gets_nothing():
    organisation()
    _region, a, b = tree()
    good_account(a)
    good_account(b, state="requested")
    LineFact.objects.create(line=b, fact="accounts", at=AT - DAY)
    lead = principal_of(RoleFactory(role="line_lead", line=a).user, AT)

    whole, own = line_of_page(SYSTEM, "REG", AT), line_of_page(lead, "A", AT)

    assert whole.accounts == {"total": 2, "live": 1, "owned": 1, "mfa": 1, "capable": 1}
    assert (whole.waiting.changes, whole.waiting.is_late, own.waiting.changes) == (1, True, 0)
    assert line_of_page(lead, "REG", AT) is None
    assert (codes(whole.trail), codes(whole.children)) == ([], ["A", "B"])
    assert codes(line_of_page(SYSTEM, "A", AT).trail) == ["REG"]
    assert (own.trail, own.children) == ([], [])


def test_lines_around_are_in_the_order_of_the_tree_and_of_codes(django_assert_num_queries):
    organisation()
    region, a, _b = tree()
    for code in ("Z", "C"):
        LineFactory(code=code, parent=a)
    LineFactory(code="D", parent=a, status="archived", archived_at=AT)
    a.tags.set([TagFactory(name="beta", key="beta"), TagFactory(name="Alpha", key="alpha")])
    region.tags.add(TagFactory(name="Not ours", key="not ours"))

    with django_assert_num_queries(1):
        found = line_of_page(SYSTEM, "a", AT)

    assert (codes(found.trail), codes(found.children)) == (["REG"], ["C", "Z"])
    assert codes(line_of_page(SYSTEM, "Z", AT).trail) == ["REG", "A"]
    assert (found.tags, line_of_page(SYSTEM, "Z", AT).tags) == (["Alpha", "beta"], [])
    assert line_of_page(SYSTEM, "nowhere", AT) is None
    assert line_of_page(SYSTEM, "D", AT).line.code == "D"
