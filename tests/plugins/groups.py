"""Pytest plugin `tests.plugins.groups`: tests of one `xdist_group` run on one worker, whatever pytest calls the attribute.

xdist 3.8 writes the group behind the node's private `_nodeid`, which pytest 9.2 no longer reads: groups were silently spread over the
workers, and a world built once a module was built once a worker. Goes when xdist writes what pytest reads (the first line below skips it).
"""

from typing import Any

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: Any, items: list[Any]) -> None:
    """Put the group behind the id of each test, as `LoadGroupScheduling` reads it."""
    if not getattr(config.option, "loadgroup", False) or not hasattr(pytest.Item, "id"):
        return
    for item in items:
        groups = sorted({str(mark.args[0]) for mark in item.iter_markers("xdist_group")})
        name = "_".join(groups)
        if groups and not item.nodeid.endswith(f"@{name}"):
            item._id = type(item._id).parse(f"{item.nodeid}@{name}")
