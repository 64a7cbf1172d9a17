"""Writes the metric dictionary: the entries that ship, and those people add."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from coe.errors import Duplicate, Invalid, WrongState
from coe.models import ImportBatch
from coe.rules.principals import Actor
from coe.services.effects import Effect, note_effects
from coe.services.facts import note_facts
from coe.services.history import Entry, changed, record, record_many, snapshot
from coe.services.records import clean_values, locked, save_changed
from metrics.enums.dictionary import Aggregation, Direction, Subject
from metrics.models import Metric, Observation

SHIPPED = Path(__file__).resolve().parents[1] / "data" / "metrics.yaml"
EDITABLE = frozenset({
    "labels", "descriptions", "unit", "unit_texts", "direction", "level", "aggregation", "subject", "scale", "formula",
    "formula_texts", "numerator_label", "denominator_label", "source", "owner", "is_active",
})  # fmt: skip
# What stored integers mean: none of these may change under values that exist.
MEANING = ("aggregation", "subject", "scale")
# Columns of texts in other languages, and the English they go with.
TRANSLATED = {"unit_texts": "unit", "formula_texts": "formula"}


@cache
def shipped_metrics() -> tuple[Mapping[str, Any], ...]:
    """The entries of `metrics/data/metrics.yaml` as columns of `Metric`."""
    entries = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    return tuple(_columns(entry) for entry in entries)


def _columns(entry: Mapping[str, Any]) -> dict[str, Any]:
    above, below = entry.get("over", ("", ""))
    return {
        "code": entry["code"], "labels": {"en": entry["en"], "fr": entry["fr"]}, "descriptions": entry.get("descriptions", {}),
        "unit": entry["unit"], "unit_texts": {"fr": entry["unit_fr"]}, "formula_texts": {"fr": entry["formula_fr"]},
        "direction": entry.get("direction", Direction.UP), "level": entry["level"],
        "aggregation": entry["aggregation"], "subject": entry.get("subject", Subject.ACCOUNT), "scale": entry.get("scale", 0),
        "formula": entry["formula"], "source": entry["source"], "numerator_label": above, "denominator_label": below,
    }  # fmt: skip


@transaction.atomic
def ensure_dictionary(*, by: Actor, at: datetime) -> dict[str, Metric]:
    """Store the shipped metrics that are not there yet, and the translations of a hub from before there were any.

    What people edited stays: a unit or formula of theirs gets no translation of ours. Safe to run twice.
    """
    known = {row.code: row for row in Metric.objects.all()}
    fresh = [
        Metric(is_builtin=True, created_at=at, updated_at=at, **columns)
        for columns in shipped_metrics()
        if columns["code"] not in known
    ]
    if fresh:
        fresh = Metric.objects.bulk_create(fresh)
        record_many([Entry("metric.created", row) for row in fresh], by=by, at=at)
        note_facts([(None, "dictionary")], at=at)
        known |= {row.code: row for row in fresh}
    known |= {row.code: row for row in _translated(by=by, at=at)}
    return known


def _translated(*, by: Actor, at: datetime) -> list[Metric]:
    shipped = {columns["code"]: columns for columns in shipped_metrics()}
    old = Q(unit_texts__isnull=True) | Q(formula_texts__isnull=True)
    rows = list(Metric.objects.filter(old).select_for_update().order_by("pk"))
    entries = []
    for row in rows:
        before, ours = snapshot(row, TRANSLATED), shipped.get(row.code, {}) if row.is_builtin else {}
        for name, english in TRANSLATED.items():
            if getattr(row, name) is None:
                setattr(row, name, ours[name] if ours and getattr(row, english) == ours[english] else {})
        if row.unit_texts or row.formula_texts:
            row.revision += 1
            row.updated_at = at
            entries.append(Entry("metric.updated", row, changed(before, snapshot(row, TRANSLATED))))
    if rows:
        Metric.objects.bulk_update(rows, [*TRANSLATED, "revision", "updated_at"])
        record_many(entries, by=by, at=at)
    return rows


def _checked(metric: Metric) -> None:
    for name in ("labels", "descriptions", *TRANSLATED):
        texts = getattr(metric, name)
        if name in TRANSLATED and texts is None:
            continue
        if not isinstance(texts, dict) or any(not isinstance(text, str) for text in texts.values()):
            raise Invalid.one(name, "texts_expected", _("Map languages to texts: {“en”: “Followers”}."))
        if name in TRANSLATED and "en" in texts:
            english = Metric._meta.get_field(TRANSLATED[name]).verbose_name
            raise Invalid.one(
                name, "english_elsewhere", _("Give the English in “%(field)s”.") % {"field": english}
            )
    if not any(str(text).strip() for text in metric.labels.values()):
        raise Invalid.one("labels", "required", _("Give the metric a name."))
    if not 0 <= metric.scale <= 6:
        raise Invalid.one("scale", "out_of_range", _("Choose 0 to 6 decimal places."))


@transaction.atomic
def create_metric(
    *, code: str, by: Actor, at: datetime, why: str = "", batch: ImportBatch | None = None, **fields: Any
) -> Metric:
    """Add a metric.

    :raises Invalid: a field is wrong. :raises Duplicate: the code is taken.
    """
    code = code.strip().casefold()
    if not code.replace("_", "").isalnum() or not code.isascii() or len(code) > 60:
        raise Invalid.one(
            "code", "code_form", _("A code has small letters, digits and “_” only, and at most 60 of them.")
        )
    if Metric.objects.filter(code=code).exists():
        raise Duplicate.one("code", "duplicate", _("The metric %(code)s exists already.") % {"code": code})
    is_builtin = bool(fields.pop("is_builtin", False))
    clean = clean_values(Metric, values=fields, allowed=EDITABLE)
    metric = Metric(code=code, is_builtin=is_builtin, created_at=at, updated_at=at, **clean)
    _checked(metric)
    metric.save(force_insert=True)
    record(
        "metric.created",
        metric,
        by=by,
        at=at,
        changes=changed({}, snapshot(metric)),
        why=why,
        batch_id=batch and batch.public_id,
    )
    note_effects(batch, effects=[Effect(metric, is_create=True)])
    note_facts([(None, "dictionary")], at=at)
    return metric


@transaction.atomic
def edit_metric(
    metric: Metric,
    *,
    changes: Mapping[str, Any],
    by: Actor,
    at: datetime,
    why: str = "",
    expected_revision: int | None = None,
) -> Metric:
    """Change an entry. Nothing is written when nothing differs.

    :raises WrongState: how values are stored would change under values that exist. :raises Stale: `expected_revision` is old.
    """
    metric = locked(metric, expected_revision=expected_revision)
    clean = clean_values(Metric, values=changes, allowed=EDITABLE)
    before = snapshot(metric)
    for name, value in clean.items():
        setattr(metric, name, value)
    _checked(metric)
    difference = changed(before, snapshot(metric))
    if not difference:
        return metric
    if set(difference) & set(MEANING) and Observation.objects.filter(metric=metric).exists():
        raise WrongState(
            _("%(metric)s has observations: how they are stored cannot change. Add another metric instead.")
            % {"metric": metric}
        )
    save_changed(metric, fields=list(clean), at=at)
    record("metric.updated", metric, by=by, at=at, changes=difference, why=why)
    note_facts([(None, "dictionary")], at=at)
    return metric


def ensure_metrics(
    codes: Mapping[str, Mapping[str, Any]], *, by: Actor, at: datetime, batch: ImportBatch | None = None
) -> dict[str, Metric]:
    """Find metrics by code and add those a mapping declares (code → fields), as levels unless it says otherwise."""
    known = {row.code: row for row in Metric.objects.filter(code__in=codes)}
    for code, fields in codes.items():
        if code not in known:
            values = {
                "labels": {"en": code.replace("_", " ").capitalize()},
                "aggregation": Aggregation.LAST,
                **fields,
            }
            known[code] = create_metric(code=code, by=by, at=at, batch=batch, **values)
    return known
