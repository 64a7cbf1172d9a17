"""A learning system's own door: headers, versions, one and many, and pages of what it sent."""

import base64
import json
import uuid
from typing import Any

import pytest
import time_machine
from django.test import Client

from coe.enums.roles import Role
from tests.factories import LineFactory, RoleFactory, UserFactory
from tests.plugins.api import token_of
from tests.training.services.test_statements import said, void
from tests.training.world import taught
from training.models import Completion, Statement

__all__ = ["token_of"]

pytestmark = pytest.mark.django_db
VERSION = "X-Experience-API-Version"


class LearningSystem:
    """Sends statements as an LMS does: Basic authentication, a version header, JSON."""

    def __init__(self, secret: str, version: str = "1.0.3") -> None:
        self.client = Client()
        basic = base64.b64encode(f"key:{secret}".encode()).decode()
        self.headers = {"Authorization": f"Basic {basic}", VERSION: version}

    def __call__(self, method: str, path: str = "/xapi/statements", data: Any = None, **headers: str) -> Any:
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        content_type = headers.pop("content_type", "application/json")
        given = {name: value for name, value in {**self.headers, **headers}.items() if value}
        return self.client.generic(
            method, path, data=b"" if data is None else body, content_type=content_type, headers=given
        )


@pytest.fixture
def line():
    """The line of the token."""
    return LineFactory(code="EU")


@pytest.fixture
def course():
    """A published course, and somebody of the line to take it."""
    return taught("FND").course


@pytest.fixture
def lms(token_of, line, course) -> LearningSystem:
    """The learning system of the line."""
    RoleFactory(user=UserFactory(email="ana@example.com"), role=Role.CONTRIBUTOR, line=line)
    return LearningSystem(token_of(line, "read", "training:write").secret)


def codes(answer: Any) -> list[tuple[str, str]]:
    """Where and what, of a problem."""
    return [(one["pointer"], one["code"]) for one in answer.json()["errors"]]


def test_about_is_open_and_names_the_versions(client) -> None:
    answer = client.get("/xapi/about")

    assert answer.json() == {"version": ["1.0.3", "2.0.0"]}
    assert answer[VERSION] == "2.0.0"


def test_one_statement_in_and_out(lms, course) -> None:
    document = said(course.activity_id)

    answer = lms("POST", data=document)
    assert (answer.status_code, answer.json(), answer[VERSION]) == (200, [document["id"]], "1.0.3")
    back = lms("GET", f"/xapi/statements?statementId={document['id']}")
    assert back.json() | document == back.json()
    assert back.json()["authority"]["account"]["homePage"].startswith("http")
    assert back["Last-Modified"]
    assert back["X-Experience-API-Consistent-Through"].endswith("Z")
    assert Completion.objects.count() == 1


def test_an_array_is_answered_in_its_order_and_stored_whole_or_not_at_all(lms, course) -> None:
    good = [said(course.activity_id, timestamp=f"2026-11-0{day}T09:30:00Z") for day in (1, 2, 3)]
    bad = [*good[:2], {**good[2], "result": {"success": "yes"}}]

    refused = lms("POST", data=bad)
    assert (refused.status_code, codes(refused)) == (400, [("/2/result/success", "wrong_type")])
    assert "Data 2.4.5" in refused.json()["errors"][0]["detail"]
    assert Statement.objects.count() == 0
    assert lms("POST", data=good).json() == [one["id"] for one in good]


def test_put_stores_under_the_id_of_the_address(lms, course) -> None:
    document = said(course.activity_id)
    wanted = document.pop("id")

    assert lms("PUT", f"/xapi/statements?statementId={wanted}", document).status_code == 204
    assert lms("PUT", f"/xapi/statements?statementId={wanted}", document).status_code == 204
    assert lms("PUT", f"/xapi/statements?statementId={wanted}", {**document, "result": {}}).status_code == 409
    assert (
        lms("PUT", f"/xapi/statements?statementId={uuid.uuid4()}", {**document, "id": wanted}).status_code
        == 400
    )
    assert lms("PUT", "/xapi/statements", document).status_code == 400
    assert Statement.objects.count() == 1


def test_a_conflict_names_the_id(lms, course) -> None:
    document = said(course.activity_id)
    lms("POST", data=document)

    answer = lms("POST", data={**document, "result": {"success": False}})

    assert (answer.status_code, answer.json()["errors"][0]["detail"]) == (409, document["id"])


