"""The pages on which a hub says what must be learned: before one gets into an account, and with a policy."""

import pytest

from coe.models import ChangeEvent
from governance.models import AccessRule, PolicyCourse
from governance.services.access_rules import make_rule
from tests.factories import AT, PlatformFactory
from tests.governance.world import BY, published
from tests.plugins.pages import auditor, hub, lead, log_in, tree
from tests.training.world import taught

__all__ = ["auditor", "hub", "lead", "log_in", "tree"]
pytestmark = pytest.mark.django_db


def test_a_hub_makes_and_ends_a_rule_and_everybody_reads_it(hub, lead):
    course = taught().course
    x = PlatformFactory(code="x")
    form = {"level": "publisher", "course": "FND", "platform": "x", "tier": "1", "why": "Asked by security"}

    assert "No level needs a course yet" in lead.get("/access/rules/").content.decode()
    assert hub.post("/access/rules/new/", form)["Location"] == "/access/rules/"
    rule = AccessRule.objects.get()
    assert (rule.level, rule.course, rule.platform, rule.tier) == ("publisher", course, x, 1)
    assert ChangeEvent.objects.get(action="access_rule.made").why == "Asked by security"

    twice = hub.post("/access/rules/new/", form)
    assert (twice.status_code, "needs this course already" in twice.content.decode()) == (422, True)
    shown = lead.get("/access/rules/").content.decode()
    assert ("FND" in shown, "Tier 1" in shown, "/end/" in shown) == (True, True, False)
    end = f"/access/rules/{rule.public_id}/end/"
    assert end in hub.get("/access/rules/").content.decode()
    hub.post(end, {"reason": "No longer asked"})
    rule.refresh_from_db()
    assert rule.ended_at is not None
    assert ChangeEvent.objects.get(action="access_rule.ended").why == "No longer asked"
    again = hub.post(end, {}, follow=True).content.decode()
    assert "This rule has ended already." in again


@pytest.mark.parametrize(
    "wrong", [{"level": "nonsense"}, {"course": "NONE"}, {"platform": "nope"}, {"tier": "9"}, {"course": ""}]
)
def test_a_wrong_rule_is_told_beside_its_field(hub, wrong):
    taught()
    form = {"level": "publisher", "course": "FND", "platform": "", "tier": ""}

    answer = hub.post("/access/rules/new/", form | wrong)

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, list(wrong))
    assert not AccessRule.objects.exists()


def test_only_the_hub_writes_rules(lead):
    rule = make_rule(level="publisher", course=taught().course, by=BY, at=AT)

    form = {"level": "admin", "course": "FND"}
    assert lead.get("/access/rules/new/").status_code == 403
    assert lead.post("/access/rules/new/", form).status_code == 403
    assert lead.post(f"/access/rules/{rule.public_id}/end/").status_code == 403
    assert list(AccessRule.objects.values_list("level", "ended_at")) == [("publisher", None)]


def test_the_list_of_rules_asks_the_same_for_one_and_three(hub, django_assert_num_queries):
    course = taught().course
    hub.get("/access/rules/")
    for number, level in enumerate(("admin", "publisher", "analyst"), 1):
        make_rule(level=level, course=course, by=BY, at=AT)
        if number in (1, 3):
            with django_assert_num_queries(4):
                page = hub.get("/access/rules/").content.decode()
            assert page.count('<th scope="row">') == number


def test_the_page_of_a_policy_says_and_changes_which_course_teaches_it(hub, lead):
    policy, course = published().policy, taught().course
    page, act = f"/policies/{policy.code}/", f"/policies/{policy.code}/act/"

    assert "No course teaches it yet." in hub.get(page).content.decode()
    wrong = hub.post(act, {"action": "teach", "course": "NONE"}, follow=True).content.decode()
    assert ("Choose a course that is offered." in wrong, PolicyCourse.objects.count()) == (True, 0)
    hub.post(act, {"action": "teach", "course": "FND"})
    row = PolicyCourse.objects.get()
    assert (row.policy, row.course, row.ended_at) == (policy, course, None)
    assert 'value="teach"' not in hub.get(page).content.decode(), "there is no other course"
    assert lead.post(act, {"action": "stop_teaching", "course": row.public_id}).status_code == 403
    assert hub.post(act, {"action": "stop_teaching", "course": "nonsense"}).status_code == 404
    row.refresh_from_db()
    assert row.ended_at is None

    hub.post(act, {"action": "stop_teaching", "course": row.public_id})
    row.refresh_from_db()
    assert row.ended_at is not None
