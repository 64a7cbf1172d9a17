"""Lists as files: what the list shows and no more, in three formats, and back again as all unchanged."""

import csv
import io
import json

import openpyxl
import pytest

from coe.enums.roles import Role
from coe.rules.principals import Actor, Principal
from coe.services.history import record
from coe.services.import_runs import apply_import, stage_import
from coe.services.people import assign_role
from coe.services.platforms import ensure_platforms
from tests.factories import AT, AccountFactory, CoOwnerFactory, UserFactory

pytestmark = pytest.mark.django_db
BY = Actor.system("test")
FORMS = ("csv", "xlsx", "json")


def _content(answer):
    return b"".join(answer.streaming_content)


def _rows(answer, form="csv"):
    content = _content(answer)
    if form == "json":
        return json.loads(content)
    if form == "xlsx":
        head, *rows = openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)
        return [dict(zip(head, row, strict=True)) for row in rows]
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


@pytest.mark.parametrize("form", FORMS)
def test_accounts_leave_as_filtered_and_sorted(hub, tree, form):
    for handle, tier in (("b", 1), ("a", 1), ("c", 2)):
        AccountFactory(handle=handle, tier=tier, line=tree.foods)

    answer = hub.get(f"/accounts/export/?tier=1&sort=-handle&format={form}")

    assert answer["Content-Disposition"].endswith(f'.{form}"')
    assert [(row["handle"], row["line"], str(row["tier"])) for row in _rows(answer, form)] == [
        ("b", "FDE", "1"),
        ("a", "FDE", "1"),
    ]


def test_accounts_keep_to_the_own_lines(lead, tree):
    own = AccountFactory(line=tree.foods)
    CoOwnerFactory(account__line=tree.america, line=tree.foods)

    assert [row["handle"] for row in _rows(lead.get("/accounts/export/"))] == [own.handle]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("word", ["=1+1", "+x", "-x", "@SUM(A1)"])
def test_formulas_are_disarmed(hub, tree, word, form):
    AccountFactory(line=tree.foods, purpose=word)

    assert _rows(hub.get(f"/accounts/export/?format={form}"), form)[0]["purpose"] == f"'{word}"


@pytest.mark.parametrize("form", FORMS)
def test_lines_leave_as_filtered_and_hide_a_parent_out_of_scope(hub, lead, tree, form):
    everything = _rows(hub.get(f"/export/lines/?format={form}"), form)
    narrowed = _rows(hub.get(f"/export/lines/?q=foods&format={form}"), form)
    tree.europe.parent = tree.america
    tree.europe.save()
    own = _rows(lead.get(f"/export/lines/?format={form}"), form)

    assert [row["code"] for row in everything] == ["EU", "US", "FDE"]
    assert [row["code"] for row in narrowed] == ["FDE"]
    assert [(row["code"], row["parent"] or "") for row in own] == [("EU", ""), ("FDE", "EU")]


@pytest.mark.parametrize("form", FORMS)
def test_people_leave_with_the_roles_that_the_reader_sees(hub, lead, tree, form):
    ada = UserFactory(name="Ada", email="ada@example.com")
    for line in (tree.foods, tree.america):
        assign_role(ada, role=Role.VIEWER, line=line, by=BY, at=AT)

    seen = [
        {row["line"] for row in _rows(client.get(f"/people/export/?q=ada&format={form}"), form)}
        for client in (hub, lead)
    ]

    assert seen == [{"FDE", "US"}, {"FDE"}]


@pytest.mark.parametrize("form", FORMS)
def test_history_leaves_with_what_changed(hub, lead, tree, form, at):
    for line in (tree.foods, tree.america):
        record("line.updated", line, by=BY, at=at, changes={"name": ["Old", "=New"]}, line_id=line.pk)

    rows = _rows(hub.get(f"/history/export/?object={tree.america.public_id}&format={form}"), form)
    own = _rows(lead.get(f"/history/export/?format={form}"), form)

    assert [(row["action"], json.loads(row["changes"])) for row in rows] == [
        ("line.updated", {"name": ["Old", "=New"]})
    ]
    assert [row["object_id"] for row in own] == [str(tree.foods.public_id)]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("kind", "path"),
    [("lines", "/export/lines/"), ("people", "/people/export/?state=any"), ("accounts", "/accounts/export/")],
)
def test_what_leaves_a_list_comes_back_as_all_unchanged(hub, tree, tmp_path, kind, path, form):
    platforms = ensure_platforms(by=BY, at=AT)
    account = AccountFactory(
        line=tree.foods, platform=platforms["x"], handle="acme", handle_key="acme", purpose="=1", languages=["en", "fr"]
    )  # fmt: skip
    CoOwnerFactory(account=account, line=tree.america)
    target = tmp_path / f"out.{form}"
    target.write_bytes(_content(hub.get(f"{path}{'&' if '?' in path else '?'}format={form}")))
    root = Principal.system("test")

    batch = apply_import(stage_import(target, kind=kind, principal=root, at=AT), at=AT)

    told = list(batch.problems.values_list("row", "field", "message"))
    assert (batch.unchanged, batch.rejected) == (batch.rows, 0), told
    assert batch.rows > 0


@pytest.mark.parametrize(
    "path",
    ["/accounts/export/", "/people/export/", "/history/export/", "/export/lines/", "/export/metrics/"],
)
def test_exports_are_closed_to_those_without_a_role_and_know_three_formats(log_in, hub, path):
    assert log_in().get(path).status_code == 403
    assert hub.get(f"{path}?format=pdf").status_code == 422


@pytest.mark.parametrize("path", ["/accounts/", "/people/", "/history/", "/lines/", "/metrics/"])
def test_every_list_offers_its_files_with_the_filter_of_the_page(hub, tree, path):
    page = hub.get(f"{path}?q=a%26b").content.decode()

    for form in FORMS:
        assert f"format={form}&amp;q=a%26b" in page


@pytest.mark.parametrize("count", [1, 3])
def test_an_export_costs_the_same_for_one_row_and_for_three(hub, tree, django_assert_num_queries, count):
    for _each in range(count):
        AccountFactory(line=tree.foods)
    _content(hub.get("/accounts/export/"))

    with django_assert_num_queries(6):
        _content(hub.get("/accounts/export/"))