@pytest.mark.parametrize("version", ["", "0.9", "3.0.0", "1.1"])
def test_a_version_must_be_named(lms, version) -> None:
    answer = lms("GET", **{VERSION: version})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "version"


def test_two_zero_is_spoken(token_of, line, course) -> None:
    lms = LearningSystem(token_of(line, "read", "training:write").secret, "2.0.0")
    agents = [{"objectType": "contextAgent", "agent": {"mbox": "mailto:b@example.com"}}]
    document = said(course.activity_id, context={"contextAgents": agents})

    assert lms("POST", data=document).status_code == 200
    assert lms("GET", f"/xapi/statements?statementId={document['id']}").json()["version"] == "2.0.0"
    late = said(course.activity_id, timestamp="2026-11-02T09:30:00")
    assert codes(lms("POST", data=late)) == [("/timestamp", "timestamp")]


@pytest.mark.parametrize(
    ("content_type", "body", "code"),
    [
        ("multipart/mixed; boundary=x", b"--x", "attachment_not_supported"),
        ("application/x-www-form-urlencoded", b"content=x", "content_type"),
        ("application/json", b"{", "not_json"),
        ("application/json", b"\xff", "not_utf8"),
        ("application/json", b'{"actor": 1, "actor": 2}', "duplicate_key"),
        ("application/json", b"[" * 100_000, "too_deep"),
        ("application/json", b'{"id": ' + b"9" * 20 + b"}", "number_too_large"),
        ("application/json", rb'{"id": "a\u0000b"}', "not_text"),
        ("application/json", rb'{"\uD800": 1}', "not_text"),
    ],
)
def test_a_body_that_is_none_is_refused(lms, content_type, body, code) -> None:
    answer = lms("POST", data=body, content_type=content_type)

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, code)
    assert Statement.objects.count() == 0


def test_ten_megabytes_are_too_many_and_say_so(lms, settings) -> None:
    answer = lms("POST", data=b'"' + b"x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE + b'"')

    assert answer.status_code == 413
    assert answer[VERSION] == "1.0.3"


def test_a_thousand_statements_at_once_and_no_more(lms, course) -> None:
    documents = [
        said(
            course.activity_id,
            timestamp=f"2026-{1 + n // 100:02d}-{1 + n % 28:02d}T{n % 24:02d}:{n % 60:02d}:00Z",
        )
        for n in range(1_001)
    ]

    refused = lms("POST", data=documents)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "too_many")
    answer = lms("POST", data=documents[:1_000])
    assert answer.json() == [one["id"] for one in documents[:1_000]]
    assert Statement.objects.count() == 1_000


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("statementId=x", "uuid"),
        ("statementId=2f87ccde-bb56-4c2e-ab83-44982ef22df0&verb=https://x.example.com", "parameters"),
        ("statementid=2f87ccde-bb56-4c2e-ab83-44982ef22df0", "parameter"),
        ("agent={", "not_json"),
        ("agent={}", "identifier"),
        ('agent={"objectType":"Group","member":[{"mbox":"mailto:a@b.c"}]}', "group"),
        ("since=yesterday", "timestamp"),
        ("limit=-1", "limit"),
        ("limit=9999999999", "limit"),
        ("ascending=1", "flag"),
        ("cursor=abc", "cursor"),
        ("cursor=WzEsMl0=", "cursor"),
        ("format=xml", "format"),
        ("format=", "format"),
        ("attachments=true", "attachment_not_supported"),
        ("attachments=yes", "flag"),
        ("related_activities=yes", "flag"),
        ("related_agents=1", "flag"),
        ("since=2026-11-02T09:30:00+02:00", "timestamp"),
        ("agent={%22name%22:%22%5Cu0000%22}", "not_text"),
        ("registration=x", "uuid"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(lms, query, code) -> None:
    answer = lms("GET", f"/xapi/statements?{query}")

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, code)


