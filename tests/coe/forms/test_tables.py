import pytest
from django.http import QueryDict

from coe.forms.tables import Column, CursorPage, Table

COLUMNS = (
    Column("name", "Name", ("name", "-pk"), fixed=True),
    Column("owner", "Owner"),
    Column("reach", "Reach", ("reach",), num=True, spare=True),
)


def table(query: str) -> Table:
    return Table("t", "T", COLUMNS, QueryDict(query), "row.html", default_sort="name")


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ("", ("name", "-pk")),
        ("sort=-name", ("-name", "pk")),
        ("sort=-reach", ("-reach",)),
        ("sort=owner", ("name", "-pk")),
        ("sort=password__hash", ("name", "-pk")),
    ],
)
def test_only_columns_that_can_be_sorted_reach_the_database(query, order):
    assert table(query).order_by == order


@pytest.mark.parametrize(
    ("query", "keys"),
    [("", ["name", "owner"]), ("col=reach", ["name", "reach"]), ("col=nonsense", ["name", "owner"])],
)
def test_fixed_columns_stay_and_spare_ones_wait_to_be_asked_for(query, keys):
    assert [column.key for column in table(query).shown] == keys


def test_a_cursor_page_gives_its_rows():
    it = table("")
    it.page = CursorPage([1, 2], next_cursor="x")
    assert list(it.items) == [1, 2]
