"""Whom and what the filters of xAPI find beyond a statement's own actor and object, and what is too long to be found."""

import json

import pytest

from tests.plugins.api import token_of
from tests.training.api.test_xapi import course, line, lms
from tests.training.services.test_statements import said
from training.models import Statement

__all__ = ["course", "line", "lms", "token_of"]
pytestmark = pytest.mark.django_db


def test_agents_and_activities_are_found_wherever_the_specification_looks(lms) -> None:
    """Communication 2.1.3: actor, object and members of groups; broadly also authority, instructor, team and a SubStatement's."""

    def agent(name: str) -> dict[str, str]:
        return {"objectType": "Agent", "mbox": f"mailto:{name}@example.com"}

    def group(name: str) -> dict[str, object]:
        return {"objectType": "Group", "name": "Group", "member": [agent(name)]}

    course, other = "https://lms.example.com/course", "https://lms.example.com/other"
    inner = {
        "objectType": "SubStatement", "actor": agent("sub"), "verb": {"id": "https://x.example.com/v"}, "object": {"id": other},
        "context": {"instructor": agent("subteacher"), "contextActivities": {"category": [{"id": course}]}},
    }  # fmt: skip
    sent = {
        "acts": said(course, email="ana@example.com"),
        "member": said("https://lms.example.com/2", actor={**group("ana"), "mbox": "mailto:team@example.com"}),
        "object": {**said("https://lms.example.com/3", email="ben@example.com"), "object": agent("ana")},
        "taught": said("https://lms.example.com/4", email="ben@example.com", context={
            "instructor": agent("ana"), "team": group("crew"), "contextActivities": {"parent": {"id": course}},
        }),
        "sub": {**said("https://lms.example.com/5", email="ben@example.com"), "object": inner},
    }  # fmt: skip
    answer = lms("POST", data=list(sent.values()))
    assert answer.status_code == 200, answer.json()
    names = {one["id"]: name for name, one in sent.items()}

    def found(**query: str) -> list[str]:
        answer = lms.client.get("/xapi/statements", query, headers=lms.headers)
        return sorted(names[one["id"]] for one in answer.json()["statements"])

    def by(name: str, **query: str) -> list[str]:
        return found(agent=json.dumps({"mbox": f"mailto:{name}@example.com"}), **query)

    broad = {"related_agents": "true"}
    assert (by("ana"), by("ana", **broad)) == (
        ["acts", "member", "object"],
        ["acts", "member", "object", "taught"],
    )
    assert [(by(name), by(name, **broad)) for name in ("team", "crew", "sub", "subteacher", "nobody")] == [
        (["member"], ["member"]), ([], ["taught"]), ([], ["sub"]), ([], ["sub"]), ([], []),
    ]  # fmt: skip
    authority = Statement.objects.get(statement_id=sent["acts"]["id"]).document["authority"]["account"]
    ours = json.dumps({"account": authority})
    assert (found(agent=ours), found(agent=ours, **broad)) == ([], sorted(sent))
    assert (found(activity=course), found(activity=course, related_activities="true")) == (
        ["acts"], ["acts", "sub", "taught"],
    )  # fmt: skip
    assert (found(activity=other), found(activity=other, related_activities="true")) == ([], ["sub"])


def test_an_identifier_that_cannot_be_kept_whole_is_refused(lms) -> None:
    long = {"homePage": "https://lms.example.com", "name": "x" * 600}
    sent = [
        said("https://lms.example.com/1"),
        said(f"https://lms.example.com/{'a' * 500}"),
        said("https://lms.example.com/2", verb=f"https://lms.example.com/{'v' * 500}"),
        said("https://lms.example.com/3", actor={"account": long}),
        said("https://lms.example.com/4", context={"instructor": {"objectType": "Agent", "account": long}}),
    ]

    answer = lms("POST", data=sent)

    assert (answer.status_code, [(one["pointer"], one["code"]) for one in answer.json()["errors"]]) == (
        400, [(place, "too_long") for place in ("/1/object/id", "/2/verb/id", "/3/actor", "/4")],
    )  # fmt: skip
    assert not Statement.objects.exists()