def test_filters_find_what_they_say(lms, course) -> None:
    ana = said(course.activity_id)
    ben = said(
        "https://lms.example.com/2", email="ben@example.com", context={"registration": str(uuid.uuid4())},
        verb="http://adlnet.gov/expapi/verbs/attended",
    )  # fmt: skip
    lms("POST", data=[ana])
    lms("POST", data=[ben])

    def found(**query: str) -> list[str]:
        answer = lms.client.get("/xapi/statements", query, headers=lms.headers)
        return [one["id"] for one in answer.json()["statements"]]

    stored = Statement.objects.get(statement_id=ana["id"]).stored_at.isoformat()
    assert found() == [ben["id"], ana["id"]]
    assert found(ascending="true") == [ana["id"], ben["id"]]
    assert found(agent='{"mbox": "mailto:Ben@example.com"}') == [ben["id"]]
    assert found(verb=ben["verb"]["id"]) == [ben["id"]]
    assert found(activity=course.activity_id) == [ana["id"]]
    assert found(registration=ben["context"]["registration"]) == [ben["id"]]
    assert found(since=stored) == [ben["id"]]
    assert found(until=stored) == [ana["id"]]
    assert found(limit="1") == [ben["id"]]
    assert found(related_agents="false") == [ben["id"], ana["id"]]


@pytest.mark.parametrize(
    ("since", "found"),
    [
        ("2026-11-23T09:00:00.123Z", 0),
        ("2026-11-23T09:00:00.122Z", 1),
        ("2026-11-23T10:00:00.122%2B01:00", 1),
        ("2026-11-23T04:00:00.123-05:00", 0),
        ("2026-11-23T09:00:00.122", 1),
        ("2026-11-23", 1),
        ("2026-11-24", 0),
    ],
)
def test_since_is_an_instant_in_whatever_zone_and_stored_is_not_later_than_itself(
    lms, course, since, found
) -> None:
    with time_machine.travel("2026-11-23T09:00:00.123456+00:00", tick=False):
        lms("POST", data=said(course.activity_id))

    page = lms("GET", f"/xapi/statements?since={since}").json()["statements"]
    assert [one["stored"] for one in page] == ["2026-11-23T09:00:00.123Z"] * found
    rest = lms("GET", f"/xapi/statements?until={since}").json()["statements"]
    assert len(rest) == 1 - found


def test_everything_is_told_to_whoever_asks_again_since_the_answer_was_whole(lms) -> None:
    with time_machine.travel("2026-11-23T09:00:00+00:00", tick=False):
        answer = lms("GET")

    assert answer["X-Experience-API-Consistent-Through"] == "2026-11-23T08:59:55.000Z"


def test_a_head_is_a_get_without_its_body(lms, course) -> None:
    document = said(course.activity_id)
    lms("POST", data=document)

    for path in ("/xapi/statements", f"/xapi/statements?statementId={document['id']}"):
        head, whole = lms("HEAD", path), lms("GET", path)
        assert (head.status_code, head.content) == (200, b"")
        named = ("Content-Type", "Last-Modified", VERSION)
        assert [head.get(one) for one in named] == [whole.get(one) for one in named]
    assert lms("HEAD", f"/xapi/statements?statementId={uuid.uuid4()}").status_code == 404


def test_the_wish_for_fewer_words_is_heard(lms, course) -> None:
    verb = {"id": "http://adlnet.gov/expapi/verbs/passed", "display": {"en-US": "passed", "fr": "a réussi"}}
    names = {"name": {"en": "Social", "fr-FR": "Réseaux"}}
    document = said(course.activity_id, object={"id": course.activity_id, "definition": names}) | {
        "verb": verb
    }
    document["actor"]["name"] = "Ana"
    lms("POST", data=document)

    def told(asked: str, **headers: str) -> dict[str, Any]:
        single = lms("GET", f"/xapi/statements?statementId={document['id']}&format={asked}", **headers)
        (listed,) = lms("GET", f"/xapi/statements?format={asked}", **headers).json()["statements"]
        assert single.json() == listed
        return listed

    ids = told("ids")
    assert (ids["actor"], ids["verb"], ids["object"]) == (
        {"mbox": document["actor"]["mbox"]}, {"id": verb["id"]}, {"id": course.activity_id},
    )  # fmt: skip
    assert told("exact")["object"]["definition"] == names
    french = told("canonical", **{"Accept-Language": "fr-CA, en;q=0.5"})
    assert french["verb"]["display"] == {"fr": "a réussi"}
    assert french["object"]["definition"] == {"name": {"fr-FR": "Réseaux"}}
    assert french["actor"] == document["actor"]
    assert told("canonical")["verb"]["display"] == {"en-US": "passed"}
    assert told("canonical", **{"Accept-Language": "x" * 900})["verb"]["display"] == {"en-US": "passed"}
    varied = lms("GET", "/xapi/statements?format=canonical")["Vary"]
    assert "Accept-Language" in varied
    assert "Authorization" in varied


