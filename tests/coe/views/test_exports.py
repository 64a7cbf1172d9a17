"""The register as a file."""

import csv
import io

import pytest

from tests.factories import AccountFactory, CoOwnerFactory

pytestmark = pytest.mark.django_db


def _rows(answer):
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_export_holds_the_rows_of_the_filter_in_its_order(hub, tree):
    for handle, tier in (("b", 1), ("a", 1), ("c", 2)):
        AccountFactory(handle=handle, tier=tier, line=tree.foods)

    answer = hub.get("/accounts/export/?tier=1&sort=-handle")

    assert [(row["handle"], row["line"], row["tier"]) for row in _rows(answer)] == [
        ("b", "FDE", "1"),
        ("a", "FDE", "1"),
    ]
    assert answer["Content-Disposition"].startswith("attachment")


def test_export_keeps_to_the_own_lines(lead, tree):
    own = AccountFactory(line=tree.foods)
    CoOwnerFactory(account__line=tree.america, line=tree.foods)

    assert [row["handle"] for row in _rows(lead.get("/accounts/export/"))] == [own.handle]


@pytest.mark.parametrize("word", ["=1+1", "+x", "-x", "@SUM(A1)", "\tx"])
def test_export_disarms_formulas(hub, tree, word):
    AccountFactory(line=tree.foods, purpose=word)

    assert _rows(hub.get("/accounts/export/"))[0]["purpose"] == f"'{word}"


def test_export_is_closed_to_those_without_a_role(log_in):
    assert log_in().get("/accounts/export/").status_code == 403
