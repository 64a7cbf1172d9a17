"""Reading the dictionary: metrics with what is reported of them in the caller's scope."""

from django.db.models import IntegerField, Max, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from coe.rules.principals import Principal
from coe.rules.scope import lines_in_scope
from metrics.models import DailyRollup, Metric


def metrics_with_counts(principal: Principal) -> QuerySet[Metric]:
    """All metrics with `reported` values and `last_on` in the caller's scope; one query however many there are."""
    rollups = DailyRollup.objects.filter(metric=OuterRef("pk")).order_by()
    if not principal.sees_all:
        rollups = rollups.filter(line__in=lines_in_scope(principal).order_by().values("pk"))
    by_metric = rollups.values("metric")
    return Metric.objects.annotate(
        reported=Coalesce(
            Subquery(by_metric.annotate(n=Sum("count")).values("n"), output_field=IntegerField()), 0
        ),
        last_on=Subquery(by_metric.annotate(last=Max("on")).values("last")),
    ).order_by("code")