@pytest.mark.parametrize("ascending", ["true", "false"])
def test_what_is_stored_meanwhile_is_told_once_and_hides_nothing(lms, course, ascending) -> None:
    moments = iter(range(30))

    def send() -> str:
        with time_machine.travel(f"2026-11-23T09:00:{next(moments):02d}+00:00", tick=False):
            return lms(
                "POST", data=said(course.activity_id, timestamp=f"2026-11-{len(sent) + 1:02d}T09:30:00Z")
            ).json()[0]

    sent: list[str] = []
    sent += [send() for _n in range(6)]
    path, seen = f"/xapi/statements?limit=2&ascending={ascending}", []
    while path:
        page = lms("GET", path).json()
        seen += [one["id"] for one in page["statements"]]
        path = page["more"]
        if len(sent) < 9:
            sent.append(send())

    # The latest first: what came later than the first page is for the next question. The earliest first: it follows.
    assert seen == (sent if ascending == "true" else sent[:6][::-1])


@pytest.mark.parametrize("ascending", ["true", "false"])
def test_more_leads_through_all_of_them_once(lms, course, ascending) -> None:
    documents = [said(course.activity_id, timestamp=f"2026-11-{1 + n:02d}T09:30:00Z") for n in range(7)]
    lms("POST", data=documents)
    path, seen = f"/xapi/statements?limit=3&ascending={ascending}", []
    while path:
        page = lms("GET", path).json()
        seen += [one["id"] for one in page["statements"]]
        path = page["more"]

    expected = [one["id"] for one in documents]
    assert seen == (expected if ascending == "true" else expected[::-1])


def test_what_is_voided_is_told_only_when_asked_for(lms, course) -> None:
    document = said(course.activity_id)
    lms("POST", data=document)
    lms("POST", data=void(document["id"]))

    assert lms("GET", f"/xapi/statements?statementId={document['id']}").status_code == 404
    assert lms("GET", f"/xapi/statements?voidedStatementId={document['id']}").json()["id"] == document["id"]
    assert document["id"] not in [one["id"] for one in lms("GET").json()["statements"]]


def test_a_page_asks_the_same_for_one_and_for_three(lms, course, django_assert_num_queries) -> None:
    for day in (1, 2, 3):
        lms("POST", data=said(course.activity_id, timestamp=f"2026-11-0{day}T09:30:00Z"))
        with django_assert_num_queries(2):
            assert len(lms("GET").json()["statements"]) == day


def test_another_line_sees_nothing(lms, token_of, course) -> None:
    document = said(course.activity_id)
    lms("POST", data=document)
    other = LearningSystem(token_of(LineFactory(code="US"), "read", "training:write").secret)

    assert other("GET").json()["statements"] == []
    assert other("GET", f"/xapi/statements?statementId={document['id']}").status_code == 404


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        ("", 401),
        ("Basic", 401),
        ("Basic eA==", 401),
        ("Basic !!!", 401),
        ("Basic a2V5OmNvZV9hX2I=", 401),
        ("Bearer coe_a_b", 401),
    ],
)
def test_without_a_token_nobody_comes_in(lms, authorization, status) -> None:
    answer = lms("POST", data={}, Authorization=authorization)

    assert answer.status_code == status
    assert answer["WWW-Authenticate"].startswith("Basic ")


def test_a_token_without_the_scope_may_read_and_not_write(token_of, line, course) -> None:
    reader = LearningSystem(token_of(line, "read").secret)

    assert reader("GET").status_code == 200
    assert reader("POST", data=said(course.activity_id)).status_code == 403
    assert Statement.objects.count() == 0


def test_a_bearer_token_does_as_well(token_of, line, course) -> None:
    lms = LearningSystem("unused")
    lms.headers["Authorization"] = f"Bearer {token_of(line, 'read', 'training:write').secret}"

    assert lms("POST", data=said(course.activity_id)).status_code == 200


def test_the_old_form_with_a_method_is_refused(lms) -> None:
    answer = lms("POST", "/xapi/statements?method=PUT", data={})

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "method")
