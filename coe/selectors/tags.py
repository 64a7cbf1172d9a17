"""Tags as the hub tidies them."""

from typing import Any

from django.db.models import Aggregate, Count, IntegerField, OuterRef, QuerySet, Subquery, TextField, Value
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


# No name holds it: a control character is refused where names are read.
_BETWEEN = "\x1f"


class _Joined(Aggregate):
    """The texts of many rows as one, so that a short list fits into a column of another query."""

    function = "STRING_AGG"
    output_field = TextField()

    def __init__(self, expression: Any) -> None:
        super().__init__(expression, Value(_BETWEEN, output_field=TextField()))

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        """SQLite has it under another name."""
        return self.as_sql(compiler, connection, function="GROUP_CONCAT", **more)


def names_of_tags(**which: Any) -> Subquery:
    """The names of some tags as a value inside another query; `names_in` reads it."""
    rows = Tag.objects.filter(**which).order_by().values(one=Value(1))
    return Subquery(rows.annotate(names=_Joined("name")).values("names"))


def names_in(joined: str | None) -> list[str]:
    """The names in a value of `names_of_tags`, in the order of tags."""
    return sorted(joined.split(_BETWEEN), key=str.casefold) if joined else []
