"""The API of measuring: the dictionary, observations, targets and scorecards."""

import datetime as dt

import pytest
from django.utils import timezone

from coe.models import ChangeEvent
from coe.rules.principals import Actor
from coe.services.platforms import ensure_platforms
from metrics.models import Metric, Observation, ObservationRevision, Target
from metrics.services.dictionary import ensure_dictionary
from tests.factories import AccountFactory, CoOwnerFactory, PlatformFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def metrics(db):
    at = timezone.now()
    ensure_platforms(by=Actor.system(), at=at)
    Metric.objects.create(code="price", labels={"en": "Price"}, aggregation="mean", scale=2)
    Metric.objects.create(code="staff", labels={"en": "Staff"}, subject="line", aggregation="last")
    return ensure_dictionary(by=Actor.system(), at=at)


@pytest.fixture
def account(metrics, line_tree):
    return AccountFactory(
        line=line_tree.foods, platform=PlatformFactory(code="twitter"), handle="acme", handle_key="acme"
    )


def _row(subject, **more):
    return {
        "account": str(subject.public_id),
        "metric": "followers",
        "on": "2026-01-31",
        "value": 100,
        **more,
    }


def test_the_dictionary_is_read_by_all(call, metrics):
    body = call.get("/api/v1/metrics/?q=followers&ordering=code").json()

    assert "followers" in [metric["code"] for metric in body["results"]]
    assert (
        call.get("/api/v1/metrics/followers/").json()["display"] == Metric.objects.get(code="followers").label
    )
    assert call.get("/api/v1/metrics/nope/").status_code == 404


def test_values_are_pushed_corrected_and_kept(call, account):
    first = call.post(
        "/api/v1/observations/",
        [
            _row(account),
            {**_row(account), "account": {"platform": "twitter", "handle": "@Acme"}, "on": "2026-02-01"},
        ],
    )
    again = call.post("/api/v1/observations/", _row(account))
    corrected = call.post("/api/v1/observations/", _row(account, value="101"))

    assert first.json() == {"rows": 2, "created": 2, "updated": 0, "unchanged": 0, "skipped": 0}
    assert (again.json()["unchanged"], corrected.json()["updated"]) == (1, 1)
    assert (Observation.objects.count(), ObservationRevision.objects.get().value) == (2, 100)
    listed = call.get("/api/v1/observations/?line_subtree=EU&on__lte=2026-01-31").json()
    assert [
        (row["account"]["handle"], row["value"], row["on"], row["source"]) for row in listed["results"]
    ] == [("acme", 101, "2026-01-31", "api")]
    assert ChangeEvent.objects.filter(action="line.observations_recorded", actor_kind="token").count() == 2


