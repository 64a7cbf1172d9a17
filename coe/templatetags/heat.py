"""The heat map's rows. A row is drawn once for what it says: most say the same at the next view, and drawing them is what a
dashboard of hundreds of cells costs. Kept by its whole content and the language, so it can never show anything else."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from coe.selectors.kept import Kept
from coe.templatetags.badges import Level, as_level, score_cell, stage_badge

_KEPT = 4096
_MAPS: Kept[SafeString] = Kept(64)


class Cell(NamedTuple):
    """What one cell says."""

    level: Level
    score: int | None
    delta: int | None
    url: str
    dimension: str
    target: Level | None


class Row(NamedTuple):
    """What one row says; a cell is None where nothing is assessed."""

    code: str
    name: str
    url: str
    is_group: bool
    is_total: bool
    stage: Level | None
    waived: int
    cells: tuple[Cell | None, ...]


def heat_rows(rows: Iterable[Mapping[str, Any]], levels: int = 3, key: Hashable = None) -> SafeString:
    """Every ``<tr>`` of the heat map. ``key`` names all that the rows say, where the page knows such a name: the same rows are then
    not even compared."""

    def drawn() -> SafeString:
        return mark_safe("".join(heat_row(row, levels) for row in rows))  # noqa: S308 - rows that were drawn

    return drawn() if key is None else _MAPS.get((key, levels, get_language()), drawn)


def heat_row(row: Mapping[str, Any], levels: int = 3) -> SafeString:
    """One ``<tr>``: line, stage, a cell per dimension. ``row`` has code, name, url, group, total, stage, waived, cells."""
    cells = tuple(
        Cell(
            as_level(cell["level"], levels=levels),
            cell["score"],
            cell["delta"],
            cell["url"],
            cell["dimension"],
            as_level(cell["target"], levels=levels) if cell["target"] else None,
        )
        if cell
        else None
        for cell in row["cells"]
    )
    stage = as_level(row["stage"]) if row["stage"] else None
    said = Row(
        row["code"], row["name"], row["url"], row["group"], row["total"], stage, row.get("waived", 0), cells
    )
    return _drawn(said, levels, get_language())


@lru_cache(maxsize=_KEPT)
def _drawn(row: Row, levels: int, _language: str) -> SafeString:
    classes = ("sub" if row.is_group else "") + (" total" if row.is_total else "")
    name = f'<span class="code" aria-hidden="true">{escape(row.code)}</span><span class="long">{escape(row.name)}</span>'
    head = f'<a href="{escape(row.url)}">{name}</a>' if row.url else name
    stage = stage_badge(row.stage, waivers=row.waived) if row.stage else '<span class="muted">–</span>'
    nothing = f'<span class="visually-hidden">{escape(gettext("not assessed"))}</span>'
    cells = "".join(f"<td>{_cell(cell, row, levels) if cell else nothing}</td>" for cell in row.cells)
    return mark_safe(  # noqa: S308 - every value is escaped above or by the tags that drew it
        f'<tr class="{classes}"><th scope="row">{head}</th><td class="st">{stage}</td>{cells}</tr>'
    )


def _cell(cell: Cell, row: Row, levels: int) -> SafeString:
    return score_cell(
        cell.level, score=cell.score, delta=cell.delta, url=cell.url, line=row.name, dimension=cell.dimension,
        target=cell.target, subtree=row.is_group, levels=levels,
    )  # fmt: skip
