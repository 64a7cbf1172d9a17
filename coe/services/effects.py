"""What an import did to each record, kept so that it can be undone.

`before` of a change maps column names to the values the record had; of a creation it is empty. Several effects on one
record are fine: undo goes back to the oldest `before` and asks that the newest `revision_after` still stands.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from coe.models import ImportBatch, ImportEffect

_ENCODER = DjangoJSONEncoder()


@dataclass(frozen=True)
class Effect:
    """One record that a batch created or changed. `before` maps columns to values; foreign keys are primary keys."""

    obj: models.Model
    is_create: bool
    before: dict[str, Any] = field(default_factory=dict)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    return _ENCODER.default(value)


def note_effects(batch: ImportBatch | None, *, effects: Iterable[Effect]) -> None:
    """Store what a batch did; nothing when the write does not come from an import."""
    if batch is None:
        return
    ImportEffect.objects.bulk_create(
        [
            ImportEffect(
                batch=batch,
                object_type=one.obj._meta.label_lower,
                object_pk=one.obj.pk,
                is_create=one.is_create,
                before=_plain(one.before),
                revision_after=getattr(one.obj, "revision", 1),
            )
            for one in effects
        ],
        batch_size=2000,
    )
