"""How a line stands beside others: the middle half of fixed cohorts, silent where one line could be recognised."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Count, Q

from coe.enums.lines import LineKind, LineStatus
from coe.models import BusinessLine, SocialAccount
from coe.selectors.kept import Kept
from metrics.models import RubricVersion, StageRow
from metrics.scoring.cohorts import Silence, silences
from metrics.selectors.cards import Band

BAND_STEP = 50  # tenths of a point
TOLD_IN = 5  # the size of a cohort is told in fives
COMPANY = "company"

Row = tuple[int, str, str, int, bool, bool]
_KEPT: "Kept[Cohorts]" = Kept(4)


@dataclass(frozen=True)
class Told:
    """A cohort in one dimension: its lines, and why nothing is told of it or else its scores in tenths, in order."""

    lines: frozenset[int]
    why: Silence | None
    scores: tuple[int, ...]


@dataclass(frozen=True)
class Cohorts:
    """Scores of the lines of the company, and how many accounts stand behind each.

    A row is (line, kind of line, dimension, score in tenths, stands now, was known on the day asked for).
    """

    rows: tuple[Row, ...]
    weights: Mapping[int, int]
    # What is told depends on no reader and no line, so it is worked out once for all that look at the same cohorts.
    _told: dict[str, dict[str, Told]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def told(self, dimension: str) -> dict[str, Told]:
        """What may be told of the cohorts of a dimension, by name."""
        if dimension not in self._told:
            now, then = self.of(dimension, now=True), self.of(dimension, now=False)
            quiet, scores = silences(now, self.weights), self.scores(dimension)
            found = {}
            for name, lines in now.items():
                # A day on which the cohort was another one is one more cohort, and differs by the few lines that came since.
                why = quiet[name] or (None if lines == then[name] else Silence.CHANGED)
                found[name] = Told(
                    lines, why, tuple(sorted(scores[one] for one in lines)) if why is None else ()
                )
            self._told[dimension] = found
        return self._told[dimension]

    def of(self, dimension: str, *, now: bool) -> dict[str, frozenset[int]]:
        """The cohorts of a dimension by name, always in the same order: the company, then each kind of line."""
        kinds: dict[str, set[int]] = {kind: set() for kind in LineKind.values}
        for line, kind, found, _score, stands, was in self.rows:
            if found == dimension and (stands if now else was):
                kinds[kind].add(line)
        everybody = frozenset().union(*kinds.values())
        return {COMPANY: everybody} | {kind: frozenset(lines) for kind, lines in kinds.items()}

    def scores(self, dimension: str) -> dict[int, int]:
        """Scores of a dimension on the day asked for, by line."""
        return {
            line: score for line, _kind, found, score, _now, was in self.rows if was and found == dimension
        }


def read_cohorts(rubric: RubricVersion, instant: dt.datetime | None) -> Cohorts:
    """The cohorts under a rubric (two queries). Who is in them is decided today, also for a day that is past."""
    known = Q(known_until__isnull=True)
    if instant is not None:
        known |= Q(known_from__lte=instant, known_until__gt=instant)
    stages = StageRow.objects.filter(
        known,
        rubric=rubric,
        line__is_spoke=True,
        line__status=LineStatus.ACTIVE,
        score_tenths__isnull=False,
    )
    asked = stages.order_by().values_list(
        "line_id", "line__kind", "dimension", "score_tenths", "known_from", "known_until"
    )
    rows = tuple(
        (
            line,
            kind,
            dimension,
            score,
            until is None,
            instant is None or (since <= instant and (until is None or until > instant)),
        )
        for line, kind, dimension, score, since, until in asked
    )
    accounts = SocialAccount.objects.registered().order_by()
    behind = accounts.values("line__ancestor_links__ancestor_id").annotate(n=Count("pk"))
    weights = {row["line__ancestor_links__ancestor_id"]: row["n"] for row in behind}
    return Cohorts(rows, weights)


def bands_of(cohorts: Cohorts, own: Mapping[str, int | None], kind: str) -> tuple[Band, ...]:
    """Per dimension of `own` (tenths of a point) where the middle half of the company stands, and that of the line's kind.

    A kind that is the whole company is told once. Suppressed bands say why and hold no number.
    """
    found: dict[str, list[Band]] = {COMPANY: [], kind: []}
    for dimension, mine in own.items():
        told = cohorts.told(dimension)
        for name in (COMPANY, kind):
            if name == kind and told[kind].lines in (told[COMPANY].lines, frozenset()):
                continue
            found[name].append(_band(name, dimension, mine, told[name].scores, told[name].why))
    return tuple(band for bands in found.values() for band in bands)


def _band(cohort: str, dimension: str, mine: int | None, values: Sequence[int], why: Silence | None) -> Band:
    if why is not None:
        return Band(cohort, dimension, None, None, None, None, "", why.value)
    low, middle, high = (
        round(values[place * (len(values) - 1) // 4] / BAND_STEP) * BAND_STEP // 10 for place in (1, 2, 3)
    )
    position = "within"
    if mine is None:
        position = "unknown"
    elif mine // 10 < low:
        position = "below"
    elif mine // 10 > high:
        position = "above"
    return Band(cohort, dimension, low, middle, high, len(values) // TOLD_IN * TOLD_IN, position, "")


def line_bands(
    line: BusinessLine,
    rubric: RubricVersion,
    own: Mapping[str, int | None],
    instant: dt.datetime | None,
    kept_as: str = "",
) -> tuple[Band, ...]:
    """The bands beside a line. What was read is kept under `kept_as`: scores are exact, weights as old as it lets them be."""

    def read() -> Cohorts:
        return read_cohorts(rubric, instant)

    found = _KEPT.get((rubric.pk, kept_as), read) if kept_as else read()
    return bands_of(found, own, line.kind)
