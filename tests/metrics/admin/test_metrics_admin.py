"""Metrics, targets and rubrics in the admin go through the services of their floor."""

import datetime as dt
import re

import pytest
from django.urls import reverse

from coe.enums.roles import Role
from coe.models import ChangeEvent, LineFact
from metrics.enums.maturity import RubricState
from metrics.models import (
    IndicatorReading,
    MaturityRun,
    Metric,
    Observation,
    RubricVersion,
    RunChunk,
    StageRow,
    Target,
    TargetStage,
    VerdictRow,
)  # fmt: skip
from metrics.scoring import shipped_rubrics
from metrics.services.rubrics import load_rubric_version
from tests.factories import AT, AccountFactory, LineFactory, RoleFactory, UserFactory
from tests.training.world import BY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def staff(client):
    """An administrator, logged in."""
    user = RoleFactory(role=Role.ADMINISTRATOR, line=None, user=UserFactory(is_staff=True)).user
    client.force_login(user, backend="coe.backends.HubBackend")
    return user


def page(model, act="changelist", *args):
    """The address of a page of the admin."""
    return reverse(f"admin:metrics_{model}_{act}", args=args)


def told():
    """Actions of the history with their reasons, oldest first."""
    return list(ChangeEvent.objects.order_by("id").values_list("action", "why"))


def metric_form(**fields):
    """What the form of a metric sends."""
    return {
        "code": "saves", "labels_en": "Saves", "labels_fr": "Enregistrements", "descriptions_en": "", "descriptions_fr": "", "unit": "",
        "direction": "up", "level": "output", "aggregation": "sum", "subject": "account", "scale": "0", "is_active": "on", **fields,
    }  # fmt: skip


def test_a_metric_is_added_in_each_language_and_edited(client):
    client.post(page("metric", "add"), metric_form(why="Asked for"))
    metric = Metric.objects.get(code="saves")
    client.post(page("metric", "change", metric.pk), metric_form(labels_fr="", expected_revision=1))

    stored = dict(metric.labels)
    metric.refresh_from_db()
    assert (stored, metric.labels) == ({"en": "Saves", "fr": "Enregistrements"}, {"en": "Saves"})
    assert told() == [("metric.created", "Asked for"), ("metric.updated", "")]
    assert LineFact.objects.filter(line__isnull=True, fact="dictionary").exists()


def test_a_formula_and_a_unit_have_their_french_beside_them(client):
    client.post(
        page("metric", "add"), metric_form(unit="people", unit_texts_fr="personnes", formula_texts_fr="somme")
    )

    metric = Metric.objects.get()
    assert (metric.unit, metric.unit_texts, metric.formula, metric.formula_texts) == (
        "people", {"fr": "personnes"}, "", {"fr": "somme"},
    )  # fmt: skip


def test_a_metric_without_a_name_is_refused_at_the_name(client):
    answer = client.post(page("metric", "add"), metric_form(labels_en="", labels_fr=""))

    assert (answer.status_code, list(answer.context["adminform"].form.errors)) == (422, ["labels_en"])
    assert (Metric.objects.count(), told()) == (0, [])


def test_how_values_are_stored_stays_while_there_are_values(client):
    metric = Metric.objects.create(code="saves", labels={"en": "Saves", "fr": "Enregistrements"})
    Observation.objects.create(
        account=AccountFactory(), metric=metric, on=dt.date(2026, 1, 5), value=1, observed_at=AT
    )

    answer = client.post(page("metric", "change", metric.pk), metric_form(scale="2", expected_revision=1))

    assert answer.status_code == 422
    assert "has observations" in answer.content.decode()
    metric.refresh_from_db()
    assert (metric.scale, told()) == (0, [])


def test_metrics_are_taken_out_of_use_and_used_again(client):
    metric = Metric.objects.create(code="saves", labels={"en": "Saves"})
    form = {"_selected_action": [metric.pk], "confirmed": "1"}

    client.post(page("metric"), {**form, "action": "retire", "why": "Nobody looks"})
    metric.refresh_from_db()
    retired = metric.is_active
    client.post(page("metric"), {**form, "action": "use"})
    metric.refresh_from_db()

    assert (retired, metric.is_active) == (False, True)
    assert told() == [("metric.updated", "Nobody looks"), ("metric.updated", "")]


