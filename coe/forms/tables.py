"""What a list on a page needs to know of its own columns, order, ticks and exports, read safely from the address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``order`` holds the ORM expressions it sorts by; none means it cannot be sorted. ``fixed`` columns
    cannot be hidden; ``spare`` ones are hidden until asked for."""

    key: str
    label: str
    order: tuple[str, ...] = ()
    num: bool = False
    fixed: bool = False
    spare: bool = False


@dataclass(frozen=True, slots=True)
class BulkAction:
    """A button of the bulk bar: posts ``action=<value>`` with the ticked ``id``s."""

    value: str
    label: str
    danger: bool = False


def export_links(url: str) -> tuple[tuple[str, str], ...]:
    """The formats in which a list leaves the hub, with their addresses."""
    return tuple((form.upper(), f"{url}?format={form}") for form in ("csv", "xlsx", "json"))


@dataclass(frozen=True, slots=True)
class CursorPage:
    """A page of a list too long to count: only the way on and the way back."""

    object_list: Sequence[Any]
    next_cursor: str = ""
    previous_cursor: str = ""


@dataclass(slots=True)
class Table:
    """A list as components/data_table.html draws it.

    ``query`` is ``request.GET``; unknown columns and orders in it are ignored. ``rows`` may be left out when ``page``
    is given. ``row_template`` gets ``row`` and ``table`` and writes one ``<tr>``; ``{% if table.shows.platform %}``
    guards a cell.
    """

    id: str
    label: str
    columns: Sequence[Column]
    query: QueryDict | Mapping[str, str]
    row_template: str
    default_sort: str = ""
    rows: Iterable[Any] = ()
    page: Any = None
    total: int | None = None
    noun: str = ""
    bulk: Sequence[BulkAction] = ()
    bulk_url: str = ""
    exports: Sequence[tuple[str, str]] = ()
    empty: Mapping[str, Any] = field(default_factory=dict)
    flow: bool = False
    # What the address asks to show, read once: every row of the page asks for it.
    _chosen: frozenset[str] | None = field(default=None, init=False, repr=False)
    _shows: dict[str, bool] | None = field(default=None, init=False, repr=False)

    @property
    def sort(self) -> str:
        """The order asked for, when there is such a column; else the default."""
        wanted = self.query.get("sort") or ""
        known = {column.key for column in self.columns if column.order}
        return wanted if wanted.removeprefix("-") in known else self.default_sort

    @property
    def order_by(self) -> tuple[str, ...]:
        """ORM expressions for ``order_by``; empty without a default."""
        key = self.sort.removeprefix("-")
        expressions = next((column.order for column in self.columns if column.key == key), ())
        if not self.sort.startswith("-"):
            return expressions
        return tuple(name[1:] if name.startswith("-") else f"-{name}" for name in expressions)

    @property
    def chosen(self) -> frozenset[str]:
        if self._chosen is None:
            self._chosen = self._read_chosen()
        return self._chosen

    def _read_chosen(self) -> frozenset[str]:
        wanted = self.query.getlist("col") if isinstance(self.query, QueryDict) else []
        known = {column.key for column in self.columns}
        picked = known.intersection(wanted)
        if not picked:
            return frozenset(column.key for column in self.columns if column.fixed or not column.spare)
        return frozenset(picked | {column.key for column in self.columns if column.fixed})

    @property
    def shown(self) -> list[Column]:
        chosen = self.chosen
        return [column for column in self.columns if column.key in chosen]

    @property
    def shows(self) -> dict[str, bool]:
        if self._shows is None:
            self._shows = {column.key: column.key in self.chosen for column in self.columns}
        return self._shows

    @property
    def choices(self) -> list[tuple[Column, bool]]:
        """Columns that can be hidden, and whether they are shown now."""
        chosen = self.chosen
        return [(column, column.key in chosen) for column in self.columns if not column.fixed]

    @property
    def items(self) -> Iterable[Any]:
        return self.page.object_list if self.page is not None else self.rows

    @property
    def width(self) -> int:
        return len(self.chosen) + bool(self.bulk)
