"""The bad-input list, door by door: a file gets the same answer from the service, the command, the page and the API."""

import contextlib
import io
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.utils import timezone

from coe.models import BusinessLine, ImportBatch, SocialAccount
from coe.rules.principals import Actor, Principal
from coe.services.import_runs import apply_import, carry_on, stage_import
from coe.services.platforms import ensure_platforms
from metrics.models import Metric, Observation
from tests.factories import AT, AccountFactory, LineFactory, PlatformFactory
from tests.plugins.pages import hub, log_in
from tests.security.bad_files import FILES

__all__ = ["hub", "log_in"]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company(settings, tmp_path):
    """A line, an account and a metric for the files to speak of."""
    settings.MEDIA_ROOT = tmp_path / "media"
    ensure_platforms(by=Actor.system("test"), at=AT)
    platform = PlatformFactory(code="facebook")
    AccountFactory(line=LineFactory(code="EU", name="Europe"), handle="acme", platform=platform)
    Metric.objects.create(
        code="followers", labels={"en": "Followers"}, aggregation="last", formula="x", source="tool"
    )


def rows():
    """How many records of the domain there are."""
    return sum(model.objects.count() for model in (BusinessLine, SocialAccount, Observation))


def by_service(bad, path, hub):
    batch = stage_import(
        io.BytesIO(bad.content),
        kind=bad.kind,
        principal=Principal.system("test"),
        at=timezone.now(),
        file_name=bad.name,
    )
    if batch.state == "ready":
        apply_import(batch, at=timezone.now())


def by_command(bad, path, hub):
    file = path / bad.name
    file.write_bytes(bad.content)
    with contextlib.suppress(SystemExit):
        call_command("import_data", bad.kind, str(file), as_json=True)


def by_page(bad, path, hub):
    answer = hub.post("/imports/new/", {"kind": bad.kind, "file": SimpleUploadedFile(bad.name, bad.content)})
    assert answer.status_code == 302
    columns = hub.get(answer.url)
    assert columns.status_code == 200
    if columns.context["page"].seen.error:
        # A file that cannot be read is told at the first look; nothing is left to check.
        assert bad.refused
        assert len(str(columns.context["page"].seen.error)) > 20
        return
    form = columns.context["form"]
    said = {name: form[name].value() or "" for name in form.fields}
    assert hub.post(answer.url, {**columns.context["kept"], **said}).status_code == 302
    batch = carry_on(ImportBatch.objects.get(), at=timezone.now())
    assert hub.get(f"/imports/{batch.public_id}/").status_code == 200
    if batch.state == "ready":
        hub.post(f"/imports/{batch.public_id}/act/", {"action": "apply"})
        carry_on(ImportBatch.objects.get(), at=timezone.now())


def by_api(bad, path, hub):
    answer = hub.post(
        "/api/v1/imports/",
        {"kind": bad.kind, "apply": "true", "file": SimpleUploadedFile(bad.name, bad.content)},
    )
    assert answer.status_code == 202
    carry_on(ImportBatch.objects.get(), at=timezone.now())
    assert hub.get(answer.json()["url"]).status_code == 200


DOORS = {"service": by_service, "command": by_command, "page": by_page, "API": by_api}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("name", FILES)
def test_a_bad_file_gets_the_same_answer_at_every_door(hub, tmp_path, capsys, name, door):
    bad, before = FILES[name], rows()

    DOORS[door](bad, tmp_path, hub)

    batch = ImportBatch.objects.get()
    if batch.state == "matching":
        assert (door, rows()) == ("page", before)
        return
    problems = list(batch.problems.filter(is_reject=True).order_by("row", "id"))
    met = (
        [problem.code for problem in problems] if batch.state == "refused" else [],
        () if batch.state == "refused" else tuple((one.row, one.field, one.code) for one in problems),
        rows() - before,
    )
    assert met == ([bad.refused] if bad.refused else [], bad.rejects, bad.comes_in)
    # Each says what it is about in words, and none keeps what looked like a secret.
    assert all(len(problem.message) > 20 for problem in problems)
    assert "Tr0ub4dor" not in str([(one.message, one.raw) for one in problems]) + batch.error


def test_every_named_test_is_there():
    """Whoever renames or deletes one of these tests meets the table that counts on it."""
    missing = [
        f"{what}, {door}: {name}"
        for what, doors in ELSEWHERE.items()
        for door, name in doors.items()
        if f"def {name.partition('::')[2]}(" not in (ROOT / name.partition("::")[0]).read_text()
    ]

    assert missing == []


ROOT = Path(__file__).resolve().parents[1]
# Bad input that is no file: what it is → door → the test that sends it.
ELSEWHERE = {
    "a line as its own ancestor": {
        "service": "coe/services/test_lines.py::test_a_line_is_never_its_own_ancestor",
        "page and API": "security/test_bad_input.py::test_a_line_does_not_go_below_itself",
    },
    "two accounts claim one handle": {
        "service": "coe/services/test_accounts.py::test_a_handle_under_another_id_is_never_silently_ours",
        "API": "coe/api/test_resources.py::test_an_account_that_is_registered_already_is_named",
    },
    "a password in a field": {
        "page": "coe/views/test_account_page.py::test_an_edit_that_holds_a_secret_is_refused_and_not_stored",
        "API": "coe/api/test_resources.py::test_a_secret_is_refused",
        "what counts as one": "coe/intake/test_secrets.py::test_secret_is_recognised",
    },
    "a line of 200 MB": {
        "reader": "coe/intake/test_reader.py::test_line_of_200_megabytes_is_refused_without_being_held"
    },
    "a workbook bomb": {"reader": "coe/intake/test_reader.py::test_workbook_bomb_and_entities_are_refused"},
    "a rubric with an unknown indicator or an unreachable stage": {
        "lint": "metrics/scoring/test_lint.py::test_every_finding_the_linter_can_make_has_a_case",
        "command": "metrics/commands/test_maturity.py::test_rubric_lint_load_publish_diff",
    },
    "a recompute while one runs": {
        "service": "metrics/services/test_runs.py::test_second_full_run_is_refused_while_one_is_under_way",
        "task": "metrics/tasks/test_maturity.py::test_nightly_run_twice_and_its_part_twice",
    },
    "numbers": {"parser": "coe/intake/test_numbers.py::test_number_is_refused"},
    "dates": {"parser": "coe/intake/test_moments.py::test_date_is_refused"},
    "bodies of the API": {"API": "security/test_wild_requests.py::test_bodies"},
}


@pytest.mark.parametrize("door", ("page", "api"))
def test_a_line_does_not_go_below_itself(hub, door):
    above = BusinessLine.objects.get(code="EU")
    below = LineFactory(code="FDE", parent=above)

    if door == "page":
        answer = hub.post("/lines/EU/move/", {"parent": below.pk, "revision": above.revision})
    else:
        answer = hub.post("/api/v1/lines/EU/move/", {"parent": "FDE"}, content_type="application/json")

    above.refresh_from_db()
    assert (answer.status_code, above.parent_id) == (422, None)
