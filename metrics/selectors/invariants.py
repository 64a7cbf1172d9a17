"""What must always be true of the stored state, each as a query for the rows that break it."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Count, F, Q, Sum

from coe.models import BusinessLine, LineClosure, SocialAccount
from metrics.models import (
    AccountMonth,
    DailyRollup,
    IndicatorReading,
    Observation,
    RubricVersion,
    StageRow,
    VerdictRow,
)
from metrics.scoring import Scope
from metrics.selectors.rubrics import compiled_of, current_rubric

SHOWN = 50


@dataclass(frozen=True)
class Broken:
    """One row that breaks an invariant."""

    invariant: str
    row: str


def _closure() -> list[str]:
    """The closure holds exactly the pairs that parents imply, with their distances."""
    parents = dict(BusinessLine.objects.values_list("pk", "parent_id"))
    wanted = set()
    for line_id in parents:
        above, depth, seen = line_id, 0, set()
        while above is not None and above not in seen:
            seen.add(above)
            wanted.add((above, line_id, depth))
            above, depth = parents.get(above), depth + 1
        if above is not None:
            return [f"line {line_id} stands above itself"]
    stored = set(LineClosure.objects.values_list("ancestor_id", "descendant_id", "depth"))
    return [f"missing {row}" for row in sorted(wanted - stored)] + [
        f"surplus {row}" for row in sorted(stored - wanted)
    ]


def _rubric() -> list[str]:
    """Exactly one rubric is current once any is published."""
    current = RubricVersion.objects.filter(is_current=True).count()
    published = RubricVersion.objects.filter(state="published").exists()
    return [f"{current} current rubrics"] if current > 1 or (published and current == 0) else []


def _verdicts() -> list[str]:
    """Every judged line has exactly one open verdict per criterion of its scope, and one stage per dimension and the whole."""
    rubric = current_rubric()
    if rubric is None:
        return []
    model = compiled_of(rubric).rubric
    own = sum(c.scope is Scope.LINE for c in model.criteria)
    verdicts = VerdictRow.objects.open().filter(rubric=rubric).order_by().values_list("line_id")
    stages = StageRow.objects.open().filter(rubric=rubric).order_by().values_list("line_id")
    judged = dict(
        verdicts.annotate(rows=Count("pk"), kinds=Count("criterion", distinct=True)).values_list(
            "line_id", "rows"
        )
    )
    staged = dict(stages.annotate(rows=Count("pk")))
    found = []
    for line_id in sorted({*judged, *staged}, key=lambda key: key or 0):
        wanted = len(model.criteria) if line_id is None else own
        if judged.get(line_id, 0) != wanted:
            found.append(f"line {line_id}: {judged.get(line_id, 0)} open verdicts instead of {wanted}")
        if staged.get(line_id, 0) != len(model.dimensions) + 1:
            found.append(
                f"line {line_id}: {staged.get(line_id, 0)} open stages instead of {len(model.dimensions) + 1}"
            )
    others = VerdictRow.objects.open().exclude(rubric=rubric).count()
    return [*found, *([f"{others} open verdicts of other rubrics"] if others else [])]


def _intervals() -> list[str]:
    """No row ends before it begins, and no archived line has an open one."""
    found = []
    for model in (IndicatorReading, VerdictRow, StageRow):
        odd = model.objects.filter(known_until__lt=F("known_from")).values_list("pk", flat=True)[:SHOWN]
        found += [f"{model.__name__} {pk} ends before it begins" for pk in odd]
    return found


def _rollups() -> list[str]:
    """Daily rollups equal their observations, which accounts bring to the line that owns them."""
    wanted: dict[tuple[int, int, object], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for path in ("account__line_id", "line_id"):
        rows = Observation.objects.filter(
            **{f"{path.split('__')[0]}__isnull": False} if "__" in path else {"line__isnull": False}
        ).order_by()
        sums = rows.values_list(path, "metric_id", "on").annotate(
            total=Sum("value"), above=Sum("numerator"), below=Sum("denominator"), rows=Count("pk")
        )
        for line_id, metric_id, on, total, above, below, count in sums.iterator(chunk_size=5000):
            row = wanted[line_id, metric_id, on]
            for place, value in enumerate((total, above, below, count)):
                row[place] += value or 0
    stored = {
        (row["line_id"], row["metric_id"], row["on"]): [
            row["total"] or 0,
            row["numerator"] or 0,
            row["denominator"] or 0,
            row["count"],
        ]
        for row in DailyRollup.objects.order_by().values(
            "line_id", "metric_id", "on", "total", "numerator", "denominator", "count"
        )
        if row["count"]
    }
    keys = sorted({*wanted, *stored}, key=str)
    return [
        f"{key}: observations {wanted.get(key)}, rollup {stored.get(key)}"
        for key in keys
        if wanted.get(key) != stored.get(key)
    ]


def _months() -> list[str]:
    """The monthly counts of an account equal its observations."""
    stored = AccountMonth.objects.aggregate(all=Sum("observations"), imported=Sum("imported"))
    rows = Observation.objects.filter(account__isnull=False)
    wanted = rows.aggregate(all=Count("pk"), imported=Count("pk", filter=~Q(source="typed")))
    return (
        []
        if (stored["all"] or 0, stored["imported"] or 0) == (wanted["all"], wanted["imported"])
        else [f"stored {stored}, observed {wanted}"]
    )


def _co_owners() -> list[str]:
    """No line co-owns an account it owns."""
    odd = SocialAccount.objects.filter(co_owners__line_id=F("line_id")).values_list("public_id", flat=True)[
        :SHOWN
    ]
    return [f"account {public_id} is co-owned by its owner" for public_id in odd]


INVARIANTS: dict[str, Callable[[], list[str]]] = {
    "closure": _closure,
    "one-current-rubric": _rubric,
    "open-verdicts": _verdicts,
    "intervals": _intervals,
    "rollups": _rollups,
    "account-months": _months,
    "co-owners": _co_owners,
}


def broken_invariants() -> list[Broken]:
    """Every row that breaks an invariant (at most fifty of each)."""
    return [Broken(name, row) for name, rows in INVARIANTS.items() for row in rows()[:SHOWN]]
