"""Aims, stages, runs, rubrics and the badge over the API."""

import pytest

from coe.models import ChangeEvent
from coe.rules.principals import Actor
from metrics.models import MaturityRun, StageRow, TargetStage
from metrics.services.rubrics import ready_rubric
from metrics.services.runs import run_inline
from tests.factories import AT

pytestmark = pytest.mark.django_db
AIM = {"line": "EU", "dimension": "GOV", "level": "walk", "reason": "A small market."}


@pytest.fixture
def rubric():
    """The starter, current."""
    return ready_rubric(by=Actor.system(), at=AT)


def test_aims_are_set_by_line_and_dimension_changed_and_taken_away(hub_call, line_tree, rubric):
    made = hub_call("PUT", "/api/v1/target-stages/", AIM)
    again = hub_call(
        "PUT", "/api/v1/target-stages/", [{**AIM, "level": "run"}, {**AIM, "dimension": "", "line": "US"}]
    )
    url = made.json()["url"]
    stale = hub_call.patch(url, {"reason": "x"}, If_Match=made["ETag"])
    edited = hub_call.patch(url, {"due_on": "2026-12-31", "change_message": "Board"})
    gone = hub_call("DELETE", url)
    rest = hub_call("DELETE", "/api/v1/target-stages/", [again.json()["results"][1]["id"]])

    assert [one.status_code for one in (made, again, stale, edited, gone, rest)] == [
        201,
        200,
        412,
        200,
        204,
        204,
    ]
    assert (edited.json()["level"], edited.json()["due_on"], edited.json()["reason"]) == (
        "run",
        "2026-12-31",
        "A small market.",
    )
    assert not TargetStage.objects.exists()
    assert ChangeEvent.objects.filter(action="target_stage.set", why="Board").count() == 1


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"reason": ""}, "/reason"), ({"level": "fly"}, "/level"), ({"dimension": "X"}, "/dimension"), ({"due_on": "soon"}, "/due_on"),
        ({"line": "NOPE"}, "/line"),
    ],
)  # fmt: skip
def test_a_wrong_aim_is_told_where_and_no_aim_of_the_array_is_kept(
    hub_call, line_tree, rubric, change, pointer
):
    answer = hub_call("PUT", "/api/v1/target-stages/", [AIM, AIM | change])

    assert (answer.status_code, [one["pointer"] for one in answer.json()["errors"]]) == (
        422,
        [f"/1{pointer}"],
    )
    assert not TargetStage.objects.exists()


def test_a_token_aims_at_nothing_and_sees_its_own_aims(call, hub_call, line_tree, rubric):
    hub_call("PUT", "/api/v1/target-stages/", [AIM, {**AIM, "line": "US"}])

    assert [one["line"]["code"] for one in call.get("/api/v1/target-stages/").json()["results"]] == ["EU"]
    assert call("PUT", "/api/v1/target-stages/", AIM).status_code == 403


def test_a_run_is_started_watched_and_alone(hub_call, call, line_tree):
    started = hub_call.post("/api/v1/maturity-runs/")
    second = hub_call.post("/api/v1/maturity-runs/")
    run = run_inline(MaturityRun.objects.get(), at=AT)
    told = call.get(started.json()["url"]).json()

    assert (started.status_code, started.json()["state"], second.status_code) == (202, "queued", 409)
    assert (told["state"], told["kind"], told["lines"], told["chunks_done"]) == (
        "done",
        "full",
        3,
        run.chunks_total,
    )
    assert told["rubric"]["code"] == "social-coe-starter"
    some = hub_call.post("/api/v1/maturity-runs/", {"lines": ["FDE"]})
    assert (some.status_code, some.json()["kind"], some.json()["lines"]) == (202, "incremental", 1)
    assert hub_call.post("/api/v1/maturity-runs/", {"lines": ["NOPE"]}).status_code == 422
    assert call.post("/api/v1/maturity-runs/").status_code == 403
    stages = call.get("/api/v1/stages/?line=FDE&dimension=").json()["results"]
    assert [(one["line"]["code"], one["dimension"]) for one in stages] == [("FDE", "")]
    assert (
        call.get("/api/v1/stages/").json()["count"]
        == StageRow.objects.filter(line__code__in=["EU", "FDE"]).count()
    )


def test_rubrics_are_listed_and_told_whole(call, rubric):
    current = call.get("/api/v1/rubrics/?is_current=true").json()["results"]
    whole = call.get(current[0]["url"])

    assert [one["code"] for one in current] == ["social-coe-starter"]
    assert whole.json()["document"]["code"] == "social-coe-starter"
    assert call.get(current[0]["url"], If_None_Match=whole["ETag"]).status_code == 304


def test_the_badge_says_the_stage_in_words_and_is_sent_once(call, line_tree, rubric):
    line_tree.europe.name = "Eu <rope>"
    line_tree.europe.save()
    StageRow.objects.create(
        line=line_tree.europe, rubric=rubric, dimension="", standing="reached", level_index=1, known_from=AT
    )

    badge = call.get("/api/v1/lines/EU/badge.svg", Accept="image/svg+xml")
    none = call.get("/api/v1/lines/FDE/badge.svg")

    text = badge.content.decode()
    assert (badge.status_code, badge["Content-Type"]) == (200, "image/svg+xml; charset=utf-8")
    assert "<title>Eu &lt;rope&gt;: Walk</title>" in text
    assert "Not assessed" in none.content.decode()
    assert call.get("/api/v1/lines/EU/badge.svg", If_None_Match=badge["ETag"]).status_code == 304
    assert call.get("/api/v1/lines/US/badge.svg").status_code == 404
