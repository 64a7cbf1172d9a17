"""Files over the API: sent, checked, applied, watched, undone; a token's reach ends with its lines."""

import gzip
import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from django.utils import timezone

from coe.enums.work import BatchState
from coe.models import BusinessLine, ImportBatch
from coe.rules.principals import Actor
from coe.services.import_runs import carry_on
from coe.services.platforms import ensure_platforms
from coe.services.undo import undo_actor, undo_import
from metrics.models import Metric, Observation
from tests.factories import AccountFactory, PlatformFactory

pytestmark = pytest.mark.django_db
LINES = b"code,name\nNEW,New line\n,Nameless\n"


def send(caller, path, data, kind="text/csv", **headers):
    """A file as the body."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    if caller.secret:
        given["Authorization"] = f"Bearer {caller.secret}"
    return caller.client.generic("POST", path, data, content_type=kind, headers=given)


def work():
    """What a worker does next (at the hour of the requests, which is now)."""
    return carry_on(ImportBatch.objects.latest("pk"), at=timezone.now())


def test_a_file_is_checked_confirmed_applied_and_undone(hub_call):
    answer = send(hub_call, "/api/v1/imports/?kind=lines&file_name=my%20lines.csv", LINES)
    url = answer.json()["url"]
    work()
    checked = hub_call.get(url).json()
    confirmed = hub_call.post(f"{url}apply/", {"change_message": "Reorganisation"})
    work()
    applied = hub_call.get(url).json()
    asked = hub_call.post(f"{url}undo/")
    batch = ImportBatch.objects.get()
    undo_import(batch, by=undo_actor(batch), at=timezone.now())

    assert (answer.status_code, answer["Location"], answer.json()["state"]) == (202, url, "uploaded")
    assert (checked["state"], checked["rows"], checked["created"], checked["rejected"]) == ("ready", 2, 1, 1)
    assert (confirmed.status_code, confirmed.json()["is_confirmed"]) == (202, True)
    assert (applied["state"], applied["file_name"], applied["progress"]) == ("applied", "my lines.csv", 2)
    assert (asked.status_code, asked.json()["state"]) == (202, "undoing")
    assert (hub_call.get(url).json()["state"], BusinessLine.objects.count()) == ("undone", 0)
    assert undo_actor(batch).label == "Hanna Hub"


def test_a_form_with_a_file_does_the_same_and_applies_at_once_when_told(hub_call):
    file = SimpleUploadedFile("lines.csv", LINES, "text/csv")

    answer = hub_call.client.post("/api/v1/imports/", {"kind": "lines", "apply": "true", "file": file})
    work()

    assert (answer.status_code, answer.json()["is_confirmed"]) == (202, True)
    assert ImportBatch.objects.get().state == BatchState.APPLIED
    assert set(BusinessLine.objects.values_list("code", flat=True)) == {"NEW"}


def test_rejected_rows_come_as_a_file_that_no_spreadsheet_runs(hub_call):
    url = send(hub_call, "/api/v1/imports/?kind=lines", b"code,name\n,=HYPERLINK(1)\nOK,Fine\n").json()[
        "rejects_url"
    ]
    work()

    answer = hub_call.get(url, Accept="text/csv")

    rows = b"".join(answer.streaming_content).decode().splitlines()
    assert (answer["Content-Type"], answer["Content-Disposition"][:10]) == (
        "text/csv; charset=utf-8",
        "attachment",
    )
    assert rows[0] == "row,field,code,message,code,name"
    assert rows[1].endswith(",,'=HYPERLINK(1)")


@pytest.mark.parametrize(
    ("path", "data", "kind", "status", "pointer"),
    [
        ("", LINES, "text/csv", 422, "/kind"),
        ("?kind=nonsense", LINES, "text/csv", 422, "/kind"),
        ("?kind=lines&mapping=nonsense", LINES, "text/csv", 422, "/mapping"),
        ("?kind=lines&mapping=../../etc/passwd", LINES, "text/csv", 422, "/mapping"),
        ("?kind=lines&dry_run=perhaps", LINES, "text/csv", 422, "/dry_run"),
        ("?kind=lines&nonsense=1", LINES, "text/csv", 422, "/nonsense"),
        ("?kind=lines", LINES, "application/x-www-form-urlencoded", 415, None),
        ("?kind=lines", b"no form", "multipart/form-data; boundary=x", 422, "/file"),
        ("?kind=lines", b"no form", "multipart/form-data", 400, None),
    ],
)
def test_a_bad_upload_is_refused_and_nothing_is_kept(hub_call, path, data, kind, status, pointer):
    answer = send(hub_call, f"/api/v1/imports/{path}", data, kind)

    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert [one["pointer"] for one in answer.json().get("errors", [])] == ([pointer] if pointer else [])
    assert not ImportBatch.objects.exists()


def test_a_file_that_is_too_large_or_ends_early_is_refused(hub_call):
    with override_settings(MAX_IMPORT_BYTES=10):
        large = send(hub_call, "/api/v1/imports/?kind=lines", LINES)
        form = hub_call.client.post(
            "/api/v1/imports/", {"kind": "lines", "file": SimpleUploadedFile("l.csv", LINES)}
        )
    empty = hub_call.client.post(
        "/api/v1/imports/", {"kind": "lines", "file": SimpleUploadedFile("l.csv", b"")}
    )
    short, endless = (
        hub_call.client.generic(
            "POST", "/api/v1/imports/?kind=lines", LINES, content_type="text/csv",
            **{"CONTENT_LENGTH": length, "wsgi.input": io.BytesIO(LINES)},
        )
        for length in (str(len(LINES) + 9), "")
    )  # fmt: skip

    assert [one.status_code for one in (large, form, empty, short, endless)] == [413, 413, 422, 400, 411]
    assert not ImportBatch.objects.exists()


def test_a_body_larger_than_a_json_body_may_be_streams_in(hub_call):
    rows = b"".join(b"L%d,%s\n" % (number, b"x" * 180) for number in range(300))
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1000):
        answer = send(hub_call, "/api/v1/imports/?kind=lines&dry_run=true", b"code,name\n" + rows)
    work()

    assert answer.status_code == 202
    batch = ImportBatch.objects.get()
    assert (batch.created, batch.is_dry_run, BusinessLine.objects.count()) == (300, True, 0)
    assert hub_call.post(f"/api/v1/imports/{batch.public_id}/apply/").status_code == 409


def test_the_same_upload_twice_with_one_key_is_one_import(hub_call):
    first = send(hub_call, "/api/v1/imports/?kind=lines", LINES, Idempotency_Key="k1")
    again = send(hub_call, "/api/v1/imports/?kind=lines", LINES, Idempotency_Key="k1")
    other = send(hub_call, "/api/v1/imports/?kind=lines", LINES + b"B,B\n", Idempotency_Key="k1")

    assert (first.status_code, again.status_code, other.status_code) == (202, 202, 422)
    assert (again.json()["id"], again["Idempotency-Replayed"]) == (first.json()["id"], "true")
    assert ImportBatch.objects.count() == 1


def test_a_step_out_of_turn_is_refused(hub_call):
    url = send(hub_call, "/api/v1/imports/?kind=lines", LINES).json()["url"]

    assert [hub_call.post(f"{url}{step}/").status_code for step in ("undo", "apply")] == [409, 409]
    work()
    assert hub_call.post(f"{url}check/").json()["state"] == "uploaded"
    assert hub_call.post(f"{url}discard/").json()["state"] == "discarded"
    assert hub_call.post(f"{url}check/").status_code == 409


@pytest.fixture
def figures(line_tree):
    """A metric, and an account in Europe and in the Americas."""
    Metric.objects.create(code="followers", labels={"en": "Followers"}, aggregation="last")
    twitter = PlatformFactory(code="x", name="X")
    for line, handle in ((line_tree.foods, "acme_eu"), (line_tree.america, "acme_us")):
        AccountFactory(line=line, platform=twitter, handle=handle, handle_key=handle)
    return [
        {"platform": "x", "handle": handle, "metric": "followers", "date": "2026-11-20", "value": 10}
        for handle in ("acme_eu", "acme_us", "acme_new")
    ]


def test_a_token_streams_figures_for_its_own_lines_only(call, token_of, line_tree, figures):
    rows = [*figures, {**figures[2], "line": "US"}, {**figures[2], "line": "EU"}]
    body = gzip.compress("\n".join(json.dumps(row) for row in rows).encode())

    answer = send(call, "/api/v1/observations/import/", body, "application/x-ndjson", Content_Encoding="gzip")
    work()

    told = call.get(answer.json()["url"]).json()
    problems = call.get(told["problems_url"]).json()["results"]
    assert (answer.status_code, told["state"], told["rows"], told["created"], told["rejected"]) == (
        202, "applied", 5, 1, 4,
    )  # fmt: skip
    assert [(one["row"], one["code"]) for one in problems] == [
        (2, "account_outside_scope"), (3, "required"), (4, "line_outside_scope"), (5, "account_unknown"),
    ]  # fmt: skip
    assert list(Observation.objects.values_list("account__handle", "value")) == [("acme_eu", 10)]
    assert told["line"]["code"] == "EU"
    assert token_of(line_tree.america).get(told["url"]).status_code == 404
    assert token_of(line_tree.europe).get(told["url"]).status_code == 404


def test_a_token_that_pushes_metrics_registers_no_account_whatever_the_mapping_says(token_of, line_tree, at):
    twitter = ensure_platforms(by=Actor.system(), at=at)["x"]
    mapping = "?mapping=nyc_social_media_usage"
    file = (
        "Agency,Platform,Url,Date Sampled,Likes/Followers/Visits/Downloads\n"
        "EU,Twitter,https://twitter.com/acme_new,02/17/2012 12:00:00 AM,7\n"
    )
    for scopes, created in ((("metrics:write", "read"), 0), (("metrics:write", "accounts:write"), 1)):
        send(token_of(line_tree.europe, *scopes), f"/api/v1/observations/import/{mapping}", file.encode())
        work()
        assert twitter.accounts.filter(handle_key="acme_new").count() == created


def test_an_import_taken_back_by_a_task_knows_who_asked(hub_call):
    batch = ImportBatch(summary={})

    assert undo_actor(batch) == Actor.system()


def test_a_person_without_the_right_sends_no_file(hub_call, line_tree, token_of):
    reader = token_of(line_tree.europe, "read")

    assert send(reader, "/api/v1/imports/?kind=lines", LINES).status_code == 403
    assert send(reader, "/api/v1/observations/import/", LINES).status_code == 403
    assert not ImportBatch.objects.exists()
