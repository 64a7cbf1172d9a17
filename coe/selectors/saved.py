"""What people kept: views of lists (a page and its query), and mappings of files they import again."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.urls import reverse

from coe.enums.roles import Permission
from coe.models import SavedFilter, SavedMapping, User
from coe.rules.principals import Principal


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
            "rename_url": reverse("saved-filter-rename", args=[row.public_id])
            if row.owner_id == user.pk
            else "",
            "delete_url": reverse("saved-filter-delete", args=[row.public_id])
            if row.owner_id == user.pk
            else "",
        }
        for row in rows
    ]


def saved_mappings(principal: Principal) -> QuerySet[SavedMapping]:
    """Mappings the caller may import with: everybody's for those who import for the whole company, else one's own and nobody's."""
    rows = SavedMapping.objects.order_by("name")
    if principal.is_root or Permission.IMPORT in principal.company_permissions:
        return rows
    return rows.filter(Q(owner=None) | Q(owner=principal.user)) if principal.user else rows.filter(owner=None)
