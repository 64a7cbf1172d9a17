"""Tags as the hub tidies them."""

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from coe.models import BusinessLine, SocialAccount, Tag


def tags_with_counts() -> QuerySet[Tag]:
    """Every tag by name, with `line_count` and `account_count` of what carries it (one query)."""

    def carried(through: type) -> Coalesce:
        rows = through._default_manager.filter(tag=OuterRef("pk")).order_by().values("tag")
        return Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0)

    return Tag.objects.annotate(
        line_count=carried(BusinessLine.tags.through), account_count=carried(SocialAccount.tags.through)
    ).order_by("key")
