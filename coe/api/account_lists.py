"""What an account has several of, as the API tells it: collected for a whole page, or by a prepared question for one account."""

from typing import Any

from django.db.models import QuerySet

from coe.api.base.fields import line_brief
from coe.models import AccountCoOwner, SocialAccount, Tag
from coe.models.prepared import Given, Prepared


def tags(keys: list[int]) -> dict[int, list[str]]:
    """The names of the tags of accounts, by account (one query)."""
    found: dict[int, list[str]] = {}
    rows = _TAGS.rows(key=keys[0]) if len(keys) == 1 else _tags_of(accounts__in=keys)
    for key, name in rows:
        found.setdefault(key, []).append(name)
    return found


def _tags_of(**which: Any) -> QuerySet[Any]:
    return Tag.objects.filter(**which).order_by("key").values_list("accounts", "name")


_TAGS = Prepared(lambda: _tags_of(accounts=Given("key", SocialAccount._meta.pk)))


def co_owners(keys: list[int]) -> dict[int, list[Any]]:
    """The lines that share accounts, by account (one query)."""
    found: dict[int, list[Any]] = {}
    rows = _CO_OWNERS.rows(key=keys[0]) if len(keys) == 1 else _co_owners_of(account__in=keys)
    for key, *line in rows:
        found.setdefault(key, []).append(line_brief(*line))
    return found


def _co_owners_of(**which: Any) -> QuerySet[Any]:
    rows = AccountCoOwner.objects.filter(**which).order_by("line__code_key")
    return rows.values_list("account", "line__public_id", "line__code", "line__name")


_CO_OWNERS = Prepared(lambda: _co_owners_of(account=Given("key", SocialAccount._meta.pk)))
