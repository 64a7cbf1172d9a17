"""The dictionary, its explorer and the form for targets."""

import csv
import io
import json
from datetime import date

import openpyxl
import pytest

from coe.models import ChangeEvent
from coe.rules.principals import Actor
from metrics.models import Metric, Target
from metrics.services.dictionary import ensure_dictionary
from metrics.services.observing import NewObservation, record_observations
from metrics.services.targets import set_target
from tests.factories import AT, AccountFactory

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system()


@pytest.fixture
def observed(tree):
    """One account below Europe and one below America, seen on two days."""
    ensure_dictionary(by=SYSTEM, at=AT)
    foods, other = AccountFactory(line=tree.foods), AccountFactory(line=tree.america)
    rows = [
        NewObservation("followers", date(2026, 2, day), account_id=account.pk, value=value)
        for account, day, value in [(foods, 1, 10), (foods, 3, 12), (other, 3, 100)]
    ]
    record_observations(rows, by=SYSTEM, at=AT, source="import")
    return tree


def test_metric_list_counts_values_in_scope_only(lead, hub, observed):
    found = [
        next(
            metric.reported
            for metric in client.get("/metrics/").context["page"]
            if metric.code == "followers"
        )
        for client in (lead, hub)
    ]

    assert found == [2, 3]


def test_metric_list_names_those_whose_last_target_of_a_line_in_scope_has_ended(lead, hub, observed):
    for line, code in ((observed.foods, "followers"), (observed.america, "impressions")):
        set_target(
            line=line, metric=Metric.objects.get(code=code), period_start=date(2020, 1, 1),
            period_end=date(2020, 1, 31), value=1, by=SYSTEM, at=AT,
        )  # fmt: skip

    found = [
        sorted(metric.code for metric in client.get("/metrics/?target=ended").context["page"])
        for client in (lead, hub)
    ]

    assert found == [["followers"], ["followers", "impressions"]]


def test_metric_list_asks_the_same_questions_for_one_and_many(hub, observed, django_assert_max_num_queries):
    hub.get("/metrics/")

    with django_assert_max_num_queries(5):
        hub.get("/metrics/")


def test_explorer_adds_up_the_lines_in_scope_and_leaves_missing_days_out(lead, hub, observed):
    seen = {}
    for name, client in (("lead", lead), ("hub", hub)):
        page = client.get("/metrics/followers/?since=2026-01-01&until=2026-03-01")
        seen[name] = list(zip(page.context["labels"], page.context["series"][0]["values"], strict=True))

    assert seen == {
        "lead": [(date(2026, 2, 1), 10.0), (date(2026, 2, 3), 12.0)],
        "hub": [(date(2026, 2, 1), 10.0), (date(2026, 2, 3), 112.0)],
    }


def test_a_level_keeps_its_last_day_when_shown_by_month(hub, observed):
    page = hub.get("/metrics/followers/?line=EU&step=month&since=2026-01-01&until=2026-03-01")

    assert page.context["labels"] == [date(2026, 2, 1)]
    assert page.context["series"][0]["values"] == [12.0]


def test_a_line_lead_sets_a_target_for_the_own_line_and_for_no_other(lead, observed):
    data = {"period_start": "2026-01-01", "period_end": "2026-03-31", "value": "1500", "reason": "Growth"}

    refused = lead.post("/metrics/followers/targets/new/", {**data, "line": "US"})
    count = Target.objects.count()
    done = lead.post("/metrics/followers/targets/new/", {**data, "line": "FDE"})

    assert (refused.status_code, count, done.status_code) == (422, 0, 302)
    assert list(Target.objects.values_list("line__code", "metric__code", "value")) == [
        ("FDE", "followers", 1500)
    ]


