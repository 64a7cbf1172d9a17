"""What every service does to one record: lock it, check the revision, clean what comes in, save what changed."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.utils.translation import gettext as _

from coe.errors import Invalid, NotFound, Problem, Stale
from coe.models.base import Record

R = TypeVar("R", bound=Record)


def locked(obj: R, *, expected_revision: int | None = None) -> R:
    """Return the record as it is now, locked until the transaction ends.

    The lock keeps other changes out, not rows that come to refer to the record: an import that stores an account's values and a
    change of that account would otherwise each wait for the other.

    :raises NotFound: it is gone.
    :raises Stale: somebody changed it since the caller read it.
    """
    model = obj._meta.model  # not type(): request.user is a lazy wrapper
    fresh = model._default_manager.select_for_update(of=("self",), no_key=True).filter(pk=obj.pk).first()
    if fresh is None:
        raise NotFound(_("This record no longer exists."))
    if expected_revision is not None and fresh.revision != expected_revision:
        raise Stale(
            _("Somebody else changed this record since you read it. Load it again and repeat your change."),
            extra={"revision": fresh.revision},
        )
    return fresh


def clean_values(
    model: type[models.Model], *, values: Mapping[str, Any], allowed: Iterable[str]
) -> dict[str, Any]:
    """Check values against the model's fields, all at once, and return them trimmed.

    :raises Invalid: one problem for each field that is unknown, missing or out of range.
    """
    allowed = frozenset(allowed)
    problems: list[Problem] = []
    clean: dict[str, Any] = {}
    for name, value in values.items():
        if name not in allowed:
            problems.append(
                Problem(name, "field_unknown", _("“%(name)s” cannot be set here.") % {"name": name})
            )
            continue
        try:
            field = model._meta.get_field(name)
        except FieldDoesNotExist:
            clean[name] = value
            continue
        if field.is_relation or not isinstance(field, models.Field):
            clean[name] = value
            continue
        if isinstance(value, str):
            value = value.strip()
            if "\x00" in value:
                problems.append(
                    Problem(name, "control_character", _("The value holds an invisible control character."))
                )
                continue
        try:
            clean[name] = field.clean(value, None)
        except ValidationError as error:
            problems.append(
                Problem(name, getattr(error, "code", None) or "invalid", " ".join(error.messages))
            )
    if problems:
        raise Invalid(problems[0].message, problems=tuple(problems))
    return clean


def save_changed(obj: Record, *, fields: Iterable[str], at: datetime) -> None:
    """Save the named fields with a new revision."""
    obj.revision += 1
    obj.updated_at = at
    obj.save(update_fields=[*fields, "revision", "updated_at"])


def required(field: str) -> Invalid:
    """The refusal of an empty value."""
    return Invalid.one(field, "required", _("A value is needed."))
