"""What the search box finds of policies: those the reader may read."""

from django.db.models import Q

from coe.rules.principals import Principal
from coe.selectors.search import SearchHit
from governance.selectors.policies import policies_visible_to


def search_policies(principal: Principal, words: str, limit: int) -> list[SearchHit]:
    """Living policies, by code and title in every language."""
    asked = Q()
    for word in words.split()[:8]:
        asked &= Q(code__icontains=word) | Q(titles__icontains=word)
    found = policies_visible_to(principal).filter(asked, archived_at__isnull=True).order_by("code")[:limit]
    return [SearchHit("policies", one.title, one.get_absolute_url(), one.code) for one in found]
