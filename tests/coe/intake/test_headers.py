"""Where the column names stand: below titles, under merged cells, on another sheet; and which mapping a header gives away."""

import datetime as dt
import io

import openpyxl
import pytest

from coe.intake import IntakeError, identity_mapping, load_mapping, open_table
from coe.intake.reader import sheets_of


def workbook(*sheets):
    """A workbook in memory; each sheet is a name, its rows, and ranges to merge."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows, merged in sheets:
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
        for area in merged:
            page.merge_cells(area)
    stream = io.BytesIO()
    book.save(stream)
    stream.seek(0)
    return stream


TITLED = (
    "Inventory",
    [["Inventory 2026"], ["Who", None, "What"], ["code", "name", "kind"], ["EU", "Europe", "region"]],
    ["A1:C1", "A2:B2"],
)


@pytest.mark.parametrize("header_row", [3])
def test_a_header_below_titles_and_merged_groups_is_read_where_it_is_said_to_be(header_row):
    table = open_table(workbook(TITLED), name="a.xlsx", header_row=header_row)

    assert (table.columns, list(table)) == (
        ["code", "name", "kind"], [(4, {"code": "EU", "name": "Europe", "kind": "region"})],
    )  # fmt: skip


def test_a_merged_header_says_which_column_has_no_name_and_what_to_do():
    with pytest.raises(IntakeError) as error:
        open_table(workbook(TITLED), name="a.xlsx", header_row=2)

    assert (error.value.code, error.value.row, error.value.params["number"]) == ("blank_column", 2, 2)
    assert "in which row" in (error.value.remedy or "")


def test_a_csv_below_a_title_keeps_the_row_numbers_of_the_sheet():
    text = "Inventory 2026\n\ncode;name\nEU;Europe\n"

    table = open_table(io.BytesIO(text.encode()), name="a.csv", header_row=2)

    assert (table.columns, list(table)) == (["code", "name"], [(4, {"code": "EU", "name": "Europe"})])


def test_a_header_row_beyond_the_end_is_an_empty_file():
    for source, name in ((io.BytesIO(b"a,b\n1,2\n"), "a.csv"), (workbook(TITLED), "a.xlsx")):
        with pytest.raises(IntakeError) as error:
            open_table(source, name=name, header_row=50)
        assert error.value.code == "file_empty"


def test_sheets_are_named_and_chosen_and_dates_are_days():
    book = workbook(
        ("One", [["a"], ["1"]], []), ("Two", [["code", "since"], ["EU", dt.date(2026, 3, 31)]], [])
    )

    assert sheets_of(book, name="a.xlsx") == ["One", "Two"]
    book.seek(0)
    assert list(open_table(book, name="a.xlsx", sheet="two")) == [(2, {"code": "EU", "since": "2026-03-31"})]
    assert sheets_of(io.BytesIO(b"a,b\n"), name="a.csv") == []
    assert sheets_of(io.BytesIO(b"PK\x03\x04broken"), name="a.xlsx") == []


def test_formulas_are_refused_unless_their_computed_values_count():
    def book():
        return workbook(("One", [["code", "name"], ["EU", "=1+1"]], []))

    with pytest.raises(IntakeError) as error:
        list(open_table(book(), name="a.xlsx"))
    accepted = identity_mapping("lines", ["code", "name"], formulas="computed")

    assert (error.value.code, error.value.params) == ("formula", {"cell": "B2"})
    # Nothing was ever computed here, so there is no value.
    assert list(open_table(book(), name="a.xlsx", **accepted.reading)) == [(2, {"code": "EU", "name": ""})]


@pytest.mark.parametrize(
    ("name", "columns", "expected"),
    [
        ("us_congress", ["id", "social"], True),
        ("us_congress", ["id", "name"], False),
        ("congresstweets_users", ["id", "name", "chamber", "accounts", "type"], True),
        ("congresstweets_users", ["id", "name"], False),
        ("nyc_social_media_usage", ["Agency", "Platform", "Url", "Date Sampled", "Likes/Followers/Visits/Downloads"], True),
        ("nyc_social_media_usage", ["Agency", "Platform", "Url"], False),
        ("fr_parliament_accounts", ["code", "name"], False),
    ],
)  # fmt: skip
def test_a_shipped_mapping_fits_a_header_that_has_all_it_reads(name, columns, expected):
    assert load_mapping(name).fits(columns) is expected
