"""The dictionary ships complete, is loaded once, and keeps the meaning of stored values."""

from pathlib import Path

import pytest
import yaml
from django.utils import translation

from coe.errors import Duplicate, Invalid, WrongState
from coe.models import ChangeEvent
from coe.rules.principals import Actor
from metrics.enums.shipped_words import SHIPPED
from metrics.models import Metric
from metrics.services import dictionary
from metrics.services.dictionary import create_metric, edit_metric, ensure_dictionary, shipped_metrics
from metrics.services.observing import NewObservation, record_observations
from tests.factories import AT, AccountFactory

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system()


def test_every_shipped_metric_has_both_names_a_formula_and_a_source_and_ratios_both_parts():
    for entry in shipped_metrics():
        full_clean = Metric(**entry)
        full_clean.full_clean(exclude=["descriptions", "owner"])
        assert all(entry["labels"].values()), entry["code"]
        assert bool(entry["unit_texts"]["fr"]) == bool(entry["unit"]), entry["code"]
        assert entry["formula_texts"]["fr"], entry["code"]
        assert entry["formula_texts"]["fr"] != entry["formula"], entry["code"]
        assert entry["formula"], entry["code"]
        assert entry["source"], entry["code"]
        assert (entry["aggregation"] == "ratio") == bool(
            entry["numerator_label"] and entry["denominator_label"]
        ), entry["code"]


def test_loading_twice_adds_nothing_and_leaves_edits_alone():
    ensure_dictionary(by=SYSTEM, at=AT)
    followers = Metric.objects.get(code="followers")
    edit_metric(followers, changes={"labels": {"en": "Fans", "fr": "Fans"}}, by=SYSTEM, at=AT)
    events = ChangeEvent.objects.count()

    ensure_dictionary(by=SYSTEM, at=AT)

    assert Metric.objects.count() == len(shipped_metrics())
    assert Metric.objects.get(code="followers").labels["en"] == "Fans"
    assert ChangeEvent.objects.count() == events


def test_a_hub_from_before_gets_translations_once_except_where_the_english_is_its_own():
    ensure_dictionary(by=SYSTEM, at=AT)
    create_metric(code="charm", labels={"en": "Charm"}, formula="charm", by=SYSTEM, at=AT)
    edit_metric(Metric.objects.get(code="reach"), changes={"formula": "people reached"}, by=SYSTEM, at=AT)
    Metric.objects.update(unit_texts=None, formula_texts=None)
    events = ChangeEvent.objects.count()

    ensure_dictionary(by=SYSTEM, at=AT)
    edit_metric(Metric.objects.get(code="posts"), changes={"formula_texts": {}}, by=SYSTEM, at=AT)
    ensure_dictionary(by=SYSTEM, at=AT)

    found = {row.code: (row.formula_texts, row.unit_texts, row.revision) for row in Metric.objects.all()}
    assert found["followers"] == ({"fr": "abonnés du jour"}, {"fr": "personnes"}, 2)
    assert found["reach"] == ({}, {"fr": "personnes"}, 3)
    assert found["posts"] == ({}, {"fr": "publications"}, 3)
    assert found["charm"] == ({}, {}, 1)
    assert ChangeEvent.objects.count() == events + len(shipped_metrics()) + 1


def test_a_metric_speaks_the_readers_language_and_english_where_it_has_no_other():
    metric = Metric(
        code="x", unit="people", formula="a / b", unit_texts={"fr": "personnes"}, formula_texts=None
    )

    with translation.override("fr"):
        assert (metric.unit_text, metric.formula_text) == ("personnes", "a / b")
    with translation.override("en"):
        assert (metric.unit_text, metric.formula_text) == ("people", "a / b")


@pytest.mark.parametrize("texts", [{"en": "people"}, {"fr": 3}, ["personnes"]])
def test_translations_are_texts_and_not_english(texts):
    metric = create_metric(code="charm", labels={"en": "Charm"}, by=SYSTEM, at=AT)

    with pytest.raises(Invalid):
        edit_metric(metric, changes={"unit_texts": texts}, by=SYSTEM, at=AT)

    assert Metric.objects.get().unit_texts == {}


def test_how_values_are_stored_cannot_change_under_them():
    account = AccountFactory()
    metric = ensure_dictionary(by=SYSTEM, at=AT)["followers"]
    record_observations(
        [NewObservation("followers", AT.date(), account_id=account.pk, value=1)],
        by=SYSTEM,
        at=AT,
        source="api",
    )

    with pytest.raises(WrongState):
        edit_metric(metric, changes={"scale": 2}, by=SYSTEM, at=AT)

    assert Metric.objects.get(code="followers").scale == 0


def test_a_code_is_taken_once_and_has_a_form():
    create_metric(code="charm", labels={"en": "Charm"}, by=SYSTEM, at=AT)

    with pytest.raises(Duplicate):
        create_metric(code="CHARM", labels={"en": "Charm"}, by=SYSTEM, at=AT)
    with pytest.raises(Invalid):
        create_metric(code="über charm", labels={"en": "Charm"}, by=SYSTEM, at=AT)

    assert list(Metric.objects.values_list("code", flat=True)) == ["charm"]


def test_words_that_ship_beside_a_metric_are_in_the_catalogue():
    rows = yaml.safe_load((Path(dictionary.__file__).parent.parent / "data" / "metrics.yaml").read_text())
    words = {word for row in rows for word in row.get("over", [])}
    sources = {row["source"] for row in rows if row["source"][0].islower()}

    assert words | sources == SHIPPED
    with translation.override("fr"):
        assert Metric(numerator_label="followers gained").numerator_text == "abonnés gagnés"
        assert Metric(source="Rival IQ", denominator_label="").denominator_text == ""
