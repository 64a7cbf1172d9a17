"""Runs: the list, the button, the fragment that follows one."""

import pytest

from coe.enums.roles import Role
from coe.rules.principals import Actor
from metrics.models import MaturityRun
from metrics.services.rubrics import ensure_rubrics
from metrics.services.runs import run_inline, start_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def rubric(at):
    """The shipped models."""
    return ensure_rubrics(by=Actor.system(), at=at)


def test_a_run_is_started_by_the_button_and_followed_to_its_end(hub, tree, rubric, at):
    answer = hub.post("/runs/start/")
    run = MaturityRun.objects.get()
    url = f"/runs/{run.public_id}/progress/"
    waits = hub.get(url).content.decode()
    run_inline(run, at=at)
    done = hub.get(url).content.decode()

    assert (answer.status_code, answer.url) == (302, "/runs/")
    assert run.requested_by_label == "Hanna Hub"
    assert 'hx-trigger="every 2s"' in waits
    assert 'hx-trigger="every 2s"' not in done


def test_a_second_press_finds_the_run_that_is_under_way(hub, rubric):
    hub.post("/runs/start/")
    page = hub.post("/runs/start/", follow=True)

    assert MaturityRun.objects.count() == 1
    assert "A full run is under way" in page.content.decode()


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_list_asks_the_same_questions_for_one_and_three(
    hub, rubric, at, item_count, django_assert_num_queries
):
    for _ in range(item_count):
        run_inline(start_run(by=Actor.system(), at=at), at=at)
    hub.get("/runs/")

    with django_assert_num_queries(4):
        page = hub.get("/runs/")

    assert len(page.context["rows"]) == item_count


def test_runs_are_read_by_the_hub_and_started_by_those_who_may(auditor, lead, log_in, rubric):
    assert auditor.get("/runs/").status_code == 200
    assert auditor.post("/runs/start/").status_code == 403
    assert lead.get("/runs/").status_code == 403
    assert log_in(Role.COUNCIL_MEMBER).get("/runs/").status_code == 403
    assert MaturityRun.objects.count() == 0
