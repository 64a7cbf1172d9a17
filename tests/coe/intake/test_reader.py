"""Any file becomes rows, in constant memory, or a clear error; a bad row never costs the others."""

import datetime as dt
import gzip
import io
import json
import tracemalloc
import zipfile

import openpyxl
import pytest
from hypothesis import given, settings, strategies as st

from coe.intake.errors import IntakeError, RowProblem
from coe.intake.reader import FORMATS, Limits, open_table


def table(data: bytes, name: str = "file.csv", **options):
    return open_table(io.BytesIO(data), name=name, **options)


def rows(data: bytes, name: str = "file.csv", **options):
    return list(table(data, name, **options))


def refusal(data: bytes, name: str = "file.csv", **options) -> IntakeError:
    with pytest.raises(IntakeError) as caught:
        rows(data, name, **options)
    return caught.value


def workbook(*lines, title="Data", more=()) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for line in lines:
        sheet.append(line)
    for name in more:
        book.create_sheet(name)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_delimiter_is_found(sign):
    data = f"line{sign}value\nOEM{sign}1\nDOT{sign}2\n".encode()

    assert rows(data) == [(2, {"line": "OEM", "value": "1"}), (3, {"line": "DOT", "value": "2"})]


def test_semicolons_win_over_decimal_commas():
    assert rows(b"line;value;note\nOEM;1,5;a\nDOT;2,5;b\n")[0] == (
        2,
        {"line": "OEM", "value": "1,5", "note": "a"},
    )


def test_excel_separator_hint_is_obeyed_and_counted_as_a_row():
    assert rows(b"sep=;\na;b\n1,2;3\n") == [(3, {"a": "1,2", "b": "3"})]


def test_one_column_is_a_table():
    assert rows(b"code\nOEM\n\nDOT\n") == [(2, {"code": "OEM"}), (4, {"code": "DOT"})]


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_line_ends_make_no_difference(ends):
    assert rows(ends.join(["a,b", "1,2", "3,4", ""]).encode()) == [
        (2, {"a": "1", "b": "2"}),
        (3, {"a": "3", "b": "4"}),
    ]


@pytest.mark.parametrize(
    "encoding, found, notes",
    [
        ("utf-8", "utf-8", []),
        ("utf-8-sig", "utf-8-sig", []),
        ("utf-16", "utf-16", []),
        ("cp1252", "cp1252", ["The text is not UTF-8; it was read as cp1252."]),
    ],
)
def test_encoding_is_found_and_a_guess_is_noted(encoding, found, notes):
    opened = table("nom,valeur\nÉlysée €,1\n".encode(encoding))

    assert (opened.columns, opened.encoding, [note.message for note in opened.notes]) == (
        ["nom", "valeur"],
        found,
        notes,
    )
    assert list(opened) == [(2, {"nom": "Élysée €", "valeur": "1"})]


def test_declared_encoding_is_used():
    assert rows("nom\nçà\n".encode("mac-roman"), encoding="mac-roman") == [(2, {"nom": "çà"})]


