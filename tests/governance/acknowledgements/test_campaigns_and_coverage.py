"""Rounds by their clock, coverage by line, role and policy down to people, and both as files; what a reader may see of each."""

import pytest
import time_machine

from coe.engine.ticking import tick
from coe.enums.roles import Role
from coe.errors import Invalid, WrongState
from coe.models import ChangeEvent, Timer
from coe.registries import export_kinds
from coe.rules.principals import Principal, principal_of
from governance.models import AcknowledgementCampaign, PolicyDue
from governance.selectors.policy_coverage import (
    Cell,
    campaign_by_line,
    campaign_progress,
    coverage_by_line,
    coverage_by_role,
)
from governance.services.acknowledgement_campaigns import begin_campaign, cancel_campaign, plan_campaign
from governance.services.acknowledging import accept_policy, decline_policy
from governance.services.audience import keep_audiences, open_publication, tell_audiences
from governance.tasks import tell_campaign
from tests.factories import RoleFactory, UserFactory
from tests.governance.acknowledgements.world import BY, DAY, binds, me, policy, shown, version
from tests.plugins.pages import hub, lead, log_in, tree

__all__ = ["hub", "lead", "log_in", "tree"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def told(tree, at):
    """Ada accepted, Ben declined, Cal is late, all of Foods; Uma of the Americas has time."""
    people = {}
    for name, line in (("Ada", tree.foods), ("Ben", tree.foods), ("Cal", tree.foods), ("Uma", tree.america)):
        people[name] = UserFactory(name=name, email=f"{name.lower()}@example.com")
        RoleFactory(user=people[name], role=Role.VIEWER, line=line)
    start, one = at - 40 * DAY, policy(grace_days=30)
    binds(one, role=Role.VIEWER)
    made = open_publication(version(one, at=start), by=BY, at=start)
    tell_audiences(at=start)
    PolicyDue.objects.filter(person=people["Uma"]).update(due_at=at + DAY)
    accept_policy(made, person=people["Ada"], shown=shown(made), by=me(people["Ada"]), at=at - DAY)
    decline_policy(
        made, person=people["Ben"], shown=shown(made), reason="No", by=me(people["Ben"]), at=at - DAY
    )
    return made, people


def test_coverage_by_line_and_role_down_to_people_and_as_files(told, tree, hub, lead, log_in, at) -> None:
    made, _people = told
    one = made.policy_id
    all_of_it, foods = Cell(4, 1, 1, 1), Cell(3, 1, 1, 1)

    whole = Principal.system()
    assert coverage_by_line(whole, at=at) == {
        (None, one): all_of_it, (tree.europe.pk, one): foods, (tree.foods.pk, one): foods,
        (tree.america.pk, one): Cell(1, 0, 0, 0),
    }  # fmt: skip
    assert coverage_by_role(whole, at=at) == {("viewer", one): all_of_it}
    lena = principal_of(lead.user, at)
    assert coverage_by_line(lena, at=at) == {(tree.europe.pk, one): foods, (tree.foods.pk, one): foods}
    assert coverage_by_role(lena, at=at) == {("viewer", one): foods}

    ada = log_in(name="Eve")
    RoleFactory(user=ada.user, role=Role.COMMUNITY_MANAGER, line=tree.foods)
    with time_machine.travel(at, tick=False):
        page = hub.get("/policies/coverage/")
        assert page.context["whole"] == [(made.policy, all_of_it)]
        cell = lead.get("/policies/coverage/conduct/EU/")
        assert [(row.person.name, row.answer) for row in cell.context["page"].object_list] == [
            ("Cal", ""), ("Ben", "declined"), ("Ada", "accepted"),
        ]  # fmt: skip
        assert [lead.get(f"/policies/coverage/conduct/{line}/").status_code for line in ("US", "all")] == [
            404,
            404,
        ]
        assert ada.get("/policies/coverage/").status_code == 200
        assert ada.get("/policies/coverage/conduct/FDE/").status_code == 403
        assert hub.get("/policies/coverage/conduct/all/?role=viewer").context["page"].paginator.count == 4
        assert hub.get("/policies/coverage/conduct/all/?role=emperor").status_code == 404

        columns, rows = export_kinds["policy-coverage"](lena, None)
        assert list(rows) == [
            ("EU", "Europe", "conduct", 3, 1, 1, 1),
            ("FDE", tree.foods.name, "conduct", 3, 1, 1, 1),
        ]
        columns, rows = export_kinds["acknowledgements"](lena, None)
        told_of = [dict(zip(columns, row, strict=True)) for row in rows]
    assert [(row["email"], row["version"], row["answer"], row["reason"]) for row in told_of] == [
        ("ada@example.com", "1.0", "accepted", ""), ("ben@example.com", "1.0", "declined", "No"),
    ]  # fmt: skip


def test_a_repeated_round_asks_again_by_its_clock_and_is_called_off(told, tree, hub, lead, at) -> None:
    made, people = told
    with time_machine.travel(at, tick=False):
        form = {"name": "Yearly", "policies": ["conduct"], "line": "FDE", "is_repeated": "on"}
        bad = hub.post(
            "/policies/campaigns/new/", {**form, "starts_on": "2026-12-01", "due_on": "2026-11-30"}
        )
        assert (bad.status_code, bad.context["form"].errors.keys()) == (422, {"due_on"})
        assert lead.get("/policies/campaigns/new/").status_code == 403
        done = hub.post(
            "/policies/campaigns/new/", {**form, "starts_on": "2026-12-01", "due_on": "2026-12-15"}
        )
        assert done.status_code == 302
    row = AcknowledgementCampaign.objects.get()
    assert Timer.objects.filter(kind="policy.campaign").values_list("subject", "due_at").get() == (
        str(row.public_id),
        row.starts_at,
    )

    tick(at=row.starts_at)
    tell_campaign(campaign_id=row.pk)
    tell_campaign(campaign_id=row.pk)
    row.refresh_from_db()
    asked = PolicyDue.objects.filter(campaign=row).order_by("person__name")
    assert (row.state, list(asked.values_list("person__name", "cause", "due_at", "answer"))) == (
        "running", [(name, "campaign", row.due_at, "") for name in ("Ada", "Ben", "Cal")],
    )  # fmt: skip
    cal = people["Cal"]
    given = accept_policy(
        made, person=people["Ada"], shown=shown(made), by=me(people["Ada"]), at=row.starts_at + DAY
    )
    again = accept_policy(
        made, person=people["Ada"], shown=shown(made), by=me(people["Ada"]), at=row.starts_at + DAY
    )
    first = accept_policy(made, person=cal, shown=shown(made), by=me(cal), at=row.starts_at + DAY)
    assert (given, given.campaign, first.campaign) == (again, row, row)
    assert set(PolicyDue.objects.filter(person=cal).values_list("campaign", "answer")) == {
        (None, "accepted"), (row.pk, "accepted"),
    }  # fmt: skip
    whole = Principal.system()
    progress = campaign_progress(row, principal=whole)
    assert (progress.total, progress.answered) == (3, 2)
    lines = campaign_by_line(
        row, principal=principal_of(lead.user, at), lines=[tree.europe.pk, tree.foods.pk]
    )
    assert {pk: (one.total, one.answered) for pk, one in lines.items()} == {
        tree.europe.pk: (3, 2),
        tree.foods.pk: (3, 2),
    }
    with time_machine.travel(at, tick=False):
        page = lead.get(row.get_absolute_url())
        assert [(line.code, one and one.answered) for line, one in page.context["rows"]] == [("FDE", 2)]
        assert lead.post(f"{row.get_absolute_url()}cancel/", {"reason": "x"}).status_code == 403

        hub.post(f"{row.get_absolute_url()}cancel/", {"reason": ""})
        row.refresh_from_db()
        assert row.state == "running"
        hub.post(f"{row.get_absolute_url()}cancel/", {"reason": "Wrong year"})
    row.refresh_from_db()
    assert (row.state, set(asked.values_list("person__name", "ended", "answer"))) == (
        "cancelled", {("Ada", "", "accepted"), ("Ben", "campaign", ""), ("Cal", "", "accepted")},
    )  # fmt: skip
    with pytest.raises(WrongState):
        cancel_campaign(row, by=BY, at=row.due_at, why="Again")
    told_of = ChangeEvent.objects.filter(object_id=row.public_id).order_by("id").values_list("action", "why")
    assert list(told_of) == [
        ("acknowledgement_campaign.planned", ""), ("acknowledgement_campaign.running", ""),
        ("acknowledgement_campaign.cancelled", "Wrong year"),
    ]  # fmt: skip


def test_a_round_of_those_who_have_not_accepted_ends_by_its_clock(told, at) -> None:
    made, _people = told
    values = {
        "name": "Late ones",
        "policies": [made.policy],
        "starts_at": at,
        "due_at": at + 9 * DAY,
        "by": BY,
        "at": at,
    }
    quiet = policy("quiet")
    for wrong, field in (
        ({"name": " "}, "name"), ({"policies": []}, "policies"), ({"policies": [quiet]}, "policies"),
        ({"due_at": at - DAY}, "due_at"), ({"starts_at": at - 9 * DAY, "due_at": at - DAY}, "due_at"),
    ):  # fmt: skip
        with pytest.raises(Invalid) as refused:
            plan_campaign(**values | wrong)
        assert [problem.field for problem in refused.value.problems] == [field]
    assert not AcknowledgementCampaign.objects.exists()

    row = plan_campaign(**values)
    tick(at=at)
    assert keep_audiences(at=at) == 3  # what a lost call left behind, the sweep finds
    asked = PolicyDue.objects.filter(campaign=row).order_by("person__name")
    assert list(asked.values_list("person__name", flat=True)) == ["Ben", "Cal", "Uma"]
    tick(at=row.due_at)
    row.refresh_from_db()
    assert (row.state, asked.filter(until_at__isnull=True).count()) == ("ended", 3)


def test_a_round_that_was_begun_by_hand_ends_on_its_day_all_the_same(told, at) -> None:
    made, _people = told
    row = plan_campaign(
        name="Spring", policies=[made.policy], starts_at=at + DAY, due_at=at + 9 * DAY, by=BY, at=at
    )
    begin_campaign(row, by=BY, at=at)

    states = []
    for day in (1, 2, 9, 10):
        tick(at=at + day * DAY)
        states.append(AcknowledgementCampaign.objects.get().state)

    assert states == ["running", "running", "ended", "ended"]


@pytest.mark.parametrize(
    "page", ["/policies/", "/policies/mine/", "/policies/coverage/", "/policies/campaigns/"]
)
def test_every_section_of_policies_leads_to_every_other(hub, lead, page) -> None:
    told = {
        name: [tab["url"] for tab in client.get(page).context["tabs"]]
        for name, client in (("hub", hub), ("lead", lead))
    }

    for_all = ["/policies/", "/policies/mine/", "/policies/coverage/", "/policies/campaigns/"]
    assert told == {"hub": [*for_all, "/policies/library/"], "lead": for_all}