def test_a_target_tells_what_came_of_it_and_is_taken_away_with_the_reason(lead, observed):
    data = {"period_start": "2026-01-01", "period_end": "2026-02-28", "value": "13", "line": "FDE"}
    lead.post("/metrics/followers/targets/new/", data)
    target = Target.objects.get()
    page = f"/metrics/followers/targets/{target.public_id}/"

    listed = lead.get("/metrics/followers/")
    first = lead.get(page)
    nothing = lead.post(page, {"reason": " "})
    target.refresh_from_db()
    before = target.archived_at
    done = lead.post(page, {"reason": "The account was sold"}, follow=True)
    later, past = lead.get(page), lead.get("/metrics/followers/?past=1")

    assert [row["word"] for row in listed.context["targets"]] == ["missed"]
    assert (first.context["row"]["reached"], first.context["next_url"]) == (
        12,
        "/metrics/followers/targets/new/?line=FDE",
    )
    assert (nothing.status_code, list(nothing.context["form"].errors), before) == (422, ["reason"], None)
    assert (done.status_code, done.context["targets"], done.context["past_targets"]) == (200, [], 1)
    assert (later.context["form"], "The account was sold" in later.content.decode()) == (None, True)
    assert [row["word"] for row in past.context["targets"]] == ["taken away"]


def test_a_target_that_cannot_be_read_is_refused_by_field(lead, observed):
    data = {"period_start": "2026-03-01", "period_end": "2026-01-31", "line": "FDE"}

    answers = [
        lead.post("/metrics/followers/targets/new/", {**data, "value": value}) for value in ("many", "10")
    ]

    assert [sorted(answer.context["form"].errors) for answer in answers] == [["value"], ["period_end"]]
    assert Target.objects.count() == 0


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
def test_series_and_dictionary_leave_as_the_pages_show_them(lead, hub, observed, form):
    def rows(client, path):
        content = b"".join(client.get(f"{path}format={form}").streaming_content)
        if form == "json":
            return json.loads(content)
        if form == "xlsx":
            head, *cells = openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)
            return [dict(zip(head, row, strict=True)) for row in cells]
        return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))

    span = "/metrics/followers/export/?since=2026-02-01&until=2026-02-28&"
    own, whole = rows(lead, span), rows(hub, span)
    listed = rows(hub, "/export/metrics/?q=followers&")

    assert [(row["date"], float(row["value"])) for row in own] == [("2026-02-01", 10), ("2026-02-03", 12)]
    assert [(row["date"], float(row["value"])) for row in whole] == [("2026-02-01", 10), ("2026-02-03", 112)]
    assert ("followers", 3) in [(row["code"], int(row["reported"])) for row in listed]
    assert hub.get("/metrics/no-such/export/").status_code == 404


def test_the_explorer_brings_what_draws_its_chart(lead, observed):
    page = lead.get("/metrics/followers/").content.decode()

    assert 'data-chart="series-chart-data"' in page
    assert "vendor/uplot/uPlot.iife.min.js" in page
    assert "hub/metrics.js" in page


def test_targets_of_the_past_are_a_click_away(lead, observed):
    for year in (2001, 2991):
        set_target(
            line=observed.foods, metric=Metric.objects.get(code="followers"), period_start=date(year, 1, 1), period_end=date(year, 3, 31),
            value=year, by=SYSTEM, at=AT,
        )  # fmt: skip

    pages = [lead.get(path) for path in ("/metrics/followers/", "/metrics/followers/?past=1")]

    assert [[int(row["value"]) for row in page.context["targets"]] for page in pages] == [
        [2991],
        [2001, 2991],
    ]
    assert [page.context["past_targets"] for page in pages] == [1, 0]


def test_the_history_names_what_a_target_is_for(observed):
    target = set_target(
        line=observed.foods, metric=Metric.objects.get(code="followers"), period_start=date(2026, 1, 1), period_end=date(2026, 3, 31),
        value=1, by=SYSTEM, at=AT,
    )  # fmt: skip

    told = ChangeEvent.objects.get(object_id=target.public_id)
    assert told.object_label == "followers, FDE, 2026-01-01"
