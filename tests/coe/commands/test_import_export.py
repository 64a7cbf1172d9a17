"""The command-line doors: stable words, stable exit codes."""

import json

import pytest
from django.core.management import CommandError, call_command

from coe.enums.roles import Role
from coe.models import BusinessLine, ImportBatch
from tests.factories import LineFactory, RoleFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def lines(tmp_path):
    path = tmp_path / "lines.csv"
    path.write_text("code,name\nEU,Europe\nUS,States\n")
    return path


def test_import_says_as_json_what_it_did(lines, capsys):
    call_command("import_data", "lines", str(lines), as_json=True)

    answer = json.loads(capsys.readouterr().out)
    assert answer.pop("seconds") >= 0
    assert answer == {
        "batch": str(ImportBatch.objects.get().public_id), "rows": 2, "created": 2, "updated": 0, "unchanged": 0, "skipped": 0,
        "rejected": 0, "errors": [],
    }  # fmt: skip


def test_a_dry_run_writes_nothing(lines, capsys):
    call_command("import_data", "lines", str(lines), dry_run=True)

    assert "2 created" in capsys.readouterr().out
    assert not BusinessLine.objects.exists()


def test_rejected_rows_are_listed_and_the_exit_code_is_1(lines, capsys):
    lines.write_text("code,name,parent\nEU,Europe,NOWHERE\n")

    with pytest.raises(SystemExit) as end:
        call_command("import_data", "lines", str(lines), as_json=True)

    assert end.value.code == 1
    errors = json.loads(capsys.readouterr().out)["errors"]
    assert [(one["row"], one["field"], one["code"]) for one in errors] == [(2, "parent", "line_unknown")]


def test_a_file_that_cannot_be_used_has_the_exit_code_2(lines, capsys):
    lines.write_bytes(b"\x89PNG\r\n\x1a\n")

    with pytest.raises(SystemExit) as end:
        call_command("import_data", "lines", str(lines))

    assert end.value.code == 2
    assert "refused" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options",
    [
        {"kind": "dragons"}, {"file": "no_such_file.csv"}, {"mapping": "no_such_mapping"}, {"email": "nobody@example.com"},
        {"mapping": "./no/such/file.yaml"},
    ],
)  # fmt: skip
def test_wrong_arguments_are_refused_before_anything_is_written(lines, options):
    values = {"kind": "lines", "file": str(lines)} | options

    with pytest.raises(CommandError):
        call_command("import_data", values.pop("kind"), values.pop("file"), **values)

    assert (BusinessLine.objects.count(), ImportBatch.objects.count()) == (0, 0)


def test_an_import_as_somebody_has_their_rights(lines):
    lead = UserFactory()
    RoleFactory(user=lead, role=Role.LINE_LEAD, line=LineFactory(code="FR"))

    with pytest.raises(CommandError):
        call_command("import_data", "lines", str(lines), email=lead.email)

    assert BusinessLine.objects.count() == 1


def test_export_writes_to_the_output_and_keeps_to_a_line(lines, capsys, tmp_path):
    call_command("import_data", "lines", str(lines))
    capsys.readouterr()

    call_command("export_data", "lines", line="eu")
    call_command("export_data", "lines", output=tmp_path / "out.json")

    assert [row.split(",")[0] for row in capsys.readouterr().out.splitlines()] == ["code", "EU"]
    assert [one["code"] for one in json.loads((tmp_path / "out.json").read_text())] == ["EU", "US"]
    for wrong in ({"line": "NOWHERE"}, {"kind": "dragons"}):
        with pytest.raises(CommandError):
            call_command("export_data", wrong.pop("kind", "lines"), **wrong)
