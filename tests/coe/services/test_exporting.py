"""Exports: no formula leaves the house, and what leaves comes back unchanged."""

import csv
import json

import openpyxl
import pytest

from coe.enums.roles import Role
from coe.errors import Invalid
from coe.intake.reader import Limits, open_table
from coe.models import BusinessLine, SocialAccount
from coe.rules.principals import Actor, Principal, principal_of
from coe.services.accounts import create_account, rename_handle, set_co_owners
from coe.services.exporting import export_file, export_rows, guarded, write_xlsx
from coe.services.import_runs import apply_import, stage_import
from coe.services.lines import create_line
from coe.services.platforms import ensure_platforms
from tests.factories import AT, LineFactory, RoleFactory, UserFactory

pytestmark = pytest.mark.django_db
ROOT = Principal.system("test")
BY = Actor.system("test")


@pytest.fixture
def company():
    """A line tree, people and accounts with texts that a spreadsheet would compute."""
    platforms = ensure_platforms(by=BY, at=AT)
    eu = create_line(
        code="EU", name="=Europe", description='+1, -2; "quoted"\nnext line', tags=["-x", "Key"], by=BY, at=AT
    )
    fr = create_line(
        code="FR", name="@France", parent=eu, is_spoke=False, time_zone="Europe/Paris", by=BY, at=AT
    )
    UserFactory(email="ada@example.com", name="=cmd|' /C calc'!A0", hub_fte_hundredths=50)
    account = create_account(
        line=fr, platform=platforms["x"], handle="acme", display_name="'=already", purpose="=HYPERLINK(\"http://x\")", languages="en,fr",
        notes="-5", tags=["One", "two"], state="active", primary_owner=None, last_post_at=AT, planned_cadence_days=7, by=BY, at=AT,
    )  # fmt: skip
    rename_handle(account, handle="acme_new", by=BY, at=AT)
    set_co_owners(account, lines=[eu], by=BY, at=AT)
    create_account(
        line=eu, platform=platforms["newsletter"], url="https://news.example.com/acme", by=BY, at=AT
    )
    return fr


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
@pytest.mark.parametrize("kind", ["lines", "people", "accounts"])
def test_what_is_exported_imports_again_as_all_unchanged(company, tmp_path, kind, form):
    path = tmp_path / f"out.{form}"
    rows = export_file(kind, principal=ROOT, target=path, form=form)

    batch = apply_import(stage_import(path, kind=kind, principal=ROOT, at=AT), at=AT)

    assert (batch.rows, batch.unchanged, batch.rejected) == (rows, rows, 0), list(
        batch.problems.values_list("row", "field", "message")
    )
    assert rows > 0


@pytest.mark.parametrize("count", [0, 1, 3, 4, 6, 7])
def test_rows_that_a_sheet_cannot_hold_go_on_in_the_next_one_and_all_come_back(tmp_path, count):
    path = tmp_path / "out.xlsx"
    write_xlsx(["a", "b"], rows=((n, f"x{n}") for n in range(count)), target=path, sheet_rows=4)

    sheets = [list(page.values) for page in openpyxl.load_workbook(path).worksheets]
    back = list(open_table(path, limits=Limits(sheet_rows=4)))

    assert [len(page) for page in sheets] == [1 + min(3, count - n) for n in range(0, max(count, 1), 3)]
    assert {page[0] for page in sheets} == {("a", "b")}
    assert [row for _number, row in back] == [{"a": str(n), "b": f"x{n}"} for n in range(count)]


def test_an_export_builds_the_same_company_in_an_empty_hub(company, tmp_path):
    paths = {kind: tmp_path / f"{kind}.csv" for kind in ("lines", "accounts")}
    for kind, path in paths.items():
        export_file(kind, principal=ROOT, target=path)
    before = {kind: path.read_text() for kind, path in paths.items()}
    SocialAccount.objects.all().delete()
    while BusinessLine.objects.exists():
        BusinessLine.objects.filter(children=None).delete()

    for kind, path in paths.items():
        batch = apply_import(stage_import(path, kind=kind, principal=ROOT, at=AT), at=AT)
        assert batch.rejected == 0, list(batch.problems.values_list("row", "field", "message"))
        export_file(kind, principal=ROOT, target=path)

    assert {kind: path.read_text() for kind, path in paths.items()} == before


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_no_cell_starts_like_a_formula(company, tmp_path, form):
    for kind in ("lines", "people", "accounts"):
        path = tmp_path / f"{kind}.{form}"
        export_file(kind, principal=ROOT, target=path, form=form)
        if form == "csv":
            cells = [
                cell for row in csv.reader(path.read_text(encoding="utf-8").splitlines()) for cell in row
            ]
        else:
            cells = [
                str(cell.value or "")
                for row in openpyxl.load_workbook(path).active.iter_rows()
                for cell in row
            ]
        assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("=1+1", "'=1+1"), ("@x", "'@x"), ("\tx", "'\tx"), ("plain", "plain"), (-5, "-5"), (None, ""), (True, "true"), ("", ""),
    ],
)  # fmt: skip
def test_guarded_marks_texts_and_leaves_numbers(value, expected):
    assert guarded(value) == expected


def test_json_keeps_numbers_and_truths_as_such(company, tmp_path):
    path = tmp_path / "out.json"

    export_file("lines", principal=ROOT, target=path, form="json")

    first, second = json.loads(path.read_text(encoding="utf-8"))
    assert (first["name"], first["is_spoke"], second["parent"], second["is_spoke"]) == (
        "=Europe",
        True,
        "EU",
        False,
    )


def test_an_export_holds_what_its_reader_sees_and_no_more(company):
    viewer = UserFactory()
    RoleFactory(user=viewer, role=Role.VIEWER, line=company)
    principal = principal_of(viewer, AT)

    lines = [row[0] for row in export_rows("lines", principal=principal)[1]]
    columns, rows = export_rows("accounts", principal=principal)
    accounts = [dict(zip(columns, row, strict=True)) for row in rows]

    assert lines == ["FR"]
    assert [(one["line"], one["co_owners"]) for one in accounts] == [("FR", "")]
    assert [row[0] for row in export_rows("lines", principal=ROOT, line=company)[1]] == ["FR"]


def test_unknown_kinds_and_formats_are_refused(tmp_path):
    with pytest.raises(Invalid):
        export_rows("dragons", principal=ROOT)
    with pytest.raises(Invalid):
        export_file("lines", principal=ROOT, target=tmp_path / "x", form="pdf")

    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("count", [1, 3])
def test_an_export_costs_the_same_for_one_row_and_for_three(django_assert_num_queries, count):
    for _each in range(count):
        LineFactory()

    with django_assert_num_queries(2):
        list(export_rows("lines", principal=ROOT)[1])
