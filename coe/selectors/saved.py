"""Saved views of lists: a page and the query it was filtered with."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse

from coe.models import SavedFilter, User


def saved_views(
    user: User, *, page: str, path: str, query: QueryDict | Mapping[str, str]
) -> list[dict[str, Any]]:
    """The reader's own views of a page and those shared with everyone, as components/saved_filters.html wants them."""
    now = query.urlencode() if isinstance(query, QueryDict) else ""
    rows = SavedFilter.objects.filter(Q(owner=user) | Q(is_shared=True), page=page)
    return [
        {
            "label": row.name,
            "url": f"{path}?{row.query}",
            "current": bool(now) and row.query == now,
            "delete_url": reverse("saved-filter-delete", args=[row.public_id])
            if row.owner_id == user.pk
            else "",
        }
        for row in rows
    ]
