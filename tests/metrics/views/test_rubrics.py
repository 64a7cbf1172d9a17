"""Rubric pages: versions, basis, differences, preview, publication."""

import copy

import pytest

from coe.enums.roles import Role
from coe.models import BusinessLine, ChangeEvent
from coe.rules.principals import Actor
from metrics.models import RubricVersion, StageRow, VerdictRow
from metrics.selectors.rubrics import current_rubric
from metrics.services.rubrics import ensure_rubrics, load_rubric_version
from metrics.services.runs import run_inline, start_run
from tests.factories import AccountFactory
from tests.metrics.world import good_account, organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def scored(tree, at):
    """Two lines measured and judged by the starter model."""
    organisation()
    ensure_rubrics(by=Actor.system(), at=at)
    good_account(tree.foods)
    AccountFactory(line=tree.america, handle="lost")
    run_inline(start_run(by=Actor.system(), at=at), at=at)
    return current_rubric()


@pytest.fixture
def draft(scored, at):
    """The next version of the starter: GOV-W1 is gone, and GOV-C1 worded differently."""
    document = copy.deepcopy(scored.document)
    document["version"] = "9.0.0"
    document["criteria"] = [one for one in document["criteria"] if one["code"] != "GOV-W1"]
    first = next(one for one in document["criteria"] if one["code"] == "GOV-C1")
    first["statement"] = {**first["statement"], "en": "Another wording."}
    return load_rubric_version(document, by=Actor.system(), at=at)


def test_everybody_reads_every_version_with_basis_and_sources(lead, scored):
    page = lead.get(f"/rubrics/{scored.public_id}/").content.decode()

    assert lead.get("/rubrics/").status_code == 200
    assert "reasoned by the programme" in page
    assert {lead.get(f"/rubrics/{row.public_id}/").status_code for row in RubricVersion.objects.all()} == {
        200
    }


def test_two_versions_are_compared_criterion_by_criterion(lead, scored, draft):
    page = lead.get(f"/rubrics/{draft.public_id}/?against={scored.public_id}")

    rows = {(row.kind, row.code) for row in page.context["diff"].rows}
    assert rows == {("removed", "GOV-W1"), ("reworded", "GOV-C1")}


def test_a_comparison_with_nonsense_is_no_comparison(lead, scored):
    assert lead.get(f"/rubrics/{scored.public_id}/?against=nonsense").context["diff"] is None


def test_a_preview_names_who_moves_and_stores_nothing(hub, scored, draft):
    StageRow.objects.open().filter(dimension="", line__in=BusinessLine.objects.filter(code="FDE")).update(
        level_index=2
    )
    before = (VerdictRow.objects.count(), StageRow.objects.count())

    page = hub.get(f"/rubrics/{draft.public_id}/preview/")

    assert page.status_code == 200
    assert ("FDE", False) in {(move.code, move.rises) for move, _before, _after in page.context["moves"]}
    assert (VerdictRow.objects.count(), StageRow.objects.count()) == before


def test_a_version_without_collectors_says_why_it_cannot_judge(hub, scored):
    whole = RubricVersion.objects.get(code="social-coe")

    page = hub.get(f"/rubrics/{whole.public_id}/preview/")

    assert page.context["findings"]
    assert hub.post(f"/rubrics/{whole.public_id}/publish/", {"why": "now"}).status_code == 422
    assert current_rubric() == scored


def test_a_draft_is_published_and_judges_from_then_on(hub, scored, draft):
    answer = hub.post(f"/rubrics/{draft.public_id}/publish/", {"why": "Agreed in the round table"})

    assert (answer.status_code, answer.url) == (302, "/runs/")
    assert current_rubric() == draft
    assert (
        ChangeEvent.objects.filter(action="rubric.published").latest("id").why == "Agreed in the round table"
    )


@pytest.mark.parametrize("step", ["preview", "publish"])
def test_a_line_lead_neither_previews_nor_publishes(lead, scored, draft, step):
    assert lead.get(f"/rubrics/{draft.public_id}/{step}/").status_code == 403


def test_a_hub_member_previews_but_does_not_publish(log_in, scored, draft):
    member = log_in(Role.HUB_MEMBER)

    assert member.get(f"/rubrics/{draft.public_id}/preview/").status_code == 200
    assert member.post(f"/rubrics/{draft.public_id}/publish/", {"why": "x"}).status_code == 403
    assert current_rubric() == scored
