"""The records behind a criterion: what fails, in the subtree of a line or in the whole company."""

import datetime as dt
from dataclasses import dataclass

from metrics.indicators.base import EvidenceItem, moment_of
from metrics.indicators.registry import REGISTRY
from metrics.scoring import Criterion
from metrics.selectors.readings import subtree_of


@dataclass(frozen=True)
class EvidenceList:
    """Failing records of one indicator of a criterion; `has_more` when the limit cut the list."""

    indicator: str
    items: tuple[EvidenceItem, ...]
    has_more: bool


def evidence_of(
    criterion: Criterion, line_id: int | None, *, at: dt.datetime, limit: int = 50
) -> list[EvidenceList]:
    """Failing records of the criterion and of its guards; a line id of None asks for the programme. The door checks scope."""
    codes = [
        code
        for code in (criterion.indicator, *(guard.indicator for guard in criterion.guards))
        if code in REGISTRY
    ]
    moment = moment_of(at)
    lines = None if line_id is None else subtree_of(line_id)
    found = []
    for code in dict.fromkeys(codes):
        items = REGISTRY[code].evidence(lines, moment, limit + 1)
        found.append(EvidenceList(code, tuple(items[:limit]), len(items) > limit))
    return found
