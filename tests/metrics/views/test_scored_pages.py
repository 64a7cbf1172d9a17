"""The dashboard and the line page once scores are stored."""

import pytest

from coe.rules.principals import Actor
from metrics.services.rubrics import ensure_rubrics
from metrics.services.runs import finish_run, run_chunk, start_run
from tests.factories import AccountFactory, LineFactory
from tests.metrics.world import good_account, organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def scored(tree, at):
    """Europe with one good and one ownerless account, measured and judged by the starter model."""
    organisation()
    ensure_rubrics(by=Actor.system(), at=at)
    good_account(tree.foods)
    AccountFactory(line=tree.foods, handle="ownerless")
    return _run(at)


def _run(at):
    run = start_run(by=Actor.system(), at=at)
    for chunk in run.chunks.all():
        run_chunk(run, chunk.index, at=at)
    finish_run(run, at=at)
    return run


def test_dashboard_shows_the_heat_map_of_lines_by_dimension(hub, scored):
    page = hub.get("/")

    heat = page.context["heat"]
    assert [row["code"] for row in heat[1:]] == ["EU", "FDE", "US"]
    assert {len(row["cells"]) for row in heat} == {len(page.context["dimensions"])}
    assert 'class="heat"' in page.content.decode()


def test_dashboard_shows_a_line_lead_the_own_lines_only(lead, scored):
    page = lead.get("/")

    assert [row["code"] for row in page.context["heat"][1:]] == ["EU", "FDE"]
    assert "Americas" not in page.content.decode()


def test_line_page_says_which_criteria_fail_and_where_they_are_put_right(lead, scored):
    page = lead.get("/lines/FDE/")

    criteria = [
        one
        for dimension in page.context["dimensions"]
        for group in dimension["groups"]
        for one in group["criteria"]
    ]
    failing = [one for one in criteria if one["verdict"] == "fail"]
    assert page.status_code == 200
    assert page.context["card"] is not None
    assert page.context["steps"]
    assert failing
    assert all(one["records_more_url"].startswith("/lines/FDE/criteria/") for one in failing)


def test_every_criterion_opens_the_records_behind_it(lead, scored):
    page = lead.get("/lines/FDE/")
    codes = [
        one["code"] for d in page.context["dimensions"] for group in d["groups"] for one in group["criteria"]
    ]

    answers = {code: lead.get(f"/lines/FDE/criteria/{code}/") for code in codes}

    assert {answer.status_code for answer in answers.values()} == {200}
    assert any("ownerless" in answer.content.decode() for answer in answers.values())


def test_an_unknown_criterion_is_not_found(lead, scored):
    assert lead.get("/lines/FDE/criteria/NOPE/").status_code == 404


def test_line_list_shows_the_stage(hub, scored):
    stages = {line.code: badge for line, badge, _found in hub.get("/lines/").context["lines"]}

    assert all(stages.values())


@pytest.mark.parametrize("item_count", [1, 3, 30])
def test_scored_line_page_asks_the_same_questions_whatever_the_lines(
    hub, scored, at, tree, item_count, django_assert_num_queries
):
    for _ in range(item_count):
        good_account(LineFactory(parent=tree.europe))
    _run(at)
    hub.get("/lines/EU/")

    with django_assert_num_queries(8):
        page = hub.get("/lines/EU/")

    assert page.context["accounts"] == {
        "total": item_count + 2, "live": item_count + 2, "owned": item_count + 1, "mfa": item_count + 1, "capable": item_count + 2,
    }  # fmt: skip


def test_scored_pages_ask_the_same_questions_for_three_lines_more(hub, scored, at, django_assert_num_queries):
    hub.get("/")
    # Session, person, the numbers, and the first steps, which are still open.
    with django_assert_num_queries(4):
        hub.get("/")
    for more in (1, 3):
        for _ in range(more):
            good_account(LineFactory())
        _run(at)

        # The five parts that rest on scores are asked for when a score changed, and then kept.
        with django_assert_num_queries(10):
            hub.get("/")
        with django_assert_num_queries(4):
            hub.get("/")
