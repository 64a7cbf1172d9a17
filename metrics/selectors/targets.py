"""Reading targets in scope."""

from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from coe.models import BusinessLine
from coe.rules.principals import Principal
from coe.rules.scope import scoped
from metrics.models import Target, TargetStage


def targets_visible_to(principal: Principal) -> QuerySet[Target]:
    """Targets of the caller's lines, with line and metric."""
    return scoped(Target.objects.select_related("line", "metric"), principal)


def ended_targets(principal: Principal, on: date) -> QuerySet[Target]:
    """Targets of the caller's lines that have ended before a day with none that follows: one per line and metric, the last.

    What answers it is a target for the same line and metric that ends later, or taking the ended one away. Whether it was reached
    does not matter: a line without a target that runs has nothing to steer by, which is what `kpis.with_target` scores. Retired
    metrics and archived lines need none.
    """
    same = Target.objects.order_by().filter(line=OuterRef("line"), metric=OuterRef("metric"))
    later = Q(period_end__gt=OuterRef("period_end")) | Q(
        period_end=OuterRef("period_end"), pk__gt=OuterRef("pk")
    )
    ended = scoped(Target.objects.order_by(), principal).filter(period_end__lt=on, metric__is_active=True)
    return ended.filter(
        ~Exists(same.filter(later)), line__in=BusinessLine.objects.active().order_by().values("pk")
    )


def target_stages_visible_to(principal: Principal) -> QuerySet[TargetStage]:
    """Target stages of the caller's lines."""
    return scoped(TargetStage.objects.select_related("line"), principal)