def test_a_target_is_written_as_people_write_it(client):
    line = LineFactory()
    metric = Metric.objects.create(code="rate", labels={"en": "Rate"}, scale=2)
    form = {
        "line": line.pk, "metric": metric.pk, "period_start": "2026-01-01", "period_end": "2026-03-31", "value": "1.25", "reason": "",
    }  # fmt: skip

    wrong = client.post(page("target", "add"), {**form, "value": "1.255"})
    backwards = client.post(page("target", "add"), {**form, "period_end": "2025-03-31"})
    before = Target.objects.count()
    client.post(page("target", "add"), {**form, "why": "Plan"})
    target = Target.objects.get()
    shown = client.get(page("target")).content.decode()
    client.post(
        page("target", "change", target.pk),
        {"period_end": "2026-03-31", "value": "2.5", "reason": "", "expected_revision": 1},
    )
    target.refresh_from_db()

    assert list(wrong.context["adminform"].form.errors) == ["value"]
    assert (backwards.status_code, list(backwards.context["adminform"].form.errors), before) == (
        422,
        ["period_end"],
        0,
    )
    assert "1.25" in shown
    assert target.value == 250
    client.post(page("target", "delete", target.pk), {"post": "yes", "why": "Dropped"})
    target.refresh_from_db()
    assert (target.archived_at is not None, target.archived_why) == (True, "Dropped")
    assert client.get(page("target")).context["cl"].result_count == 0
    assert told() == [("target.set", "Plan"), ("target.changed", ""), ("target.removed", "Dropped")]


def test_a_target_stage_is_checked_by_its_rubric(client):
    line = LineFactory()
    rubric = load_rubric_version(shipped_rubrics()["social-coe-starter"].read_bytes(), by=BY, at=AT)
    level = rubric.document["levels"][1].get("code", "walk")
    form = {
        "line": line.pk,
        "rubric": rubric.pk,
        "dimension": "",
        "level": level,
        "reason": "Small team",
        "due_on": "",
    }

    wrong = client.post(page("targetstage", "add"), {**form, "level": "fly"})
    client.post(page("targetstage", "add"), form)
    stage = TargetStage.objects.get()
    answer = client.post(
        page("targetstage", "change", stage.pk),
        {"level": level, "reason": "A small team", "due_on": "2026-12-31", "expected_revision": 1},
    )
    stage.refresh_from_db()

    assert (wrong.status_code, list(wrong.context["adminform"].form.errors)) == (422, ["level"])
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert (stage.reason, stage.due_on) == ("A small team", dt.date(2026, 12, 31))
    client.post(page("targetstage", "delete", stage.pk), {"post": "yes"})
    assert TargetStage.objects.count() == 0
    assert [action for action, _why in told()] == [
        "rubric.loaded", "target_stage.set", "target_stage.set", "target_stage.removed",
    ]  # fmt: skip


def test_a_rubric_is_loaded_and_published(client):
    text = shipped_rubrics()["social-coe-starter"].read_text(encoding="utf-8")

    wrong = client.post(page("rubricversion", "add"), {"text": "code: x"})
    none = RubricVersion.objects.count()
    client.post(page("rubricversion", "add"), {"text": text, "why": "Ours"})
    rubric = RubricVersion.objects.get()
    client.post(
        page("rubricversion"), {"action": "publish", "_selected_action": [rubric.pk], "confirmed": "1"}
    )
    rubric.refresh_from_db()

    assert (wrong.status_code, none) == (422, 0)
    assert (rubric.state, rubric.is_current) == (RubricState.PUBLISHED, True)
    assert told() == [("rubric.loaded", "Ours"), ("rubric.published", "")]


@pytest.mark.parametrize(
    "model", ["observation", "indicatorreading", "verdictrow", "stagerow", "maturityrun"]
)
def test_what_is_computed_is_only_read(client, model):
    assert client.post(page(model, "add"), {"x": "y"}).status_code == 403


def test_a_reading_says_where_it_comes_from(client):
    reading = IndicatorReading.objects.create(line=LineFactory(), indicator="x", known_from=AT, fresh_at=AT)

    text = client.get(page("indicatorreading", "change", reading.pk)).content.decode()

    assert "Written by the maturity engine" in text
    assert client.post(page("indicatorreading", "change", reading.pk), {"records": "9"}).status_code == 403
    assert client.get(page("indicatorreading", "history", reading.pk)).status_code == 200


@pytest.mark.parametrize("model", [IndicatorReading, VerdictRow, StageRow, RunChunk, MaturityRun])
def test_what_the_engine_writes_is_named_in_french(model):
    named = [model._meta, *(field for field in model._meta.concrete_fields if not field.primary_key)]

    assert [str(one) for one in named if isinstance(one.verbose_name, str)] == []


def test_the_list_of_readings_has_french_heads(client, staff):
    staff.language = "fr"
    staff.save(update_fields=["language"])

    IndicatorReading.objects.create(indicator="training.mean", known_from=AT, fresh_at=AT)
    body = client.get(page("indicatorreading")).content.decode()

    assert re.findall(r'<div class="text"><a [^>]*>([^<]+)</a>', body) == [
        "Indicateur", "Métier", "Numérateur", "Dénominateur", "Enregistrements", "État", "Connu depuis", "Connu jusqu’à",
    ]  # fmt: skip
