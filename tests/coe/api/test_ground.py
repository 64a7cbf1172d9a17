"""Calendars, tags, the organisation, saved views, journals and exports over the API."""

import io
import json

import openpyxl
import pytest

from coe.models import ChangeEvent, JournalEntry, Organisation, SavedFilter, Tag, WorkingCalendar
from coe.services.organisation import organisation
from tests.factories import AccountFactory, PlatformFactory, TagFactory

pytestmark = pytest.mark.django_db
CALENDAR = {
    "code": "paris", "name": "Paris", "time_zone": "Europe/Paris", "hours": {"0": [["09:00", "17:00"]]},
    "holidays": [{"on": "2026-12-25", "name": "Noël"}],
}  # fmt: skip


def test_a_calendar_is_made_edited_given_to_a_line_and_kept_while_in_use(hub_call, line_tree):
    made = hub_call.post("/api/v1/calendars/", CALENDAR)
    put = hub_call("PUT", "/api/v1/calendars/berlin/", {"time_zone": "Europe/Berlin"})
    edited = hub_call.patch(made.json()["url"], {"holidays": [{"on": "2026-05-01"}]}, If_Match=made["ETag"])
    stale = hub_call.patch(made.json()["url"], {"name": "x"}, If_Match=made["ETag"])
    line = hub_call.patch("/api/v1/lines/EU/", {"calendar": "paris"})
    kept = hub_call("DELETE", "/api/v1/calendars/paris/")
    free = hub_call("DELETE", "/api/v1/calendars/berlin/")

    assert [one.status_code for one in (made, put, edited, stale, line, kept, free)] == [
        201,
        200,
        200,
        412,
        200,
        409,
        204,
    ]
    assert edited.json()["holidays"] == [{"on": "2026-05-01", "name": ""}]
    assert (line.json()["calendar"]["code"], kept.json()["blockers"]) == ("paris", ["line Europe"])
    assert hub_call.get("/api/v1/calendars/?line=EU").json()["count"] == 1
    assert hub_call.get("/api/v1/calendars/?line=FDE").json()["count"] == 0
    assert list(WorkingCalendar.objects.values_list("code", flat=True)) == ["paris"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"holidays": [{"on": "2026-02-30"}]}, "/holidays/0"),
        ({"holidays": ["2026-12-25"]}, "/holidays/0"),
        ({"holidays": {"2026-12-25": ""}}, "/holidays"),
        ({"hours": {"0": [["9", "17"]]}}, "/hours/0"),
        ({"hours": {"0": [["09:00", "17:00\x00"]]}}, "/hours"),
        ({"time_zone": "Mars"}, "/time_zone"),
        ({"code": 7}, "/code"),
    ],
)
def test_a_wrong_calendar_is_told_where(hub_call, change, pointer):
    answer = hub_call.post("/api/v1/calendars/", CALENDAR | change)

    assert (answer.status_code, [one["pointer"] for one in answer.json()["errors"]]) == (422, [pointer])
    assert not WorkingCalendar.objects.exists()


def test_tags_are_seen_where_they_are_used_and_kept_in_order_by_the_hub(hub_call, call, line_tree):
    ours, theirs = TagFactory(name="Crisis"), TagFactory(name="Pilot")
    line_tree.europe.tags.add(ours)
    line_tree.america.tags.add(theirs)

    seen = [one["name"] for one in call.get("/api/v1/tags/").json()["results"]]
    lost = call.get(f"/api/v1/tags/{theirs.public_id}/").status_code
    made = hub_call.post("/api/v1/tags/", {"name": "Launch"})
    renamed = hub_call.patch(f"/api/v1/tags/{ours.public_id}/", {"name": "Crises"})
    taken = hub_call.patch(f"/api/v1/tags/{ours.public_id}/", {"name": "PILOT"})
    merged = hub_call.post(
        f"/api/v1/tags/{theirs.public_id}/merge/", {"into": "crises", "change_message": "One word"}
    )
    gone = hub_call("DELETE", "/api/v1/tags/", [made.json()["id"]])

    assert (seen, lost) == (["Crisis"], 404)
    assert [one.status_code for one in (made, renamed, taken, merged, gone)] == [201, 200, 409, 200, 204]
    assert merged.json()["name"] == "Crises"
    assert list(Tag.objects.values_list("name", flat=True)) == ["Crises"]
    assert list(line_tree.america.tags.values_list("name", flat=True)) == ["Crises"]
    assert ChangeEvent.objects.get(action="tag.merged").why == "One word"


