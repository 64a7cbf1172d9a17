"""Reading targets in scope."""

from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from coe.enums.roles import Permission
from coe.rules.principals import Principal
from coe.rules.scope import allowed_lines, scoped
from metrics.models import Target, TargetStage


def targets_visible_to(principal: Principal) -> QuerySet[Target]:
    """Targets of the caller's lines, with line and metric; those that were taken away too."""
    return scoped(Target.objects.select_related("line", "metric"), principal)


def ended_targets(principal: Principal, on: date) -> QuerySet[Target]:
    """Targets that have ended before a day with none that follows, on the lines on which the caller may set the next one.

    One per line and metric, the last. What answers it is a target for the same line and metric that ends later, or taking the
    ended one away. Whether it was reached does not matter: a line without a target that runs has nothing to steer by, which is
    what `kpis.with_target` scores. Retired metrics and archived lines need none.
    """
    same = Target.objects.standing().order_by().filter(line=OuterRef("line"), metric=OuterRef("metric"))
    later = Q(period_end__gt=OuterRef("period_end")) | Q(
        period_end=OuterRef("period_end"), pk__gt=OuterRef("pk")
    )
    ended = Target.objects.standing().order_by().filter(period_end__lt=on, metric__is_active=True)
    lines = allowed_lines(principal, Permission.SET_TARGETS).active()
    return ended.filter(~Exists(same.filter(later)), line__in=lines.order_by().values("pk"))


def target_stages_visible_to(principal: Principal) -> QuerySet[TargetStage]:
    """Target stages of the caller's lines."""
    return scoped(TargetStage.objects.select_related("line"), principal)
