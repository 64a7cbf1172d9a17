"""Target stages and what-if of a line."""

import pytest

from coe.models import ChangeEvent
from coe.rules.principals import Actor
from metrics.models import StageRow, TargetStage, VerdictRow
from metrics.services.rubrics import ensure_rubrics
from metrics.services.runs import run_inline, start_run
from tests.factories import AccountFactory
from tests.metrics.world import good_account, organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def scored(tree, at):
    """Foods Europe with an ownerless account, measured and judged."""
    organisation()
    ensure_rubrics(by=Actor.system(), at=at)
    good_account(tree.foods)
    AccountFactory(line=tree.foods, handle="ownerless", mfa_state="on")
    return run_inline(start_run(by=Actor.system(), at=at), at=at)


def aims():
    """What is stored of every target stage."""
    return list(
        TargetStage.objects.order_by("dimension").values_list("dimension", "level", "reason", "due_on")
    )


def test_a_target_stage_is_set_changed_and_taken_away(lead, scored):
    url = "/lines/FDE/targets/GOV/"
    lead.post(url, {"level": "walk", "reason": "Small team"})
    stage = TargetStage.objects.get()
    lead.post(url, {"level": "run", "reason": "It grows", "due_on": "2027-06-30", "revision": stage.revision})
    changed = aims()
    lead.post(url, {"action": "remove"})

    assert [(one[0], one[1], one[2], str(one[3])) for one in changed] == [
        ("GOV", "run", "It grows", "2027-06-30")
    ]
    assert aims() == []
    assert list(
        ChangeEvent.objects.filter(action__startswith="target_stage")
        .order_by("id")
        .values_list("action", flat=True)
    ) == [
        "target_stage.set",
        "target_stage.set",
        "target_stage.removed",
    ]


def test_a_target_stage_for_the_whole_has_a_page_too(lead, scored):
    answer = lead.post("/lines/FDE/targets/overall/", {"level": "walk", "reason": "Enough for us"})

    assert (answer.status_code, aims()) == (302, [("", "walk", "Enough for us", None)])
    assert "Enough for us" in lead.get("/lines/FDE/targets/").content.decode()


@pytest.mark.parametrize(
    "data", [{"level": "walk", "reason": ""}, {"level": "fly", "reason": "x"}, {"level": "", "reason": "x"}]
)
def test_a_target_stage_without_stage_or_reason_writes_nothing(lead, scored, data):
    answer = lead.post("/lines/FDE/targets/GOV/", data)

    assert (answer.status_code, aims()) == (422, [])


def test_a_target_stage_changed_meanwhile_is_kept(lead, scored, tree):
    lead.post("/lines/FDE/targets/GOV/", {"level": "walk", "reason": "First"})
    TargetStage.objects.update(revision=7)

    answer = lead.post("/lines/FDE/targets/GOV/", {"level": "run", "reason": "Late", "revision": 1})

    assert (answer.status_code, aims()) == (422, [("GOV", "walk", "First", None)])


def test_an_auditor_reads_target_stages_and_sets_none(auditor, scored):
    assert auditor.get("/lines/FDE/targets/").status_code == 200
    assert auditor.post("/lines/FDE/targets/GOV/", {"level": "walk", "reason": "x"}).status_code == 403
    assert aims() == []


def test_target_stages_of_a_hub_without_rubric_say_so(lead, tree):
    page = lead.get("/lines/FDE/targets/")

    assert "No rubric is current" in page.content.decode()
    assert lead.get("/lines/FDE/targets/GOV/").status_code == 404


def test_what_if_shows_the_stage_that_ticks_lead_to_and_stores_nothing(lead, scored):
    before = (VerdictRow.objects.count(), StageRow.objects.count())
    now = lead.get("/lines/FDE/what-if/").context
    codes = [one.code for one in now["unmet"]]
    then = lead.get("/lines/FDE/what-if/", {"met": codes}).context

    assert codes
    assert (now["chosen"], then["chosen"]) == (0, len(codes))
    assert not any(stage["rises"] for stage in now["stages"])
    assert {stage["score"] for stage in then["stages"]} == {100}
    assert then["stages"][0]["rises"]
    assert (VerdictRow.objects.count(), StageRow.objects.count()) == before


def test_what_if_ignores_codes_that_are_none(lead, scored):
    page = lead.get("/lines/FDE/what-if/", {"met": ["NOPE", "<script>"]})

    assert (page.status_code, page.context["chosen"]) == (200, 0)


def test_what_if_before_the_first_measurement_says_so(lead, tree):
    assert "Not measured yet" in lead.get("/lines/FDE/what-if/").content.decode()


@pytest.mark.parametrize("page", ["targets/", "targets/GOV/", "what-if/"])
def test_plans_of_other_lines_are_not_found(lead, scored, page):
    assert lead.get(f"/lines/US/{page}").status_code == 404
