"""Role × route × object: everybody who may come tries everything, on their own records and on those of the lines around them.

Three things must hold of every try: the outcome is the one that the tables in `routes/` say; a refused try writes nothing at all; and
no answer holds the mark of a record that the caller may not see. What is written is taken back after each try.
"""

import pytest

from tests.house.routes.api import API
from tests.house.routes.callers import NOBODY, TOKENS, WALKED, come
from tests.house.routes.matrix import walk
from tests.house.routes.pages import PAGES
from tests.plugins.worlds import kept_world, world

__all__ = ["kept_world", "world"]


@pytest.mark.django_db
@pytest.mark.parametrize("name", (*WALKED, NOBODY))
def test_pages(world, name):
    assert walk(come(name, world), world, PAGES, is_api=False) == ([], [], [])


@pytest.mark.django_db
@pytest.mark.parametrize("name", (*WALKED, *TOKENS, NOBODY))
def test_the_api(world, name):
    assert walk(come(name, world), world, API, is_api=True) == ([], [], [])