@pytest.mark.parametrize(
    "data, options, code",
    [
        (b"", {}, "file_empty"),
        (b"\xef\xbb\xbf", {}, "file_empty"),
        (b"\n\n  \n", {}, "file_empty"),
        (b"a,b\n\x81\xff,1\n", {}, "undecodable"),
        ("a\né\n".encode("latin-1"), {"encoding": "utf-8"}, "undecodable"),
        (b"a\n1\n", {"encoding": "klingon"}, "encoding_unknown"),
        (b"a\n1\n", {"encoding": "base64"}, "encoding_unknown"),
        (b"a,b\n1\x00,2\n", {}, "nul_byte"),
        ("a,b\n1,2\n".encode("utf-16-le"), {}, "nul_byte"),
        (b"a,b,a\n1,2,3\n", {}, "duplicate_columns"),
        (b"a,,b\n1,2,3\n", {}, "blank_column"),
        (b'a,b\n"1,2\n', {}, "csv_broken"),
        (b"%PDF-1.7 x", {}, "format_unknown"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 64, {"name": "old.xls"}, "format_unknown"),
        (b"PK\x03\x04nonsense", {"name": "a.xlsx"}, "xlsx_broken"),
        (b"a,b\n", {"name": "a.xlsx"}, "xlsx_broken"),
        (b"\x1f\x8bnonsense", {"name": "a.csv.gz"}, "gzip_broken"),
        (gzip.compress(b"a,b\n1,2\n" * 5000, mtime=0)[:-20], {"name": "a.csv.gz"}, "gzip_broken"),
        (b"[1, 2", {"name": "a.json"}, "json_broken"),
        (b'[{"a": 1} {"a": 2}]', {"name": "a.json"}, "json_broken"),
        (b'[{"a": 1}] x', {"name": "a.json"}, "json_broken"),
        (b"12", {"name": "a.json"}, "json_no_list"),
        (b"[" * 5000 + b"]" * 5000, {"name": "a.json"}, "nested_too_deep"),
        (b"- &x [1]\n- *x\n", {"name": "a.yaml"}, "yaml_alias"),
        (b"- !!python/object/apply:os.system [ls]\n", {"name": "a.yaml"}, "yaml_tag"),
        (b"- a: [1\n- b", {"name": "a.yaml"}, "yaml_broken"),
        (b"just text\n", {"name": "a.yaml"}, "yaml_no_list"),
        (b"- " + b"[" * 50 + b"]" * 50, {"name": "a.yaml"}, "nested_too_deep"),
    ],
)
def test_file_is_refused_with_a_code_and_a_sentence(data, options, code):
    error = refusal(data, **{"name": "file.csv", **options})

    assert error.code == code
    assert error.message
    assert "%(" not in error.message


def test_missing_file_is_an_intake_error(tmp_path):
    with pytest.raises(IntakeError, match="cannot be read"):
        open_table(tmp_path / "nothing.csv")


def test_ragged_rows_are_problems_of_their_own():
    data = b"a,b\n1,2\n1\n1,2,3\n1,2,,\n,\n4,5\n"

    assert rows(data) == [
        (2, {"a": "1", "b": "2"}),
        (3, RowProblem.of("too_few_cells", 3, found=1, expected=2)),
        (4, RowProblem.of("too_many_cells", 4, found=3, expected=2)),
        (5, {"a": "1", "b": "2"}),
        (7, {"a": "4", "b": "5"}),
    ]


def test_quoted_line_break_counts_as_one_row():
    assert rows(b'a,b\n"x\ny",1\nz,2\n') == [(2, {"a": "x\ny", "b": "1"}), (3, {"a": "z", "b": "2"})]


class Endless(io.RawIOBase):
    """A line of 200 MB that exists only as it is read."""

    def __init__(self, size: int) -> None:
        self.size, self.place = size, 0

    def seekable(self):
        return True

    def readable(self):
        return True

    def seek(self, offset, whence=0):
        self.place = offset if whence == 0 else self.size + offset
        return self.place

    def tell(self):
        return self.place

    def read(self, size=-1):
        size = min(size if size >= 0 else self.size, self.size - self.place)
        self.place += size
        return b"x" * size


def test_line_of_200_megabytes_is_refused_without_being_held():
    tracemalloc.start()
    try:
        with pytest.raises(IntakeError) as caught:
            list(open_table(Endless(200_000_000), name="line.csv"))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert (caught.value.code, caught.value.row) == ("line_too_long", 1)
    assert peak < 30_000_000


def test_long_line_later_in_the_file_names_its_row():
    error = refusal(b"a\n1\n" + b"x" * 300 + b"\n", limits=Limits(max_line=200))

    assert (error.code, error.row) == ("line_too_long", 3)


def test_limits_of_rows_columns_and_size():
    assert refusal(b"a\n1\n2\n3\n", limits=Limits(max_rows=2)).code == "too_many_rows"
    assert refusal(b"a,b,c\n1,2,3\n", limits=Limits(max_columns=2)).code == "too_many_columns"
    assert refusal(b"a\n" + b"1\n" * 100, limits=Limits(max_bytes=100)).code == "file_too_large"
    assert refusal(b"a,b\n" + b"x" * 50 + b",1\n", limits=Limits(max_cell=40)).code == "cell_too_long"


