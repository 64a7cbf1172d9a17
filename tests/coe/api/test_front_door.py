"""What meets a stranger first: the list of addresses, refusals that say what to do, and how much of a share is left."""

import time

import pytest
from django.core.cache import cache
from django.test import Client

from tests.factories import AccountFactory

pytestmark = pytest.mark.django_db


def test_the_share_is_free_again_as_its_oldest_request_ages(call):
    token = call.get("/api/v1/me/").json()["token"]["id"]
    cache.set(f"throttle_read_token:{token}", [time.time() - 50], 60)

    answer = call.get("/api/v1/me/")

    assert (answer["RateLimit-Limit"], answer["RateLimit-Remaining"]) == ("1200", "1198")
    assert 0 < int(answer["RateLimit-Reset"]) <= 10


def test_the_front_door_names_every_address_that_can_be_read_without_a_record(call):
    answer = call.get("/api/v1/").json()

    assert {answer[name] for name in ("lines", "metrics", "courses", "docs")} == {
        "/api/v1/lines/", "/api/v1/metrics/", "/api/v1/courses/", "/api/v1/docs/",
    }  # fmt: skip
    refused = [
        path for path in answer.values() if path != "/api/v1/verify/" and call.get(path).status_code >= 500
    ]
    assert refused == []
    assert not [path for path in answer.values() if "<" in path]


def test_a_title_is_the_same_for_every_problem_of_a_status(call):
    first, second = call.get("/api/v1/lines/?limit=0").json(), call.get("/api/v1/lines/?nope=1").json()

    assert (first["title"], second["title"]) == ("The input is not valid", "The input is not valid")
    assert first["detail"] == "“limit” is a whole number from 1 to 1000."


def test_a_refusal_of_the_framework_says_what_to_do(call):
    answers = [
        Client().get("/api/v1/me/"),
        Client().post("/api/v1/accounts/", "a=1", "text/plain", headers={"Authorization": f"Bearer {call.secret}"}),
        call.get("/api/v1/lines/", Accept="application/xml"),
    ]  # fmt: skip

    assert [(one.status_code, one.json()["detail"]) for one in answers] == [
        (401, "Send a token as “Authorization: Bearer coe_…”, or sign in."),
        (415, "Send the body as application/json and say so in Content-Type."),
        (406, "Ask for application/json in Accept, or leave the header away."),
    ]


def test_a_line_filter_out_of_scope_is_named_by_its_own_parameter(call):
    answer = call.get("/api/v1/accounts/?line_subtree=US").json()

    assert [one["pointer"] for one in answer["errors"]] == ["/line_subtree"]


def test_one_object_has_no_place_in_an_array(call, line_tree):
    AccountFactory(line=line_tree.foods, handle="taken", platform__code="x")

    answer = call.post("/api/v1/accounts/", {"line": "EU", "platform": "x", "handle": "taken"})

    assert (answer.status_code, [one["pointer"] for one in answer.json()["errors"]]) == (409, ["/handle"])
