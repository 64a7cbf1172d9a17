"""The first page."""

from datetime import timedelta

import pytest
from django.utils import timezone

from coe.models import Organisation
from coe.rules.principals import Actor
from metrics.models import StageRow, TargetStage
from metrics.services.rubrics import ensure_rubrics
from metrics.services.runs import run_inline, start_run
from tests.factories import AT, AccountFactory, RoleFactory
from tests.training.world import curriculum, taught

pytestmark = pytest.mark.django_db


def test_dashboard_of_an_empty_hub_says_what_comes_first(hub):
    page = hub.get("/")

    assert page.status_code == 200
    assert page.context["programme"] is None


def test_dashboard_names_work_in_scope_with_its_page(lead, tree):
    AccountFactory(line=tree.foods, state="requested")
    AccountFactory(line=tree.america, state="requested")

    needs = lead.get("/").context["needs"]

    assert [(need["count"], need["url"]) for need in needs if "approval" in need["label"]] == [
        (1, "/accounts/?state=requested")
    ]


def test_dashboard_survives_a_page_that_is_no_number(hub):
    assert hub.get("/?page=x").status_code == 200
    assert hub.get("/?page=99999999999999999999").status_code == 200


def test_dashboard_of_a_person_without_a_role_opens(log_in):
    assert log_in().get("/").status_code == 200


def test_first_steps_are_done_by_their_evidence(hub, tree):
    Organisation.objects.get_or_create(pk=1)
    before = [step.is_done for step in hub.get("/").context["steps"]]
    AccountFactory(line=tree.foods)
    role = RoleFactory(line=tree.foods)
    curriculum("path", taught().course, roles=(role.role,))
    TargetStage.objects.create(line=tree.foods, rubric_code="x", dimension="GOV", level="walk", reason="x")

    after = hub.get("/")

    # A hub lead does not change the company's settings, so that step is for the administrator.
    assert before == [True, False, False, False, False, False, False]
    assert [step.is_done for step in after.context["steps"]] == [True, True, True, True, False, False, True]
    assert [step.url for step in after.context["steps"]] == [
        "/new-line/", "/people/new/", "/accounts/new/", "/training/curricula/new/",
        "/imports/new/?kind=observations", "/lines/", "/metrics/",
    ]  # fmt: skip


def test_first_steps_are_for_those_who_set_the_hub_up(lead):
    Organisation.objects.get_or_create(pk=1)

    assert lead.get("/").context["steps"] == []


def test_an_empty_hub_has_no_scores_to_show_even_when_the_hub_itself_was_judged(hub):
    Organisation.objects.get_or_create(pk=1)
    ensure_rubrics(by=Actor.system(), at=AT)
    run_inline(start_run(by=Actor.system(), at=AT), at=AT)

    page = hub.get("/")

    assert StageRow.objects.open().filter(line__isnull=True).exists()
    assert page.context["programme"] is None
    assert [step.is_done for step in page.context["steps"] if step.url == "/lines/"] == [False]


def test_what_moved_names_the_dimensions_of_an_overall_stage(lead, tree):
    Organisation.objects.get_or_create(pk=1)
    then, moved_at = (timezone.now() - timedelta(days=days) for days in (3, 2))
    ensure_rubrics(by=Actor.system(), at=then)
    run_inline(start_run(by=Actor.system(), at=then), at=then)
    for line in (tree.foods, tree.america):
        for dimension in ("GOV", ""):
            row = StageRow.objects.get(line=line, dimension=dimension, known_until=None)
            StageRow.objects.filter(pk=row.pk).update(known_until=moved_at)
            row.pk, row.level_index, row.rise, row.known_from = None, 1, 1, moved_at
            row.save(force_insert=True)

    page = lead.get("/")

    code = tree.foods.code
    assert [
        (change["url"], [one.url for one in change["dimensions"]]) for change in page.context["moved"]
    ] == [
        (f"/lines/{code}/#overall", [f"/lines/{code}/#GOV"]),
        (f"/lines/{code}/#GOV", []),
    ]
    assert f'<a href="/lines/{code}/#GOV">Governance and risk</a>' in page.text
