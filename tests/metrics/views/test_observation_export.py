"""Observations as they were reported, from the page of their metric: filtered, in scope, harmless in a spreadsheet, and back again."""

import csv
import datetime as dt
import io

import pytest

from coe.enums.roles import Role
from coe.rules.principals import Principal
from coe.services.import_runs import apply_import, stage_import
from metrics.models import DailyRollup, Metric
from tests.factories import AT, AccountFactory, PlatformFactory
from tests.metrics.world import observed

pytestmark = pytest.mark.django_db
PATH = "/metrics/followers/observations/"


@pytest.fixture
def reported(tree):
    """Two days of an account of Foods, one of an account of Europe and one of the Americas, and another metric."""
    metric, other = (
        Metric.objects.create(code=code, labels={"en": code}, aggregation="last")
        for code in ("followers", "likes")
    )
    twitter = PlatformFactory(code="x")
    foods, europe, america = (
        AccountFactory(line=line, platform=twitter, handle=name, handle_key=name.casefold())
        for line, name in ((tree.foods, "=foods"), (tree.europe, "europe"), (tree.america, "america"))
    )
    observed(foods, metric, dt.date(2026, 2, 1), value=10)
    observed(foods, metric, dt.date(2026, 2, 2), value=11)
    observed(europe, metric, dt.date(2026, 2, 2), value=20)
    observed(america, metric, dt.date(2026, 2, 2), value=30)
    observed(foods, other, dt.date(2026, 2, 2), value=99)
    return tree


def content(answer):
    assert answer.streaming
    return b"".join(answer.streaming_content)


def rows(answer):
    return list(csv.DictReader(io.StringIO(content(answer).decode("utf-8-sig"))))


def told(answer):
    return [(row["line"], row["handle"], row["date"], row["value"]) for row in rows(answer)]


def test_a_lead_gets_the_own_lines_as_the_page_is_filtered(log_in, reported):
    lead = log_in(Role.LINE_LEAD, reported.europe)

    every, foods = lead.get(PATH), lead.get(f"{PATH}?line=FDE&since=2026-02-02&until=2026-02-02")

    assert told(every) == [
        ("FDE", "'=foods", "2026-02-01", "10"),
        ("FDE", "'=foods", "2026-02-02", "11"),
        ("EU", "europe", "2026-02-02", "20"),
    ]
    assert told(foods) == [("FDE", "'=foods", "2026-02-02", "11")]
    assert told(lead.get(f"{PATH}?line=US")) == told(lead.get(PATH))


def test_it_is_a_file_of_three_formats_for_those_who_may_export(log_in, reported):
    hub = log_in(Role.HUB_LEAD)

    assert log_in().get(PATH).status_code == 403
    assert hub.get(f"{PATH}?format=pdf").status_code == 422
    assert hub.get("/metrics/nosuch/observations/").status_code == 404
    for form in ("csv", "xlsx", "json"):
        answer = hub.get(f"{PATH}?format={form}")
        assert answer.status_code == 200
        assert 'filename="followers-observations-' in answer["Content-Disposition"]
        assert content(answer)


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
def test_what_left_comes_back_as_all_unchanged(log_in, reported, tmp_path, form):
    target = tmp_path / f"out.{form}"
    target.write_bytes(content(log_in(Role.HUB_LEAD).get(f"{PATH}?format={form}")))

    batch = apply_import(
        stage_import(target, kind="observations", principal=Principal.system("test"), at=AT), at=AT
    )

    found = list(batch.problems.values_list("row", "field", "message"))
    assert (batch.rows, batch.unchanged, batch.rejected) == (4, 4, 0), found


def test_the_page_of_the_metric_offers_it_with_its_filter(log_in, reported):
    DailyRollup.objects.create(
        line=reported.foods,
        metric=Metric.objects.get(code="followers"),
        on=dt.date(2026, 2, 2),
        total=11,
        count=1,
    )

    page = log_in(Role.HUB_LEAD).get("/metrics/followers/?line=FDE").content.decode()

    assert f"{PATH}?format=csv&amp;line=FDE" in page


@pytest.mark.parametrize("count", [1, 3])
def test_it_costs_the_same_for_one_row_and_for_three(log_in, reported, django_assert_num_queries, count):
    hub = log_in(Role.HUB_LEAD)
    extra = Metric.objects.create(code="views", labels={"en": "Views"}, aggregation="sum")
    for day in range(1, count + 1):
        account = AccountFactory(line=reported.foods)
        observed(account, extra, dt.date(2026, 3, day), value=day)
    content(hub.get("/metrics/views/observations/"))

    with django_assert_num_queries(4):
        content(hub.get("/metrics/views/observations/"))