def test_gzip_is_read_and_a_bomb_is_not():
    plain = b"a,b\n1,2\n"

    assert rows(gzip.compress(plain, mtime=0), "x.csv.gz") == [(2, {"a": "1", "b": "2"})]
    assert refusal(gzip.compress(b"0" * 20_000_000, mtime=0), "x.csv.gz").code == "zip_bomb"


def test_stream_that_cannot_be_rewound_is_read():
    class Pipe(io.BytesIO):
        def seekable(self):
            return False

    assert list(open_table(Pipe(b"a\n1\n"), name="x.csv")) == [(2, {"a": "1"})]


def test_callers_stream_stays_open():
    stream = io.BytesIO(b"a\n1\n")

    list(open_table(stream, name="x.csv"))

    assert not stream.closed


@pytest.mark.parametrize(
    "name, data",
    [
        ("x.json", b'[{"a": "02222", "b": 1.10, "c": null, "d": true, "e": [1, {"f": 2}]}]'),
        (
            "x.json",
            b'{"count": 1, "results": [{"a": "02222", "b": 1.10, "c": null, "d": true, "e": [1, {"f": 2}]}]}',
        ),
        ("x.ndjson", b'{"a": "02222", "b": 1.10, "c": null, "d": true, "e": [1, {"f": 2}]}\n\n'),
        ("x.yaml", b"- a: '02222'\n  b: 1.10\n  c:\n  d: true\n  e: [1, {f: 2}]\n"),
    ],
)
def test_nested_data_keeps_its_leaves_as_written(name, data):
    assert rows(data, name) == [
        (1, {"a": "02222", "b": "1.10", "c": "", "d": "true", "e": ["1", {"f": "2"}]})
    ]


def test_items_that_are_no_objects_are_problems_of_their_own():
    assert [row.code if isinstance(row, RowProblem) else row for _n, row in rows(b'[1, {"a": 1}, [2], "x"]', "x.json")] == [
        "not_an_object", {"a": "1"}, "not_an_object", "not_an_object",
    ]  # fmt: skip
    assert [row.code if isinstance(row, RowProblem) else row for _n, row in rows(b'{"a": 1}\n{oops\n{"a": 2}\n', "x.ndjson")] == [
        {"a": "1"}, "json_broken", {"a": "2"},
    ]  # fmt: skip


def test_json_item_across_chunks_is_whole():
    items = [{"text": 'é\\"' * size, "n": size} for size in (10, 30_000, 5, 70_000)]

    found = rows(json.dumps(items, ensure_ascii=False).encode(), "x.json")

    assert [row for _n, row in found] == [{"text": item["text"], "n": str(item["n"])} for item in items]


def test_json_item_beyond_the_limit_is_refused():
    error = refusal(json.dumps([{"a": "x" * 300_000}]).encode(), "x.json", limits=Limits(max_record=100_000))

    assert (error.code, error.row) == ("record_too_large", 1)


def test_workbook_cells_become_text():
    data = workbook(
        ["line", "value", "share", "day", "at", "ok", "none"],
        ["OEM", 61652, 0.125, dt.date(2012, 2, 17), dt.datetime(2012, 2, 17, 13, 5), True, None],
        [],
        ["DOT", 1e21, 3.0, "x", "", False, ""],
    )

    assert rows(data, "x.xlsx") == [
        (
            2,
            {
                "line": "OEM",
                "value": "61652",
                "share": "0.125",
                "day": "2012-02-17",
                "at": "2012-02-17 13:05:00",
                "ok": "true",
                "none": "",
            },
        ),
        (
            4,
            {
                "line": "DOT",
                "value": "1" + "0" * 21,
                "share": "3",
                "day": "x",
                "at": "",
                "ok": "false",
                "none": "",
            },
        ),
    ]


