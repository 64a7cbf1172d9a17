"""The dictionary ships complete, is loaded once, and keeps the meaning of stored values."""

import pytest

from coe.errors import Duplicate, Invalid, WrongState
from coe.models import ChangeEvent
from coe.rules.principals import Actor
from metrics.models import Metric
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
