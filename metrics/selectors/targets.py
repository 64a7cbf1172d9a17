"""Reading targets in scope."""

from django.db.models import QuerySet

from coe.rules.principals import Principal
from coe.rules.scope import scoped
from metrics.models import Target, TargetStage


def targets_visible_to(principal: Principal) -> QuerySet[Target]:
    """Targets of the caller's lines, with line and metric."""
    return scoped(Target.objects.select_related("line", "metric"), principal)


def target_stages_visible_to(principal: Principal) -> QuerySet[TargetStage]:
    """Target stages of the caller's lines."""
    return scoped(TargetStage.objects.select_related("line"), principal)
