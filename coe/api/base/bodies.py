"""Bodies of writes: typed, with relations named by id or by natural key, refused with a pointer to each wrong place."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction
from django.db.models import Choices
from django.utils.translation import gettext as _

from coe.api.base.fields import Relation
from coe.errors import DomainError, Invalid, Problem, SomeRefused
from coe.rules.principals import Principal

MOST_AT_ONCE = 500


@dataclass(frozen=True)
class Input:
    """A field of a body. `target` is what the service calls it."""

    name: str
    kind: str = "string"
    relation: Relation | None = None
    choices: type[Choices] | None = None
    required: bool = False
    nullable: bool = False
    target: str = ""
    note: str = ""


_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,), "date": (str,), "datetime": (str,), "uri": (str,), "integer": (int,), "boolean": (bool,), "number": (int, float, str),
    "object": (dict,), "array": (list,),
}  # fmt: skip


class Body:
    """One object of a request, checked against the inputs it may have.

    `values` holds what was given, under the services' names; `why` the change message.
    """

    def __init__(
        self,
        data: Any,
        inputs: Sequence[Input],
        principal: Principal,
        *,
        memo: dict[Any, Any] | None = None,
        partial: bool = False,
    ) -> None:
        if not isinstance(data, dict):
            raise Invalid.one("", "object_expected", _("Send a JSON object."))
        self._principal, self._memo = principal, {} if memo is None else memo
        known = {one.name: one for one in inputs}
        problems: list[Problem] = []
        self.values: dict[str, Any] = {}
        message = data.get("change_message", "")
        self.why = message if isinstance(message, str) and "\x00" not in message else ""
        for name, value in data.items():
            if name == "change_message":
                continue
            if name not in known:
                text = _("“%(name)s” cannot be set here. Known: %(known)s.") % {
                    "name": name[:80],
                    "known": ", ".join(known),
                }
                problems.append(Problem(name[:80], "field_unknown", text))
                continue
            declared = known[name]
            problem = self._problem(declared, value)
            if problem:
                problems.append(problem)
            elif declared.relation is None or value is None:
                self.values[declared.target or name] = value
            else:
                found = self._related(declared, value)
                if isinstance(found, Problem):
                    problems.append(found)
                else:
                    self.values[declared.target or name] = found
        if not partial:
            problems += [
                Problem(one.name, "required", _("A value is needed."))
                for one in inputs
                if one.required and one.name not in data
            ]
        if problems:
            raise Invalid(problems[0].message, problems=tuple(problems))

    def _problem(self, declared: Input, value: Any) -> Problem | None:
        name = declared.name
        if value is None:
            return (
                None
                if declared.nullable
                else Problem(
                    name, "null", _("null is no value here; leave the field out, or send an empty text.")
                )
            )
        if declared.relation is not None:
            return None
        if declared.kind == "strings":
            if not isinstance(value, list) or any(not isinstance(one, str) or "\x00" in one for one in value):
                return Problem(name, "strings_expected", _("Send a list of texts."))
            return None
        expected = _TYPES[declared.kind]
        if not isinstance(value, expected) or (isinstance(value, bool) and bool not in expected):
            return Problem(
                name,
                f"{declared.kind}_expected",
                _("A value of type %(kind)s is expected.") % {"kind": declared.kind},
            )
        if "\x00" in value if isinstance(value, str) else b"\\u0000" in orjson.dumps(value):
            return Problem(name, "control_character", _("The value holds an invisible control character."))
        if isinstance(value, int) and not -(2**31) <= value < 2**31:
            return Problem(name, "out_of_range", _("This number is too large."))
        if declared.choices is not None and value not in declared.choices.values:
            known = ", ".join(str(one) for one in declared.choices.values)
            return Problem(
                name,
                "choice_unknown",
                _("“%(value)s” is not known here. Known: %(known)s.")
                % {"value": str(value)[:80], "known": known},
            )
        return None

    def _related(self, declared: Input, value: Any) -> Any:
        relation = declared.relation
        assert relation is not None
        named = _named(declared, value)
        if isinstance(named, Problem):
            return named
        place = (relation.schema, *named)
        if place not in self._memo:
            column, wanted = named
            self._memo[place] = relation.rows(self._principal).filter(**{column: wanted}).first()
        found = self._memo[place]
        if found is None:
            text = value if isinstance(value, str) else next(iter(value.values()))
            return Problem(
                declared.name,
                "not_found",
                _("“%(text)s” does not exist in your scope.") % {"text": text[:80]},
            )
        return found


def _named(declared: Input, value: Any) -> tuple[str, Any] | Problem:
    """The column and the value by which a body names a related record."""
    relation = declared.relation
    assert relation is not None
    if isinstance(value, str):
        column, text = relation.column, value
        if _uuid(value) is not None:
            column = "public_id"
    elif (
        isinstance(value, dict)
        and len(value) == 1
        and next(iter(value)) in ("id", relation.key)
        and isinstance(next(iter(value.values())), str)
    ):
        key, text = next(iter(value.items()))
        column = "public_id" if key == "id" else relation.column
    else:
        hint = _("Name it by its id or by {“%(key)s”: …}.") % {"key": relation.key}
        return Problem(declared.name, "relation_expected", hint)
    if (column == "public_id" and _uuid(text) is None) or "\x00" in text:
        return Problem(declared.name, "uuid_expected", _("“%(text)s” is no id.") % {"text": text[:80]})
    return column, _uuid(text) if column == "public_id" else relation.fold(text)


def look_up(items: Sequence[Any], inputs: Sequence[Input], principal: Principal) -> dict[Any, Any]:
    """A memo that knows every related record that an array names: one query a relation and way of naming, not one a record."""
    wanted: dict[tuple[Relation, str], set[Any]] = {}
    for item in items:
        for declared in inputs if isinstance(item, dict) else ():
            if declared.relation is None or item.get(declared.name) is None:
                continue
            named = _named(declared, item[declared.name])
            if not isinstance(named, Problem):
                wanted.setdefault((declared.relation, named[0]), set()).add(named[1])
    memo: dict[Any, Any] = {}
    for (relation, column), values in wanted.items():
        found = {
            getattr(row, column): row for row in relation.rows(principal).filter(**{f"{column}__in": values})
        }
        memo |= {(relation.schema, column, value): found.get(value) for value in values}
    return memo


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


class Refused(DomainError):
    """Some objects of an array were refused, so none was written; for doors that find all the problems themselves."""

    code = "invalid"
    status = 422


def check_length(items: Sequence[Any]) -> None:
    """Refuse an array that is empty or too long.

    :raises Invalid: it is.
    """
    if not 1 <= len(items) <= MOST_AT_ONCE:
        raise Invalid.one(
            "", "out_of_range", _("Send 1 to %(most)s objects at once.") % {"most": MOST_AT_ONCE}
        )


def all_or_nothing(items: Sequence[Any], one: Callable[[Any], Any]) -> list[Any]:
    """Do one write for each object of an array, in one transaction; any refusal takes all back.

    :raises SomeRefused: names every refused object by its place. :raises Invalid: the array is too long.
    """
    check_length(items)
    done: list[Any] = []
    refused: dict[int, DomainError] = {}
    with transaction.atomic():
        for number, item in enumerate(items):
            try:
                with transaction.atomic():
                    done.append(one(item))
            except DomainError as error:
                refused[number] = error
        if refused:
            raise SomeRefused(refused)
    return done


def all_at_once(
    items: Sequence[Any], read: Callable[[Any], Any], write: Callable[[list[Any]], list[Any]]
) -> list[Any]:
    """Read every object of an array, then write them with one call that refuses by `SomeRefused`; all or nothing.

    What can be read is offered to the writer also when something cannot, so that one answer names everything that is wrong.

    :raises SomeRefused: names every refused object by its place. :raises Invalid: the array is too long.
    """
    check_length(items)
    values: dict[int, Any] = {}
    refused: dict[int, DomainError] = {}
    for number, item in enumerate(items):
        try:
            values[number] = read(item)
        except DomainError as error:
            refused[number] = error
    places = list(values)
    done: list[Any] = []
    with transaction.atomic():
        try:
            with transaction.atomic():
                done = write(list(values.values()))
        except SomeRefused as error:
            refused |= {places[place]: one for place, one in error.errors.items()}
        if refused:
            raise SomeRefused(refused)
    return done
