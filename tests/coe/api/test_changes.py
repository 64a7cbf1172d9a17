"""The change feed: ordered, resumable, and never past what is not committed."""

import time

import pytest
from django.db import connection
from django.db.models import Max
from django.utils import timezone

from coe.models import ChangeEvent, User
from coe.rules.principals import Actor, Principal
from coe.selectors.changes import Place, changes_since
from coe.services.lines import edit_line
from tests.factories import LineFactory

pytestmark = pytest.mark.django_db


def _settle():
    """Wait until the feed's horizon has passed what is committed.

    PostgreSQL's oldest running transaction is the cluster's: a test of another process, in a database of its own, holds it
    back too. Waiting for the others is the only honest way to say "now nobody writes"; it is bounded.
    """
    if connection.vendor != "postgresql":
        return
    until = time.monotonic() + 240
    while time.monotonic() < until:
        newest = ChangeEvent.objects.aggregate(newest=Max("transaction"))["newest"] or 0
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
            if cursor.fetchone()[0] > newest:
                return
        time.sleep(0.05)
    raise AssertionError("another transaction ran for four minutes")


# Committed for real: inside the transaction of a test PostgreSQL rightly shows nothing of it yet.
@pytest.mark.django_db(transaction=True)
def test_the_change_feed_goes_on_where_the_reader_stopped(call, hub_call, line_tree):
    _settle()
    start = call.get("/api/v1/changes/").json()["cursor"]
    for number in range(3):
        hub_call.patch("/api/v1/lines/FDE/", {"description": f"v{number}"})
    hub_call.patch("/api/v1/lines/US/", {"description": "not for Europe"})
    _settle()

    first = call.get(f"/api/v1/changes/?since={start}&limit=2").json()
    second = call.get(f"/api/v1/changes/?since={first['cursor']}&limit=2").json()
    third = call.get(f"/api/v1/changes/?since={second['cursor']}").json()

    assert [event["changes"]["description"][1] for event in first["results"] + second["results"]] == [
        "v0",
        "v1",
        "v2",
    ]
    assert (first["has_more"], second["has_more"], third["results"], third["cursor"]) == (
        True,
        False,
        [],
        second["cursor"],
    )


@pytest.mark.parametrize(
    "query", ["since=x", "since=Y2E", "limit=0", "nope=1", "since=Yzk5OTk5OTk5OTk5OTk5OTk5OTk5OTkuMQ"]
)
def test_a_cursor_of_nobody_is_refused(call, query):
    assert call.get(f"/api/v1/changes/?{query}").status_code == 422


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_feed_stops_below_a_transaction_that_still_runs(settings):
    """A change written first and committed last must appear after the reader's cursor, never behind it."""
    import psycopg2

    line = LineFactory(code="EU")
    database = settings.DATABASES["default"]
    other = psycopg2.connect(
        dbname=database["NAME"],
        host=database["HOST"],
        port=database["PORT"],
        user=database["USER"],
        password=database.get("PASSWORD", ""),
    )

    root = Principal.system()
    try:
        with other.cursor() as early:
            early.execute(
                "INSERT INTO coe_changeevent (public_id, at, actor_kind, actor_id, actor_label, request_id, why, action, object_type,"
                " object_id, object_label, line_id, changes) VALUES (gen_random_uuid(), now(), 'system', '', 's', '', '', 'early', 'x',"
                " gen_random_uuid(), 'x', %s, '{}')",
                [line.pk],
            )
            edit_line(line, changes={"name": "Later"}, by=Actor.system(), at=timezone.now())
            assert list(changes_since(root, Place())) == []
        other.commit()
    finally:
        other.close()
    _settle()
    assert [event.action for event in changes_since(root, Place())] == ["early", "line.updated"]
    assert User.objects.count() == 0
    assert ChangeEvent.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_change_feed_is_narrowed_by_line_and_record(hub_call, line_tree):
    for code in ("EU", "FDE", "US"):
        hub_call.patch(f"/api/v1/lines/{code}/", {"description": "x"})
    _settle()

    def labels(query):
        return [one["object_label"] for one in hub_call.get(f"/api/v1/changes/?{query}").json()["results"]]

    assert labels("line=EU") == ["Europe"]
    assert labels("line_subtree=EU") == ["Europe", "Foods Europe"]
    assert labels(f"object={line_tree.america.public_id}") == ["Americas"]
    assert hub_call.get("/api/v1/changes/?object=x").status_code == 422
