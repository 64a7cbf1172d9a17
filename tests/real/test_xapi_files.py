"""Every file of the ADL conformance suite's templates and of cmi5 gets the answer the committed table expects."""

from pathlib import Path

import pytest

from tests.conftest import REAL_DATA
from training.xapi import StatementInvalid, part_problems, read_json, statement_problems
from training.xapi.problems import Problem
from training.xapi.statements import substatement_problems

TABLE = Path(__file__).with_name("xapi_files.tsv")
FOLDER = "xapi-adl"
NO_STATEMENT = "about the files"

pytestmark = pytest.mark.real


def rows() -> list[tuple[str, str, str, str]]:
    """file, part, answer, clause."""
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return [
        (file, part, answer, clause)
        for file, part, answer, clause in (line.split("\t") for line in lines[1:])
    ]


def problems_of(part: str, body: bytes) -> list[Problem]:
    """What is wrong with a file, read as the part of a statement it is."""
    try:
        value = read_json(body)
    except StatementInvalid as error:
        return [error.problem]
    if part == "statement":
        return statement_problems(value)
    return substatement_problems(value) if part == "substatement" else part_problems(part, value)


def test_the_table_lists_every_file(real_data: Path) -> None:
    folder = real_data / FOLDER
    there = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())

    assert sorted(file for file, *_ in rows()) == there


@pytest.mark.parametrize(
    ("file", "part", "answer", "clause"),
    [
        pytest.param(*row, id=row[0].removeprefix("test/v1_0_3/templates/"))
        for row in rows()
        if row[1] != NO_STATEMENT
    ],
)
def test_a_file_gets_its_answer(file: str, part: str, answer: str, clause: str, real_data: Path) -> None:
    found = problems_of(part, (real_data / FOLDER / file).read_bytes())

    assert ("; ".join(f"{p.code} {p.pointer}" for p in found) or "ok") == answer
    if found and clause.startswith("Data"):
        assert "; ".join(dict.fromkeys(p.clause for p in found)) == clause


def test_the_table_has_good_and_bad_ones() -> None:
    answers = [answer == "ok" for _, part, answer, _ in rows() if part != NO_STATEMENT]

    assert (answers.count(True), answers.count(False)) == (74, 53)
    assert REAL_DATA.name == "data"