def test_the_organisation_is_read_by_all_and_written_by_administrators(call, hub_call):
    organisation()

    assert call.get("/api/v1/organisation/").json()["dormancy_days"] == 90
    assert hub_call.patch("/api/v1/organisation/", {"dormancy_days": 30}).status_code == 403
    type(hub_call.user).objects.filter(pk=hub_call.user.pk).update(is_superuser=True)
    read = hub_call.get("/api/v1/organisation/")
    done = hub_call.patch("/api/v1/organisation/", {"dormancy_days": 30}, If_Match=read["ETag"])
    stale = hub_call.patch("/api/v1/organisation/", {"dormancy_days": 31}, If_Match=read["ETag"])
    bad = hub_call.patch("/api/v1/organisation/", {"dormancy_days": 0})

    assert [one.status_code for one in (done, stale, bad)] == [200, 412, 422]
    assert Organisation.objects.get().dormancy_days == 30


def test_views_are_ones_own_or_shared_and_a_token_keeps_none(hub_call, call):
    body = {"page": "account-list", "name": "Mine", "query": "state=active"}
    made = hub_call.post("/api/v1/views/", body)
    again = hub_call.post("/api/v1/views/", {**body, "is_shared": True})

    assert (made.status_code, again.json()["id"], again.json()["is_shared"]) == (201, made.json()["id"], True)
    assert call.post("/api/v1/views/", body).status_code == 403
    assert call.get("/api/v1/views/").json()["count"] == 0
    assert hub_call("DELETE", made.json()["url"]).status_code == 204
    assert not SavedFilter.objects.exists()


def test_people_write_the_journal_and_tokens_read_it(hub_call, call, line_tree):
    account = AccountFactory(line=line_tree.america, platform=PlatformFactory(code="twitter"))
    line = hub_call.post(
        "/api/v1/lines/EU/journal/", {"body": "Agreed **monthly** review.", "kind": "decision"}
    )
    other = hub_call.post(f"/api/v1/accounts/{account.public_id}/journal/", {"body": "Password rotated."})
    empty = hub_call.post("/api/v1/lines/EU/journal/", {"body": "  "})

    assert [one.status_code for one in (line, other, empty)] == [201, 201, 422]
    assert [(one["kind"], one["line"]["code"]) for one in call.get("/api/v1/journal/").json()["results"]] == [
        ("decision", "EU")
    ]
    assert call.get("/api/v1/lines/EU/journal/").json()["count"] == 1
    assert call.get(f"/api/v1/accounts/{account.public_id}/journal/").status_code == 404
    assert call.post("/api/v1/lines/EU/journal/", {"body": "x"}).status_code == 403
    assert JournalEntry.objects.count() == 2


def text_of(answer):
    """A streamed answer, whole."""
    return b"".join(answer.streaming_content)


def test_exports_are_files_in_scope_and_in_three_formats(call, line_tree):
    twitter = PlatformFactory(code="twitter")
    for line, handle in ((line_tree.foods, "ours"), (line_tree.america, "theirs")):
        AccountFactory(line=line, platform=twitter, handle=handle, display_name="=1+1")

    csv = call.get("/api/v1/exports/accounts/", Accept="text/csv")
    told = call.get("/api/v1/exports/accounts/?format=json&line_subtree=EU")
    book = call.get("/api/v1/exports/lines/?format=xlsx")

    rows = text_of(csv).decode().splitlines()
    assert (csv["Content-Type"], len(rows), "'=1+1" in rows[1]) == ("text/csv; charset=utf-8", 2, True)
    assert csv["Content-Disposition"].startswith('attachment; filename="accounts-')
    assert [one["handle"] for one in json.loads(text_of(told))] == ["ours"]
    sheet = openpyxl.load_workbook(io.BytesIO(text_of(book)), read_only=True).active
    assert [row[0] for row in sheet.iter_rows(values_only=True)] == ["code", "EU", "FDE"]
    assert [call.get(f"/api/v1/exports/{rest}").status_code for rest in (
        "nonsense/", "lines/?format=pdf", "lines/?line_subtree=US", "lines/?nonsense=1",
    )] == [404, 422, 422, 422]  # fmt: skip
