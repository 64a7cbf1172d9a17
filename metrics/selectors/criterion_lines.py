"""The lines behind a criterion of the programme: who does not meet it yet, and by how much."""

from dataclasses import dataclass

from coe.rules.principals import Principal
from coe.rules.scope import scoped
from metrics.enums.maturity import ReasonChoice
from metrics.models import RubricVersion, VerdictRow
from metrics.scoring import Criterion
from metrics.selectors.scored import exact_of
from metrics.selectors.words import measured

UNMET = ("error", "fail", "no_data", "stale")
AT_MOST = 200


@dataclass(frozen=True)
class LineBehind:
    """A line that does not meet a criterion."""

    code: str
    name: str
    verdict: str
    value: str
    numerator: int | None
    denominator: int | None
    reason: str


def lines_not_meeting(
    principal: Principal, rubric: RubricVersion, criterion: Criterion
) -> tuple[LineBehind, ...]:
    """Lines in the caller's scope whose subtree does not meet a criterion, by code, at most 200 (one query)."""
    rows = (
        scoped(VerdictRow.objects.open().filter(line__isnull=False), principal)
        .filter(rubric=rubric, criterion=criterion.code, verdict__in=UNMET)
        .select_related("line")
        .order_by("line__code_key")[:AT_MOST]
    )
    return tuple(
        LineBehind(
            row.line.code,
            row.line.name,
            row.verdict,
            measured(_value(row), criterion.unit),
            row.numerator,
            row.denominator,
            str(ReasonChoice(row.reason).label) if row.reason in ReasonChoice.values else row.reason,
        )
        for row in rows
    )


def _value(row: VerdictRow) -> object:
    if row.value_numerator is None or not row.value_denominator:
        return None
    return exact_of(f"{row.value_numerator}/{row.value_denominator}")
