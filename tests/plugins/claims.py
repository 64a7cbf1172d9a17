"""Pytest plugin `tests.plugins.claims`: no UPDATE chooses its rows through a subquery on its own table.

Django writes an update whose filter spans a join as `UPDATE t … WHERE t.id IN (SELECT t.id FROM t JOIN …)`. When PostgreSQL has
waited for another transaction's change of a row, it asks the outer condition again with the new row but not the subquery
(https://www.postgresql.org/docs/current/transaction-iso.html#XACT-READ-COMMITTED), so a claim written that way succeeds twice.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

_ITSELF = re.compile(
    r"""^UPDATE "(\w+)" SET .* WHERE .*"\1"\."id" IN \(SELECT \w+\."\w+"(?: AS "\w+")? FROM "\1" """,
    re.DOTALL,
)


def chooses_through_itself(sql: str) -> bool:
    """Whether the statement is an UPDATE with a subquery on the table it changes."""
    return _ITSELF.match(sql) is not None


def _refuse(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    if sql.startswith("UPDATE") and chooses_through_itself(sql):
        raise AssertionError(
            f"An UPDATE over a join claims a row twice on PostgreSQL; filter by the row's own columns: {sql}"
        )
    return execute(sql, params, many, context)


@pytest.fixture(autouse=True)
def _no_update_through_itself() -> Iterator[None]:
    with connection.execute_wrapper(_refuse):
        yield
