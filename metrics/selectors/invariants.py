"""What must always be true of measures and scores, each as a query for the rows that break it; `manage.py audit` asks them all."""

from collections import defaultdict
from collections.abc import Callable

from django.db.models import Count, Exists, F, OuterRef, Q, Sum
from django.db.models.functions import TruncMonth

from coe.selectors.invariants import SHOWN
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
    """No reading, verdict or stage ends before it begins."""
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
    rows = Observation.objects.filter(account__isnull=False).order_by()
    wanted = {
        (account_id, month): (count, imported)
        for account_id, month, count, imported in rows.annotate(month=TruncMonth("on"))
        .values_list("account_id", "month")
        .annotate(rows=Count("pk"), imported=Count("pk", filter=~Q(source="typed")))
        .iterator(chunk_size=5000)
    }
    stored = {
        (account_id, month): (count, imported)
        for account_id, month, count, imported in AccountMonth.objects.filter(observations__gt=0).values_list(
            "account_id", "month", "observations", "imported"
        )
    }
    return [
        f"account {key[0]}, {key[1]:%Y-%m}: observations {wanted.get(key)}, stored {stored.get(key)}"
        for key in sorted({*wanted, *stored})
        if wanted.get(key) != stored.get(key)
    ]


def _references() -> list[str]:
    """What observations, rollups and months refer to is there; no constraint of the database says so."""
    found = []
    for model, names in (
        (Observation, ("account", "line", "metric", "batch")),
        (DailyRollup, ("line", "metric")),
        (AccountMonth, ("account",)),
    ):
        for name in names:
            field = model._meta.get_field(name)
            there = field.related_model._default_manager.filter(pk=OuterRef(field.attname))
            rows = model.objects.filter(~Exists(there), **{f"{name}__isnull": False}).order_by("pk")
            found += [
                f"{model.__name__} {pk}: no {name} {gone}"
                for pk, gone in rows.values_list("pk", field.attname)[:SHOWN]
            ]
    return found


INVARIANTS: dict[str, Callable[[], list[str]]] = {
    "one-current-rubric": _rubric,
    "open-verdicts": _verdicts,
    "intervals": _intervals,
    "rollups": _rollups,
    "account-months": _months,
    "references": _references,
}
