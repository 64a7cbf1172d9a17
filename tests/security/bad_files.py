"""The bad files of the product's own list: what is in them, and what they get.

`rejects` are (row, field, code) of rows that are refused by themselves; `refused` is the code of a file that is refused as a whole;
`comes_in` counts what is written all the same. Every door must give the same answer (tests/security/test_bad_input.py).
"""

import gzip
import io
from dataclasses import dataclass

import openpyxl


@dataclass(frozen=True)
class BadFile:
    """A file, and what must come of it."""

    kind: str
    content: bytes
    name: str = "file.csv"
    refused: str = ""
    rejects: tuple[tuple[int, str, str], ...] = ()
    comes_in: int = 0


def _workbook(*rows: list[object]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


_VALUES = "line,platform,handle,metric,date,value\n"
_ROW = "EU,facebook,acme,followers,2026-03-0{day},{value}\n"


def _values(*values: str) -> bytes:
    return (
        _VALUES + "".join(_ROW.format(day=day, value=value) for day, value in enumerate(values, 1))
    ).encode()


FILES = {
    "wrong encoding": BadFile("lines", "code,name\nCH,Zürich\n".encode("cp1252"), comes_in=1),
    "bytes that are no text": BadFile("lines", b"code,name\nA,\xff\xfe\x00x\n", refused="nul_byte"),
    "byte order mark": BadFile("lines", b"\xef\xbb\xbfcode,name\nA,Alpha\n", comes_in=1),
    "semicolons": BadFile("lines", b"code;name\nA;Alpha, the first\n", comes_in=1),
    "ragged rows": BadFile(
        "lines",
        b"code,name\nA\nB,Beta,more\nC,Gamma\n",
        rejects=((2, "", "too_few_cells"), (3, "", "too_many_cells")),
        comes_in=1,
    ),
    "an endless line": BadFile("lines", b"code,name\nA," + b"x" * 3_000_000 + b"\n", refused="line_too_long"),
    "zip bomb": BadFile(
        "lines", gzip.compress(b"code,name\n" + b"A,B\n" * 5_000_000), "file.csv.gz", refused="zip_bomb"
    ),
    "a workbook with formulas": BadFile(
        "lines", _workbook(["code", "name"], ["A", "=1+1"]), "file.xlsx", refused="formula"
    ),
    "dates that do not exist": BadFile(
        "accounts",
        b"platform,handle,line,mfa_verified_on\ntwitter,first,EU,2026-02-30\ntwitter,second,EU,2026-02-28\n",
        rejects=((2, "mfa_verified_on", "date_not_existing"),),
        comes_in=1,
    ),
    "thousands separators": BadFile(
        "observations",
        _values('"1,234,567"', "1.234.567", '"1,234"', "1 234 567", "1234"),
        comes_in=1,
        rejects=(
            (2, "value", "number_style"),
            (3, "value", "number_style"),
            (4, "value", "number_ambiguous"),
            (5, "value", "number_style"),
        ),
    ),
    "not a number and infinities": BadFile(
        "observations",
        _values("NaN", "inf", "-Infinity", "1e400", "7"),
        comes_in=1,
        rejects=(
            *((row, "value", "number_not_finite") for row in (2, 3, 4)),
            (5, "value", "number_out_of_range"),
        ),
    ),
    "unknown platform": BadFile(
        "accounts",
        b"platform,handle,line\nnosuch,first,EU\nx,second,EU\n",
        rejects=((2, "platform", "platform_unknown"),),
        comes_in=1,
    ),
    "two accounts claim one handle": BadFile(
        "accounts",
        b"platform,handle,line,platform_account_id\ntwitter,first,EU,1\ntwitter,@First,EU,2\n",
        rejects=((3, "handle", "doubled_row"),),
        comes_in=1,
    ),
    "a line as its own ancestor": BadFile(
        "lines",
        b"code,name,parent\nA,Alpha,B\nB,Beta,A\nC,Gamma,\nD,Delta,D\n",
        comes_in=1,
        rejects=tuple((row, "parent", "line_circle") for row in (2, 3, 5)),
    ),
    "a password in a field": BadFile(
        "accounts",
        b"platform,handle,line,notes\ntwitter,first,EU,password: Tr0ub4dor&3x9\ntwitter,second,EU,fine\n",
        rejects=((2, "notes", "secret_refused"),),
        comes_in=1,
    ),
}
