"""Writes the change history. Every service calls `record` inside the transaction of the change it describes."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from coe.models import ChangeEvent, ImportBatch
from coe.rules.principals import Actor

# Set by the request middleware, so that services need not carry what only the history wants.
request_id_var: ContextVar[str] = ContextVar("coe_request_id", default="")
change_message_var: ContextVar[str] = ContextVar("coe_change_message", default="")

_NEVER_RECORDED = frozenset(
    {
        "password",
        "digest",
        "created_at",
        "updated_at",
        "revision",
        "last_login",
        "last_used_at",
        "unread_notices",
        "open_duties",
        "overdue_duties",
    }
)


@dataclass(frozen=True)
class Entry:
    """One change for `record_many`."""

    action: str
    obj: Any
    changes: Mapping[str, Any] = field(default_factory=dict)
    line_id: int | None = None
    # Said of this change alone; else what is said of all.
    why: str = ""


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, models.Model):
        return str(getattr(value, "code", None) or getattr(value, "public_id", value.pk))
    return value


def snapshot(obj: models.Model, fields: Iterable[str] | None = None) -> dict[str, Any]:
    """The record's own values as JSON; a relation is told by its id column (no query), secrets are left out."""
    wanted = None if fields is None else set(fields)
    out: dict[str, Any] = {}
    for column in obj._meta.concrete_fields:
        name = column.name
        if (
            name in _NEVER_RECORDED
            or name in {"id", "public_id"}
            or (wanted is not None and name not in wanted)
        ):
            continue
        out[name] = _plain(getattr(obj, column.attname))
    return out


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Field → [before, after] for every field that differs."""
    keys = list(after) + [key for key in before if key not in after]
    return {key: [before.get(key), after.get(key)] for key in keys if before.get(key) != after.get(key)}


def _event(
    entry: Entry, *, by: Actor, at: dt.datetime, why: str, batch_id: ImportBatch | uuid.UUID | None
) -> ChangeEvent:
    line_id = entry.line_id
    if line_id is None:
        line_id = (
            entry.obj.pk
            if entry.obj._meta.model_name == "businessline"
            else getattr(entry.obj, "line_id", None)
        )
    return ChangeEvent(
        at=at,
        actor_kind=by.kind,
        actor_id=by.key,
        actor_label=by.label[:200],
        request_id=request_id_var.get(),
        why=(entry.why or why or change_message_var.get())[:500],
        action=entry.action,
        object_type=entry.obj._meta.label_lower,
        object_id=entry.obj.public_id,
        object_label=str(entry.obj)[:250],
        line_id=line_id,
        changes={key: [_plain(old), _plain(new)] for key, (old, new) in entry.changes.items()},
        batch_id=batch_id.public_id if isinstance(batch_id, ImportBatch) else batch_id,
    )


def record(
    action: str,
    obj: Any,
    *,
    by: Actor,
    at: dt.datetime,
    changes: Mapping[str, Any] | None = None,
    why: str = "",
    line_id: int | None = None,
    batch_id: ImportBatch | uuid.UUID | None = None,
) -> ChangeEvent:
    """Write one history row for a record that carries a public id. `action` is a typed name such as `account.approved`."""
    event = _event(Entry(action, obj, changes or {}, line_id), by=by, at=at, why=why, batch_id=batch_id)
    event.save(force_insert=True)
    return event


def record_many(
    entries: Iterable[Entry],
    *,
    by: Actor,
    at: dt.datetime,
    why: str = "",
    batch_id: ImportBatch | uuid.UUID | None = None,
) -> int:
    """Write many history rows with one statement per 500; returns how many."""
    rows = [_event(entry, by=by, at=at, why=why, batch_id=batch_id) for entry in entries]
    ChangeEvent.objects.bulk_create(rows, batch_size=500)
    return len(rows)
