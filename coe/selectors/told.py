"""The change history as sentences: what happened, to which field, in words a person reads."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coe.models import ChangeEvent

_LONGEST = 120


@dataclass(frozen=True)
class Told:
    """One change as a person reads it."""

    title: str
    text: str
    who: str
    why: str
    at: datetime
    label: str
    object_id: UUID
    state: str = "done"
    url: str = ""
    request_id: str = ""


def tell(events: Iterable[ChangeEvent], known: Iterable[models.Model | None] = ()) -> list[Told]:
    """Tell changes as sentences. Relations stand in the history by id; their names are read with one query per related model,
    and none for the records the caller knows anyway."""
    events = list(events)
    names = _names(events, {(row._meta.model, row.pk): str(row) for row in known if row is not None})
    return [_told(event, names) for event in events]


def _model(event: ChangeEvent) -> type[models.Model] | None:
    try:
        return apps.get_model(event.object_type)
    except (LookupError, ValueError):
        return None


def _field(model: type[models.Model] | None, name: str) -> Any:
    try:
        return model._meta.get_field(name) if model else None
    except FieldDoesNotExist:
        return None


def _names(
    events: list[ChangeEvent], known: dict[tuple[type[models.Model], int], str]
) -> dict[tuple[type[models.Model], int], str]:
    wanted: dict[type[models.Model], set[int]] = defaultdict(set)
    for event in events:
        model = _model(event)
        for name, pair in event.changes.items():
            field = _field(model, name)
            if field is None or not field.many_to_one:
                continue
            wanted[field.related_model].update(value for value in _pair(pair) if isinstance(value, int))
    found = dict(known)
    for related, ids in wanted.items():
        missing = {pk for pk in ids if (related, pk) not in found}
        for row in related._default_manager.filter(pk__in=missing) if missing else ():
            found[related, row.pk] = str(row)
    return found


def _pair(pair: Any) -> tuple[Any, Any]:
    return (pair[0], pair[1]) if isinstance(pair, (list, tuple)) and len(pair) == 2 else (None, pair)


def _word(field: Any, value: Any, names: dict[tuple[type[models.Model], int], str]) -> str:
    if value is None or value == "" or value == []:
        return _("nothing")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if field is not None and field.many_to_one and isinstance(value, int):
        return names.get((field.related_model, value), str(value))
    if field is not None and getattr(field, "choices", None):
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(field, models.DateField) and isinstance(value, str):
        return _moment(value)
    if isinstance(value, (list, tuple)):
        return ", ".join(str(one) for one in value)
    return str(value)[:_LONGEST]


def _moment(text: str) -> str:
    """A stored day or instant as the reader writes it, in the reader's zone."""
    try:
        if "T" in text:
            return date_format(timezone.localtime(datetime.fromisoformat(text)), "DATETIME_FORMAT")
        return date_format(date.fromisoformat(text), "DATE_FORMAT")
    except ValueError:
        return text[:_LONGEST]


def _told(event: ChangeEvent, names: dict[tuple[type[models.Model], int], str]) -> Told:
    model = _model(event)
    parts = []
    for name, pair in event.changes.items():
        field = _field(model, name)
        label = str(getattr(field, "verbose_name", "") or name.replace("_", " "))
        before, after = (_word(field, value, names) for value in _pair(pair))
        parts.append(
            _("%(field)s: %(after)s") % {"field": label, "after": after}
            if before == _("nothing")
            else _("%(field)s: %(before)s → %(after)s") % {"field": label, "before": before, "after": after}
        )
    kind = str(model._meta.verbose_name) if model else event.object_type
    verb = event.action.rsplit(".", 1)[-1].replace("_", " ")
    return Told(
        title=f"{kind}: {_verb(verb)}".capitalize() if kind else verb,
        text="; ".join(parts[:8]),
        who=event.actor_label,
        why=event.why,
        at=event.at,
        label=event.object_label,
        object_id=event.object_id,
        request_id=event.request_id,
    )


def _verb(verb: str) -> str:
    known = {
        "created": _("created"), "edited": _("edited"), "updated": _("edited"), "archived": _("archived"), "restored": _("restored"),
        "moved": _("moved"), "approved": _("approved"), "rejected": _("rejected"), "activated": _("activated"), "suspended": _("suspended"),
        "assigned": _("assigned"), "ended": _("ended"), "revoked": _("revoked"), "rotated": _("replaced"), "imported": _("imported"),
    }  # fmt: skip
    return known.get(verb, verb)
