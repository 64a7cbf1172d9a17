"""Policies over the API: the whole life with every convention, and the same refusals as on the pages."""

import pytest

from coe.enums.roles import Role
from coe.rules.principals import actor_of
from governance.models import Policy, PolicyVersion
from governance.selectors.audience import Rule
from governance.services.audience import set_audience
from governance.services.reviews import decide_review
from governance.services.versions import draft_version
from tests.factories import RoleFactory, UserFactory
from tests.governance.world import BY, drafted, policy, published
from tests.plugins.api import call, hub_call, line_tree, token_of

__all__ = ["call", "hub_call", "line_tree", "token_of"]
pytestmark = pytest.mark.django_db
CARE = {
    "code": "Care",
    "type": "moderation",
    "titles": {"en": "Care", "fr": "Relation"},
    "owner": "hanna@example.com",
}
URL = "/api/v1/policies/care/"
V1 = f"{URL}versions/1.0/"


def problems(answer):
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


def test_a_policy_lives_over_the_api_as_on_the_pages(hub_call, call):
    made = hub_call.post("/api/v1/policies/", CARE)
    late = hub_call.patch(URL, {"quorum": 2}, If_Match='"9-x"')
    wrong = hub_call.post("/api/v1/policies/", {**CARE, "code": "x", "review_months": 99})
    draft = hub_call.post(f"{URL}versions/")
    second = hub_call.post(f"{URL}versions/")
    script = hub_call.patch(V1, {"texts": {"en": "<script>x</script>"}})
    edited = hub_call.patch(V1, {"texts": {"en": "Be kind.", "fr": "Soyez aimable."}}, If_Match=draft["ETag"])
    assert [one.status_code for one in (made, late, wrong, draft, second, script, edited)] == [
        201,
        412,
        422,
        201,
        409,
        422,
        200,
    ]
    assert (made["Location"], draft["Location"], problems(wrong)) == (
        URL,
        V1,
        [("/review_months", "out_of_range")],
    )

    reviewer = RoleFactory(user=UserFactory(email="ren@example.com"), role=Role.AUDITOR).user
    own = hub_call.post(f"{V1}submit/", {"reviewers": ["hanna@example.com"]})
    nobody = hub_call.post(f"{V1}submit/", {"reviewers": ["nobody@example.com"]})
    sent = hub_call.post(f"{V1}submit/", {"reviewers": ["ren@example.com"]})
    mine = hub_call.post(f"{V1}review/", {"outcome": "approved", "sha256": sent.json()["sha256"]})
    assert [one.status_code for one in (own, nobody, sent, mine)] == [422, 422, 200, 403]
    assert PolicyVersion.objects.get().state == "in_review"
    version = PolicyVersion.objects.get()
    decide_review(
        version, outcome="approved", sha256=version.sha256, by=actor_of(reviewer), at=version.submitted_at
    )

    set_audience(Policy.objects.get(), rules=[Rule()], by=BY, at=version.submitted_at)
    dry = hub_call.post(f"{V1}publish/", {"dry_run": True})
    blind = hub_call.post(f"{V1}publish/", {})
    assert (dry.json()["acknowledgements_voided"], blind.status_code) == (0, 409)
    assert PolicyVersion.objects.get().state == "approved"
    done = hub_call.post(f"{V1}publish/", {"confirm": dry.json()["confirm"]})
    twice = hub_call.post(f"{V1}publish/", {"confirm": dry.json()["confirm"]})
    assert (done.status_code, done.json()["state"], twice.status_code) == (200, "published", 409)
    assert [row["outcome"] for row in done.json()["reviews"]] == ["approved"]
    assert hub_call.get(URL).json()["version"]["number"] == "1.0"
    renewed = hub_call.post(f"{URL}renew/", {"change_message": "Read it"})
    gone = hub_call("DELETE", URL, {"change_message": "Merged"})
    assert (renewed.status_code, gone.json()["archived_at"] is None, call.get(URL).status_code) == (
        200,
        False,
        200,
    )
    assert hub_call.post(f"{URL}restore/").json()["archived_at"] is None


def test_drafts_are_told_to_nobody_else_and_changes_to_everybody(call, hub_call):
    first = published("open", texts={"en": "One word"})
    drafted(policy("care"))
    draft_version(first.policy, by=BY, at=first.published_at)

    assert [row["code"] for row in call.get("/api/v1/policies/").json()["results"]] == ["open"]
    assert [
        call.get(path).status_code
        for path in (URL, V1, f"{URL}versions/", "/api/v1/policies/open/versions/2.0/")
    ] == [404] * 4
    assert [row["number"] for row in call.get("/api/v1/policies/open/versions/").json()["results"]] == ["1.0"]
    assert [row["number"] for row in hub_call.get("/api/v1/policies/open/versions/").json()["results"]] == [
        "2.0",
        "1.0",
    ]
    hub_call.patch("/api/v1/policies/open/versions/2.0/", {"texts": {"en": "Two words"}})
    told = hub_call.get("/api/v1/policies/open/versions/2.0/changes/?from=1.0").json()["en"]
    assert [(one["kind"], one["text"]) for one in told] == [
        ("removed", "One"), ("added", "Two"), ("same", " "), ("removed", "word"), ("added", "words"), ("same", "\n"),
    ]  # fmt: skip
    assert call.post("/api/v1/policies/", CARE).status_code == 403
    assert Policy.objects.count() == 2