def test_workbook_is_known_by_its_content():
    assert table(workbook(["a"], ["1"]), "wrong.csv").format == "xlsx"


def test_formula_is_refused_unless_its_computed_value_is_accepted():
    data = workbook(["a", "b"], ["1", "=1+1"])
    error = refusal(data, "x.xlsx")

    assert (error.code, error.row, error.field) == ("formula", 2, "B2")
    assert rows(data, "x.xlsx", cached_formulas=True) == [(2, {"a": "1", "b": ""})]


def test_sheet_is_chosen_by_name_and_the_choice_is_noted():
    data = workbook(["a"], ["1"], more=["Other"])

    assert [note.code for note in table(data, "x.xlsx").notes] == ["sheet"]
    assert rows(data, "x.xlsx", sheet="data") == [(2, {"a": "1"})]
    assert refusal(data, "x.xlsx", sheet="Nope").code == "sheet_unknown"


def test_a_full_sheet_goes_on_in_the_next_one_of_the_same_header():
    book = openpyxl.Workbook()
    for number, (header, *values) in enumerate([("a", 1, 2), ("a", 3, "=x"), ("b", 5)]):
        sheet = book.active if number == 0 else book.create_sheet()
        for value in (header, *values):
            sheet.append([value, "", "kept"][: 1 if value != 3 else 2])
    out = io.BytesIO()
    book["Sheet1"]["A3"].value, book["Sheet1"]["A3"].data_type = "#N/A", "e"
    book.save(out)
    found = rows(out.getvalue(), "x.xlsx", limits=Limits(sheet_rows=3))

    assert [one if isinstance(one[1], dict) else (one[0], one[1].row, one[1].code) for one in found] == [
        (2, {"a": "1"}), (3, {"a": "2"}), (5, {"a": "3"}), (6, 6, "cell_error"),
    ]  # fmt: skip
    assert rows(out.getvalue(), "x.xlsx") == [(2, {"a": "1"}), (3, {"a": "2"})]


def test_workbook_bomb_and_entities_are_refused():
    def book(**parts: bytes) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("[Content_Types].xml", "<Types/>")
            for name, content in parts.items():
                archive.writestr(f"xl/{name}.xml", content)
        return out.getvalue()

    assert refusal(book(sheet=b" " * 60_000_000), "x.xlsx").code == "zip_bomb"
    assert (
        refusal(book(workbook=b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x/>'), "x.xlsx").code
        == "xlsx_entities"
    )
    assert refusal(book(workbook=b"<x/>"), "x.xlsx").code == "xlsx_broken"


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=400) | st.text(max_size=200).map(str.encode),
    st.sampled_from([*FORMATS, "csv.gz", "txt", ""]),
)
def test_reader_raises_nothing_but_its_error(data, ending):
    try:
        for number, row in open_table(io.BytesIO(data), name=f"x.{ending}"):
            assert number > 0
            assert isinstance(row, (dict, RowProblem))
    except IntakeError:
        pass


@settings(max_examples=60, deadline=None)
@given(st.text('[]{}",:\\ \n0123abcnulltrue', max_size=60), st.sampled_from(["json", "ndjson", "yaml"]))
def test_tree_reader_raises_nothing_but_its_error(text, ending):
    try:
        list(open_table(io.BytesIO(text.encode()), name=f"x.{ending}"))
    except IntakeError:
        pass


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.dictionaries(st.text("abc", min_size=1, max_size=3), st.text(max_size=20), min_size=1), max_size=8
    )
)
def test_json_text_comes_back(items):
    data = json.dumps(items).encode()

    assert [row for _n, row in rows(data, "x.json")] == items


def test_memory_does_not_grow_with_the_file(tmp_path):
    path = tmp_path / "long.csv"
    peaks = []
    for size in (10_000, 80_000):
        path.write_text("line,value\n" + "".join(f"L{number},{number}\n" for number in range(size)))
        tracemalloc.start()
        count = sum(1 for _row in open_table(path))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert count == size

    assert peaks[1] < peaks[0] * 1.5
