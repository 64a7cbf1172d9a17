"""The audience of a policy on its page and over the API; and that publishing, archiving and restoring follow it."""

import pytest
import time_machine

from coe.enums.roles import Role
from coe.errors import Invalid
from governance.models import AudienceRule, PolicyDue, PolicyVersion
from governance.services.audience import keep_audiences, tell_audiences
from governance.services.policies import archive_policy, restore_policy
from governance.services.publishing import publish_policy
from tests.factories import PlatformFactory
from tests.governance.world import BY, approved, drafted, policy
from tests.plugins.pages import hub, lead, log_in, tree

__all__ = ["hub", "lead", "log_in", "tree"]
pytestmark = pytest.mark.django_db


def keys():
    return sorted(AudienceRule.objects.values_list("key", flat=True))


def test_rules_are_seen_before_they_are_saved_and_bind_what_is_published(hub, lead, log_in, tree, at) -> None:
    ada = log_in(Role.VIEWER, tree.foods, name="Ada").user
    PlatformFactory(code="video")
    one = policy()
    page, api = f"/policies/{one.code}/audience/", f"/api/v1/policies/{one.code}/audience/"
    form = {"0-use": "on", "0-role": "viewer", "0-line": "EU", "1-role": "auditor"}
    with time_machine.travel(at, tick=False):
        assert [lead.get(page).status_code, lead.get(api).status_code] == [403, 403]
        assert hub.get(page).context["seen"].total > 1
        seen = hub.post(page, {**form, "action": "preview"})
        assert (seen.context["seen"].total, [one.name for one in seen.context["page"]], keys()) == (
            1,
            ["Ada"],
            ["||"],
        )
        assert hub.post(page, {**form, "0-line": "NOWHERE", "action": "save"}).status_code == 422
        assert hub.post(page, {**form, "action": "save"}).status_code == 302
        assert keys() == [f"viewer|{tree.europe.pk}|"]

        def put(rules):
            return hub.put(api, {"rules": rules}, content_type="application/json")

        for wrong in (
            [{"role": "emperor"}],
            [{"line": "NOWHERE"}],
            [{"platform": "x\x00"}],
            [7],
            [{"place": "EU"}],
        ):
            assert put(wrong).status_code == 422
        assert keys() == [f"viewer|{tree.europe.pk}|"]
        told = put([{"platform": "video"}]).json()
        assert (told["rules"], told["people"]) == ([{"role": None, "line": None, "platform": "video"}], 0)

        ready = approved(drafted(one))
        with pytest.raises(Invalid, match="matches nobody"):
            publish_policy(ready, by=BY, at=at)
        assert PolicyVersion.objects.get().state == "approved"
        told = put([{"role": "viewer", "line": "EU"}, {"platform": "video"}]).json()
        assert (told["people"], told["by_line"], told["by_role"]) == (
            1, [{"line": "FDE", "people": 1}], [{"role": "viewer", "people": 1}],
        )  # fmt: skip
        made = publish_policy(ready, by=BY, at=at)
    assert (made.audience_total, tell_audiences(at=at)) == (1, 1)
    one.refresh_from_db()
    archive_policy(one, by=BY, at=at, why="Over")
    restore_policy(one, by=BY, at=at)
    assert keep_audiences(at=at, policy_id=one.pk) == 1
    rows = PolicyDue.objects.order_by("id").values_list("person__name", "ended", "cause")
    assert list(rows) == [(ada.name, "archived", "published"), (ada.name, "", "audience")]
