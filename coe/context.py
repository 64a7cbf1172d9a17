"""What every page needs: the menu, the organisation's name, the reader's preferences. One dictionary, `hub`."""

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import gettext, gettext_lazy as _, pgettext_lazy

from coe.backends import is_demo_allowed
from coe.demo.world import logins
from coe.enums.roles import Permission
from coe.models import Organisation
from coe.registries import menu
from coe.rules.scope import accounts_in_scope, lines_in_scope
from coe.selectors.counting import how_many
from coe.services.organisation import organisation

GROUPS = (
    ("", ""),
    ("me", ""),
    ("programme", _("Programme")),
    ("run", pgettext_lazy("group of the menu", "Run")),
    ("setup", pgettext_lazy("group of the menu", "Set up")),
)


@dataclass(frozen=True)
class MenuItem:
    """One entry of the menu. `permission` hides it from those who could not use it; `is_staff` asks for admin rights.

    Within a group entries stand by `place`, then in the order of registration.
    """

    group: str
    label: Any
    url_name: str
    icon: str
    prefixes: tuple[str, ...] = field(default=())
    count: str = ""
    permission: Permission | None = None
    is_staff: bool = False
    place: int = 50


def _counts(principal: Any) -> dict[str, int]:
    """Header counts, a minute old at most: exact figures stand on the pages themselves."""
    key = f"hub-counts:{'all' if principal.sees_all else principal.line_ids}".replace(" ", "")
    found = cache.get(key)
    if found is None:
        # The organisation's row carries both: it has been made by whoever read the company's name just before.
        counts = {
            "lines": how_many(lines_in_scope(principal).active()),
            "accounts": how_many(accounts_in_scope(principal).registered()),
        }  # type: ignore[attr-defined]  # our queryset words
        found = Organisation.objects.filter(pk=1).values(**counts).first() or dict.fromkeys(counts, 0)
        cache.set(key, found, 60)
    return dict(found)


def _menu(request: HttpRequest, counts: dict[str, int], bad: set[str]) -> list[dict[str, Any]]:
    principal = request.principal  # type: ignore[attr-defined]  # set by middleware
    by_group: dict[str, list[dict[str, Any]]] = {key: [] for key, _label in GROUPS}
    for item in sorted(menu.values(), key=lambda one: one.place):
        if item.is_staff and not request.user.is_staff:  # type: ignore[union-attr]  # authenticated here
            continue
        if item.permission and not principal.holds_anywhere(item.permission):
            continue
        try:
            url = reverse(item.url_name)
        except NoReverseMatch:
            continue
        prefixes = item.prefixes or (url,)
        current = request.path == url if url == "/" else request.path.startswith(prefixes)
        by_group[item.group].append(
            {
                "label": item.label,
                "url": url,
                "icon": item.icon,
                "count": counts.get(item.count),
                "count_bad": item.count in bad,
                "current": current,
            }
        )
    found: list[dict[str, Any]] = []
    for key, label in GROUPS:
        # Groups without a heading stand together at the top.
        if found and not label and not found[-1]["heading"]:
            found[-1]["items"] += by_group[key]
        elif by_group[key]:
            found.append({"heading": label, "items": by_group[key]})
    return found


def _demo_logins(request: HttpRequest) -> list[dict[str, str]]:
    """The log-ins of the demo company, on the log-in page of an embedded hub on this very machine and nowhere else."""
    if request.path != reverse("account_login") or not is_demo_allowed(request):
        return []
    return [{**one._asdict(), "role": gettext(one.role)} for one in logins()]


def hub(request: HttpRequest) -> dict[str, Any]:
    """Context processor for every template."""
    user = getattr(request, "user", None)
    known = bool(user and user.is_authenticated)
    company = cache.get("hub-organisation")
    if company is None:
        row = organisation()
        company = {"name": row.name, "is_demo": row.is_demo}
        cache.set("hub-organisation", company, 30)
    counts = _counts(request.principal) if known else {}  # type: ignore[attr-defined]  # set by middleware
    if known and user:
        counts |= {"notices": user.unread_notices, "duties": user.open_duties}
    bad = {"duties"} if known and user and user.overdue_duties else set()
    return {
        "hub": {
            "organisation_name": company["name"],
            "demo_logins": [] if known else _demo_logins(request),
            "demo": company["is_demo"],
            "nav": _menu(request, counts, bad) if known else [],
            "counts": counts,
            "theme": user.theme if known and user else request.COOKIES.get("theme", "auto"),
            "user_time_zone": get_current_timezone_name(),
            "version": settings.VERSION,
            "languages": settings.LANGUAGES,
            "request_id": getattr(request, "request_id", ""),
        }
    }
