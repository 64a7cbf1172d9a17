"""Discovery through its doors: report, judge, take down, take in, evidence, lists, API."""

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from coe.enums.roles import Role
from coe.models import SocialAccount
from coe.services.platforms import ensure_platforms
from governance.models import DiscoverySweep, Finding, FindingEvidence
from tests.factories import AT, AccountFactory
from tests.governance.custody.test_discovery import PNG, found, judged
from tests.governance.custody.world import BY
from tests.plugins.api import call, hub_call, line_tree, token_of
from tests.plugins.pages import hub, lead, log_in, tree

__all__ = ["call", "hub", "hub_call", "lead", "line_tree", "log_in", "token_of", "tree"]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _the_hour_stands(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def x(db):
    """The platform, by the shipped rules."""
    return ensure_platforms(by=BY, at=AT)["x"]


def test_a_lead_reports_and_the_hub_judges_takes_down_and_takes_in(tree, hub, lead, log_in, x):
    ours = AccountFactory(platform=x, handle="acme", line=tree.foods)
    known = lead.post("/discovery/report/", {"url": "https://x.com/acme", "line": "FDE"})
    assert (known.status_code, ours.get_absolute_url() in known.content.decode()) == (422, True)
    path = lead.post(
        "/discovery/report/", {"url": "https://x.com/fake", "line": "FDE", "description": "Logo"}
    )["Location"]
    row = Finding.objects.get()
    assert (row.found_by, row.line, row.get_absolute_url()) == (lead.user, tree.foods, path)

    picture = SimpleUploadedFile("shot.html", PNG, content_type="text/html")
    assert lead.post(f"{path}evidence/", {"file": picture, "text": "Top"}).status_code == 302
    bad = lead.post(f"{path}evidence/", {"file": SimpleUploadedFile("a.png", b"<script>")})
    assert (bad.status_code, FindingEvidence.objects.count()) == (422, 1)
    file = FindingEvidence.objects.get()
    answer = lead.get(f"{path}evidence/{file.public_id}/")
    assert (answer["Content-Type"], answer["Content-Disposition"], answer["X-Content-Type-Options"]) == (
        "image/png", 'attachment; filename="shot.html"', "nosniff",
    )  # fmt: skip
    assert answer.content == PNG
    stranger = log_in(Role.LINE_LEAD, tree.america)
    assert stranger.get(f"{path}evidence/{file.public_id}/").status_code == 404
    for step in ("judge", "act", "adopt"):
        assert (
            lead.post(f"{path}{step}/", {}).status_code,
            stranger.post(f"{path}{step}/", {}).status_code,
        ) == (403, 404)

    judgement = {
        "kind": "impostor",
        "judgement": "Asks for passwords",
        "line": "FDE",
        "revision": row.revision,
    }
    assert hub.post(f"{path}judge/", {**judgement, "judgement": ""}).status_code == 422
    assert hub.post(f"{path}judge/", judgement).status_code == 302
    assert hub.post(f"{path}judge/", judgement).status_code == 422
    assert "Take it into the register" not in hub.get(path).content.decode()
    hub.post(f"{path}act/", {"action": "take_down", "reference": "C-1", "ask_again_on": "2026-03-20"})
    hub.post(f"{path}act/", {"action": "taken_down"})
    row.refresh_from_db()
    assert (row.state, row.takedown_reference) == ("taken_down", "C-1")
    told = hub.get("/verify/?url=https://x.com/fake").content.decode()
    assert "this is a known impostor" in told

    rogue = judged(found("shop"), kind="rogue")
    page = f"{rogue.get_absolute_url()}adopt/"
    assert hub.post(page, {"account": "nobody"}).status_code == 422
    taken = hub.post(page, {"line": "US"})
    made = SocialAccount.objects.get(handle_key="shop")
    assert (taken["Location"], made.state, made.line) == (made.get_absolute_url(), "requested", tree.america)


def test_lists_and_a_sweep(tree, hub, lead, x, django_assert_num_queries):
    path = hub.post("/discovery/sweeps/new/", {"name": "Spring", "platforms": ["x"]})["Location"]
    sweep = DiscoverySweep.objects.get()
    lead.get("/discovery/")
    for number in (1, 2, 3):
        found(f"fake{number}", line=tree.foods, sweep=sweep)
        with django_assert_num_queries(8):
            assert lead.get("/discovery/").content.decode().count('scope="row"') == number
    found("unseen")
    judged(found("gone"), kind="protest")

    assert "unseen" not in lead.get("/discovery/?state=any").content.decode()
    assert hub.get("/discovery/").context["table"].total == 4
    assert hub.get("/discovery/?state=any&kind=protest&q=@GON&platform=x").context["table"].total == 1
    assert lead.get(path).status_code == 404
    assert "fake3" in hub.get(path).content.decode()
    assert "Say what was found" in hub.post(f"{path}end/", {"summary": ""}, follow=True).content.decode()
    hub.post(f"{path}end/", {"summary": "Three"})
    assert "Three" in hub.get(path).content.decode()
    assert "Spring" in hub.get("/discovery/sweeps/").content.decode()
    groups = hub.get("/search/?q=fake2").context["groups"]
    assert [[hit.title for hit in group["hits"]] for group in groups] == [["fake2"]]
    file = b"".join(hub.get("/discovery/export/?state=any").streaming_content).decode()
    assert file.count("\n") == 6


def test_the_api_reports_for_its_line_and_the_hub_does_the_rest(call, hub_call, line_tree, x):
    made = call.post("/api/v1/findings/", {"url": "https://x.com/fake"})
    assert (made.status_code, made.json()["line"]["code"], made.json()["state"]) == (201, "EU", "new")
    again = call.post("/api/v1/findings/", [{"url": "https://x.com/new"}, {"url": "https://x.com/FAKE"}])
    assert (again.status_code, Finding.objects.count()) == (409, 1)
    path = made.json()["url"]
    assert call.post(f"{path}judge/", {"kind": "impostor", "judgement": "x"}).status_code == 403
    assert hub_call.post(f"{path}judge/", {"kind": "unknown", "judgement": "x"}).status_code == 422
    judged_ = hub_call.post(
        f"{path}judge/", {"kind": "rogue", "judgement": "Own shop", "assignee": "hanna@example.com"}
    )
    assert (judged_.json()["state"], judged_.json()["assignee"]["email"]) == ("triaged", "hanna@example.com")
    past = {"action": "take_down", "ask_again_at": "2026-01-01T00:00:00Z"}
    assert hub_call.post(f"{path}transition/", past).status_code == 422
    assert hub_call.post(f"{path}transition/", {"action": "taken_down"}).status_code == 409
    taken = hub_call.post(f"{path}adopt/", {"line": "FDE"})
    assert (taken.status_code, taken.json()["account"]["display"]) == (200, "fake")
    assert call.post(f"{path}evidence/", {"text": "Seen"}).status_code == 201
    assert call.post(f"{path}evidence/", {"url": "javascript:x"}).status_code == 422
    assert call.get(f"{path}evidence/").json()["count"] == 1

    assert call.post("/api/v1/sweeps/", {"name": "x"}).status_code == 403
    assert hub_call.post("/api/v1/sweeps/", {"name": "x", "platforms": ["nowhere"]}).status_code == 422
    sweep = hub_call.post("/api/v1/sweeps/", {"name": "Spring", "platforms": ["x"]}).json()
    assert (sweep["platforms"], sweep["findings"]) == (["x"], {"found": 0, "open": 0})
    assert hub_call.post(f"{sweep['url']}end/", {}).status_code == 422
    assert hub_call.post(f"{sweep['url']}end/", {"summary": "Nothing"}).json()["state"] == "completed"
    assert call.get("/api/v1/verify/?url=https://x.com/fake").json()["verdict"] == "not_live"
