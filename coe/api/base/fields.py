"""What a resource shows, declared once: fields become a function over `values_list()` rows, filters become lookups.

No object is built per row: 1,000 accounts cost one query and one dictionary each.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote

from django.db.models import Choices, Q, QuerySet
from django.utils.translation import gettext as _

from coe.errors import Invalid
from coe.rules.principals import Principal

Row = Sequence[Any]
Collect = Callable[[list[int]], Mapping[int, Any]]


@dataclass(frozen=True)
class Field:
    """One field of an answer: its name, the lookups it reads and how it is made of them (None: as it is)."""

    name: str
    sources: tuple[str, ...] = ()
    kind: str = "string"
    make: Callable[..., Any] | None = None
    choices: type[Choices] | None = None
    nullable: bool = False
    # Reads what does not fit into a row (tags) with one query for the page: primary keys → value by key.
    collect: Collect | None = None
    note: str = ""


def plain(name: str, kind: str = "string", **more: Any) -> Field:
    """A field that is a column of the same name."""
    return Field(name, (name,), kind, **more)


@dataclass(frozen=True)
class Relation:
    """How a body names another record: `{"id": …}`, `{"code": …}`, or the natural key alone."""

    schema: str
    rows: Callable[[Principal], QuerySet[Any]]
    key: str
    column: str
    fold: Callable[[str], str] = str


@dataclass(frozen=True)
class Filter:
    """A query parameter; `kind` decides which suffixes (`__gte`, `__in`, …) it takes.

    With `relation` its value names another record: one that is neither among those nor on any row of the list is refused, since an
    empty answer would look like an empty list.
    """

    name: str
    lookup: str
    kind: str = "string"
    choices: type[Choices] | None = None
    fold: Callable[[str], str] | None = None
    relation: Relation | None = None


@dataclass(frozen=True, eq=False)
class Resource:
    """A noun of the API: which rows, what they show, how they are found and sorted."""

    name: str
    plural: str
    rows: Callable[[Principal], QuerySet[Any]]
    fields: tuple[Field, ...]
    filters: tuple[Filter, ...] = ()
    ordering: Mapping[str, str] | None = None
    default: tuple[str, ...] = ("pk",)
    search: Callable[[str], Q] | None = None
    # The lookup from a row to its line: None where rows have none, "" where rows are lines.
    line: str | None = None
    # A second way to a line, for rows that hang on a line or on an account.
    also_line: str | None = None
    # Where rows meet lines in more than one way: the condition for a set of lines (already in the caller's scope).
    on_lines: Callable[[QuerySet[Any]], Q] | None = None
    description: str = ""
    # Its rows depend on nothing but the caller's scope (no clock, no other right), so the question for one of them is prepared.
    is_prepared: bool = False

    @property
    def has_lines(self) -> bool:
        """Whether its list takes `line` and `line_subtree`."""
        return self.line is not None or self.on_lines is not None

    @cached_property
    def compiled(self) -> "Compiled":
        """All its fields, made ready."""
        return compile_fields(self.fields)

    def chosen(self, names: Iterable[str] | None, without: Iterable[str] = ()) -> tuple[Field, ...]:
        """The fields a caller asked for.

        :raises Invalid: a field does not exist.
        """
        known = {field.name for field in self.fields}
        wanted, omitted = None if names is None else set(names), set(without)
        for parameter, asked in (("fields", wanted or set()), ("omit", omitted)):
            if unknown := sorted(asked - known):
                message = _("No field “%(name)s”. Known: %(known)s.") % {
                    "name": unknown[0],
                    "known": ", ".join(sorted(known)),
                }
                raise Invalid.one(parameter, "field_unknown", message)
        return tuple(f for f in self.fields if (wanted is None or f.name in wanted) and f.name not in omitted)


@dataclass(frozen=True)
class Compiled:
    """Fields made ready: the lookups to select (the primary key first) and the function over rows."""

    lookups: tuple[str, ...]
    row: Callable[[Row], dict[str, Any]]
    collects: tuple[tuple[str, Collect], ...]

    def answers(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """The rows as dictionaries, with what one query a page collects."""
        out = [self.row(row) for row in rows]
        keys = [row[0] for row in rows]
        for name, collect in self.collects:
            found = collect(keys) if keys else {}
            for key, answer in zip(keys, out, strict=True):
                answer[name] = found.get(key, [])
        return out


def compile_fields(fields: Sequence[Field]) -> Compiled:
    """Turn declared fields into one function over rows, once per request at most."""
    lookups: dict[str, int] = {"pk": 0}
    plan: list[tuple[str, Callable[..., Any] | None, tuple[int, ...]]] = []
    for field in fields:
        places = tuple(lookups.setdefault(source, len(lookups)) for source in field.sources)
        if field.collect is None:
            plan.append((field.name, field.make, places))
    simple = [(name, places[0]) for name, make, places in plan if make is None]
    made = [(name, make, places) for name, make, places in plan if make is not None]
    order = [field.name for field in fields]

    def row(values: Row) -> dict[str, Any]:
        answer = dict.fromkeys(order)
        for name, place in simple:
            answer[name] = values[place]
        for name, make, places in made:
            answer[name] = make(*[values[place] for place in places])
        return answer

    return Compiled(tuple(lookups), row, tuple((f.name, f.collect) for f in fields if f.collect is not None))


# --- brief objects: how one record names another ------------------------------------------------------------------------


def line_brief(public_id: Any, code: str | None, name: str | None) -> dict[str, Any] | None:
    """A line as other records name it."""
    if public_id is None:
        return None
    return {
        "id": public_id,
        "code": code,
        "display": name,
        "url": f"/api/v1/lines/{quote(code or '')}/",
        "web_url": f"/lines/{quote(code or '')}/",
    }


def person_brief(public_id: Any, email: str | None, name: str | None) -> dict[str, Any] | None:
    """A person as other records name them."""
    if public_id is None:
        return None
    return {
        "id": public_id,
        "email": email,
        "display": name or email,
        "url": f"/api/v1/people/{public_id}/",
        "web_url": f"/people/{public_id}/",
    }


def platform_brief(public_id: Any, code: str | None, name: str | None) -> dict[str, Any] | None:
    """A platform as other records name it."""
    if public_id is None:
        return None
    return {"id": public_id, "code": code, "display": name, "url": f"/api/v1/platforms/{code}/"}


def account_brief(public_id: Any, handle: str | None, platform: str | None) -> dict[str, Any] | None:
    """An account as other records name it."""
    if public_id is None:
        return None
    return {
        "id": public_id, "handle": handle, "platform": platform, "display": handle,
        "url": f"/api/v1/accounts/{public_id}/", "web_url": f"/accounts/{public_id}/",
    }  # fmt: skip


def calendar_brief(public_id: Any, code: str | None, name: str | None) -> dict[str, Any] | None:
    """A working calendar as other records name it."""
    if public_id is None:
        return None
    return {"id": public_id, "code": code, "display": name, "url": f"/api/v1/calendars/{code}/"}


def brief(
    name: str, kind: str, make: Callable[..., Any], columns: tuple[str, ...], source: str = ""
) -> Field:
    """A field that names a related record."""
    path = source or name
    return Field(name, tuple(f"{path}__{column}" for column in columns), kind, make, nullable=True)


def line_field(name: str = "line", source: str = "") -> Field:
    """A related line."""
    return brief(name, "LineBrief", line_brief, ("public_id", "code", "name"), source)


def person_field(name: str, source: str = "") -> Field:
    """A related person."""
    return brief(name, "PersonBrief", person_brief, ("public_id", "email", "name"), source)
