"""Saved views of lists. They are a reader's own convenience, so they leave no trace in the change history."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from coe.errors import Duplicate, Invalid
from coe.models import SavedFilter, User
from coe.services.records import save_changed

LONGEST_QUERY = 2_000


@transaction.atomic
def save_view(
    *, owner: User, page: str, name: str, query: str, at: datetime, is_shared: bool = False
) -> SavedFilter:
    """Keep a list as it is filtered now; the same name again replaces the view. A shared one is offered to everybody.

    :raises Invalid: no name, or a query longer than any list has.
    """
    name = name.strip()[:80]
    if not name or "\x00" in name:
        raise Invalid.one("name", "required", _("Give the view a name."))
    if len(query) > LONGEST_QUERY or "\x00" in query:
        raise Invalid.one("query", "too_long", _("This filter is too long to keep."))
    view, _created = SavedFilter.objects.update_or_create(
        owner=owner,
        page=page,
        name=name,
        defaults={"query": query, "is_shared": is_shared, "updated_at": at},
        create_defaults={"query": query, "is_shared": is_shared, "created_at": at, "updated_at": at},
    )
    return view


@transaction.atomic
def rename_view(view: SavedFilter, *, name: str, at: datetime) -> SavedFilter:
    """Give a saved view another name.

    :raises Invalid: no name. :raises Duplicate: the owner has a view of this name on the same page.
    """
    name = name.strip()[:80]
    if not name or "\x00" in name:
        raise Invalid.one("name", "required", _("Give the view a name."))
    others = SavedFilter.objects.filter(owner_id=view.owner_id, page=view.page, name=name)
    if others.exclude(pk=view.pk).exists():
        raise Duplicate.one("name", "duplicate", _("You have a view of this name already."))
    view.name = name
    save_changed(view, fields=["name"], at=at)
    return view


def forget_view(view: SavedFilter) -> None:
    """Remove a saved view."""
    view.delete()
