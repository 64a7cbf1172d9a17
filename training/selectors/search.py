"""What the search box finds of training: courses and curricula, which everybody who works here may read."""

from django.db.models import Q

from coe.rules.principals import Principal
from coe.selectors.search import SearchHit
from training.models import Course, Curriculum


def _words(words: str) -> Q:
    found = Q()
    for word in words.split()[:8]:
        found &= Q(code__icontains=word) | Q(titles__icontains=word)
    return found


def search_courses(principal: Principal, words: str, limit: int) -> list[SearchHit]:
    """Courses that are offered, by code and title in every language."""
    found = Course.objects.offered().filter(_words(words)).order_by("code_key")[:limit]
    return [SearchHit("courses", one.title, one.get_absolute_url(), one.code) for one in found]


def search_curricula(principal: Principal, words: str, limit: int) -> list[SearchHit]:
    """Live curricula, by code and title in every language."""
    found = Curriculum.objects.live().filter(_words(words)).order_by("code_key")[:limit]
    return [SearchHit("curricula", one.title, one.get_absolute_url(), one.code) for one in found]