def test_decimals_are_exact_and_lines_have_values_of_their_own(call, account, line_tree):
    done = call.post(
        "/api/v1/observations/",
        [
            _row(account, metric="price", value="12.30"),
            _row(account, metric="price", on="2026-02-01", value=0.1),
            {"line": {"code": "FDE"}, "metric": "staff", "on": "2026-01-31", "value": 7},
        ],
    )

    assert done.json()["created"] == 3
    shown = call.get("/api/v1/observations/?ordering=metric,on&line=FDE").json()["results"]
    assert [(row["metric"]["code"], row["value"], row["line"] and row["line"]["code"]) for row in shown] == [
        ("price", "12.30", None),
        ("price", "0.10", None),
        ("staff", 7, "FDE"),
    ]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"metric": "nope"}, "/0/metric"),
        ({"metric": 7}, "/0/metric"),
        ({"on": "31.01.2026"}, "/0/on"),
        ({"on": None}, "/0/on"),
        ({"on": "2999-01-01"}, "/0/date"),
        ({"value": "x"}, "/0/value"),
        ({"value": True}, "/0/value"),
        ({"value": [1]}, "/0/value"),
        ({"value": "1.5"}, "/0/value"),
        ({"value": "9" * 60}, "/0/value"),
        ({"value": "1e999999"}, "/0/value"),
        ({"value": "NaN"}, "/0/value"),
        ({"value": None}, "/0/value"),
        ({"value": 10**15}, "/0/value"),
        ({"value": 10**18 * 9}, "/0/value"),
        ({"numerator": 1}, "/0/numerator"),
        ({"account": "nope"}, "/0/account"),
        ({"account": {"platform": "twitter", "handle": "other"}}, "/0/account"),
        ({"account": {"platform": [], "handle": {}}}, "/0/account"),
        ({"line": "US"}, "/0/line"),
        ({"line": "FDE"}, "/0/account"),
        ({"nope": 1}, "/0/nope"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_written(call, account, change, pointer):
    answer = call.post("/api/v1/observations/", [_row(account, **change), _row(account, on="2026-02-02")])

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert not Observation.objects.exists()


def test_nobody_reports_for_accounts_of_others(call, token_of, account, line_tree):
    foreign = AccountFactory(line=line_tree.america)
    CoOwnerFactory(account=foreign, line=line_tree.foods)

    answer = call.post("/api/v1/observations/", _row(foreign))
    without_right = token_of(line_tree.europe, "read").post("/api/v1/observations/", _row(account))

    assert (answer.status_code, answer.json()["errors"][0]["code"], without_right.status_code) == (
        422,
        "not_allowed",
        403,
    )
    assert not Observation.objects.exists()


def test_a_push_asks_the_same_questions_for_one_and_many(call, account, django_assert_max_num_queries):
    call.post("/api/v1/observations/", _row(account))
    with django_assert_max_num_queries(60) as one:
        call.post("/api/v1/observations/", [_row(account, on="2026-03-01")])
    with django_assert_max_num_queries(60) as many:
        call.post(
            "/api/v1/observations/",
            [_row(account, on=str(dt.date(2026, 4, 1) + dt.timedelta(days=n))) for n in range(20)],
        )

    assert len(one) == len(many)


@pytest.mark.parametrize("path", ["observations", "metrics", "targets"])
def test_lists_ask_the_same_questions_for_one_and_three(call, account, path, django_assert_max_num_queries):
    call.post("/api/v1/observations/", _row(account))
    call.get(f"/api/v1/{path}/?limit=1")
    with django_assert_max_num_queries(4) as one:
        call.get(f"/api/v1/{path}/?limit=1")
    call.post("/api/v1/observations/", [_row(account, on="2026-02-01"), _row(account, on="2026-02-02")])
    with django_assert_max_num_queries(4) as three:
        call.get(f"/api/v1/{path}/?limit=3")

    assert len(one) == len(three)


def test_targets_are_set_replaced_and_removed(hub_call, call, metrics, line_tree):
    body = {
        "line": "FDE",
        "metric": "price",
        "period_start": "2026-01-01",
        "period_end": "2026-03-31",
        "value": "1.50",
        "reason": "Because",
    }
    made = hub_call.post("/api/v1/targets/", body)
    replaced = hub_call.post("/api/v1/targets/", {**body, "value": 2})
    wrong = hub_call.post(
        "/api/v1/targets/",
        [{**body, "period_end": "2025-01-01"}, {**body, "value": "1.234"}, {**body, "period_start": "x"}],
    )

    assert (made.status_code, made.json()["value"], replaced.json()["value"], replaced.json()["id"]) == (
        200,
        "1.50",
        "2.00",
        made.json()["id"],
    )
    assert [error["pointer"] for error in wrong.json()["errors"]] == [
        "/0/period_end",
        "/1/value",
        "/2/period_start",
    ]
    assert call.get("/api/v1/targets/?line=FDE").json()["count"] == 1
    assert call.post("/api/v1/targets/", body).status_code == 403
    assert hub_call("DELETE", made.json()["url"]).status_code == 204
    assert not Target.objects.standing().exists()


def test_a_scorecard_before_the_first_run_says_so(call, line_tree):
    answer = call.get("/api/v1/scorecards/FDE/")

    assert (answer.status_code, answer.json()["is_scored"], answer.json()["line"]["code"]) == (
        200,
        False,
        "FDE",
    )
    assert call.get("/api/v1/scorecards/FDE/", If_None_Match=answer["ETag"]).status_code == 304
    assert call.get("/api/v1/scorecards/FDE/?as_of=2026-01-31").json()["as_of"] == "2026-01-31"
    assert call.get("/api/v1/scorecards/").json()["line"] is None


@pytest.mark.parametrize("query", ["as_of=x", "as_of=0001-01-01", "as_of=9999-12-31", "nope=1"])
def test_a_day_nobody_understands_is_refused(call, line_tree, query):
    assert call.get(f"/api/v1/scorecards/FDE/?{query}").status_code == 422


def test_a_scorecard_outside_the_scope_is_not_found(call):
    assert call.get("/api/v1/scorecards/US/").status_code == 404
