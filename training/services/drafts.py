"""Writes the parts of a draft one at a time, as a page does: a lesson, a question, their order. The whole is `edit_version`."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from coe.errors import NotFound
from coe.rules.principals import Actor
from coe.services.history import record
from coe.services.records import locked
from training.models import CourseVersion
from training.services.versions import edit_version

LESSON, QUESTION = "lessons", "questions"
_PARTS: Mapping[str, tuple[str, ...]] = {
    LESSON: ("key", "titles", "bodies"),
    QUESTION: ("key", "kind", "texts", "choices", "correct", "explanations"),
}
_NAMED: Mapping[str, str] = {LESSON: "titles", QUESTION: "texts"}
Rows = list[dict[str, Any]]


def _fresh_key(texts: Mapping[str, Any], part: str, taken: set[str]) -> str:
    """A key from the first words, unlike all others of the draft."""
    words = texts.get("en") or next((text for text in texts.values() if text), "")
    stem = slugify(str(words))[:50].strip("-") or part.rstrip("s")
    number, key = 1, stem
    while key in taken:
        number += 1
        key = f"{stem}-{number}"
    return key


def _change(
    version: CourseVersion,
    part: str,
    change: Callable[[Rows], None],
    *,
    by: Actor,
    at: datetime,
    expected_revision: int | None,
) -> CourseVersion:
    version = locked(version, expected_revision=expected_revision)
    found = getattr(version, part).order_by("order").values(*_PARTS[part])
    rows: Rows = [dict(row) for row in found]
    change(rows)
    return edit_version(version, changes={}, by=by, at=at, **{part: rows})


def _place(rows: Rows, key: str) -> int:
    place = next((index for index, row in enumerate(rows) if row["key"] == key), None)
    if place is None:
        raise NotFound(_("This part of the draft no longer exists."))
    return place


@transaction.atomic
def put_part(
    version: CourseVersion,
    *,
    part: str,
    values: Mapping[str, Any],
    by: Actor,
    at: datetime,
    key: str = "",
    expected_revision: int | None = None,
) -> CourseVersion:
    """Write one lesson or question (`part` is LESSON or QUESTION) of a draft; without a `key` it is added at the end.

    :raises WrongState: it is no draft. :raises Invalid: it is wrong; problems name its place, as `lessons/2/titles`.
    :raises NotFound: nothing has this key. :raises Stale: `expected_revision` is old.
    """

    def put(rows: Rows) -> None:
        if key:
            rows[_place(rows, key)].update(values)
        else:
            fresh = _fresh_key(values.get(_NAMED[part], {}), part, {row["key"] for row in rows})
            rows.append({"key": fresh, **values})

    return _change(version, part, put, by=by, at=at, expected_revision=expected_revision)


@transaction.atomic
def remove_part(
    version: CourseVersion,
    *,
    part: str,
    key: str,
    by: Actor,
    at: datetime,
    expected_revision: int | None = None,
) -> CourseVersion:
    """Take one lesson or question out of a draft; what it said stays in the history.

    :raises WrongState: it is no draft. :raises NotFound: nothing has this key. :raises Stale: `expected_revision` is old.
    """

    removed: Rows = []

    def remove(rows: Rows) -> None:
        removed.append(rows.pop(_place(rows, key)))

    version = _change(version, part, remove, by=by, at=at, expected_revision=expected_revision)
    record("course_version.part_removed", version, by=by, at=at, changes={part: [removed[0], None]})
    return version


@transaction.atomic
def raise_part(
    version: CourseVersion,
    *,
    part: str,
    key: str,
    by: Actor,
    at: datetime,
    expected_revision: int | None = None,
) -> CourseVersion:
    """Let one lesson or question stand a place earlier; the first one stays.

    :raises WrongState: it is no draft. :raises NotFound: nothing has this key. :raises Stale: `expected_revision` is old.
    """

    def move(rows: Rows) -> None:
        place = _place(rows, key)
        if place:
            rows[place - 1], rows[place] = rows[place], rows[place - 1]

    return _change(version, part, move, by=by, at=at, expected_revision=expected_revision)
