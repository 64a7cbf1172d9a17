"""Whom a policy binds, and how a publication reaches them: in chunks, resumable, nothing doubled and nothing lost."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings, strategies as st

from coe.enums.accounts import AccountState
from coe.enums.roles import Role
from coe.errors import Invalid, WrongState
from coe.models import ChangeEvent, LineFact, Notice, OutboxMessage, RoleAssignment, SocialAccount, User
from coe.rules.principals import Principal
from coe.services.people import assign_role, deactivate_person, end_role
from governance.models import Acknowledgement, AudienceRule, Policy, PolicyDue, PolicyVersion
from governance.selectors.audience import (
    Rule,
    audience_of,
    memberships,
    preview,
    slots_in_force,
    voided_by,
    was_due,
)
from governance.services import due_rows
from governance.services.acknowledging import accept_policy
from governance.services.audience import keep_audiences, open_publication, set_audience, tell_audiences
from governance.tasks import keep_audiences as keep_task, tell_audience as tell_task
from tests.factories import AccountFactory, PlatformFactory, RoleFactory, UserFactory
from tests.governance.acknowledgements.world import BY, DAY, SINCE, binds, me, policy, shown, version
from tests.plugins.pages import tree

__all__ = ["tree"]

pytestmark = pytest.mark.django_db


def names(people) -> list[str]:
    return sorted(people.values_list("name", flat=True))


def owed(**fields) -> list[tuple]:
    rows = PolicyDue.objects.filter(**fields).order_by("person__name", "id")
    return list(
        rows.values_list("person__name", "version__major", "version__minor", "cause", "ended", "answer")
    )


def test_rules_add_up_over_role_line_and_platform(tree, at) -> None:
    lead = UserFactory(name="Lead")
    RoleFactory(user=lead, role=Role.LINE_LEAD, line=tree.europe)
    manager = UserFactory(name="Manager")
    RoleFactory(user=manager, role=Role.ACCOUNT_MANAGER, line=tree.foods)
    RoleFactory(user=manager, role=Role.VIEWER, line=tree.america)
    abroad = UserFactory(name="Abroad")
    RoleFactory(user=abroad, role=Role.ACCOUNT_MANAGER, line=tree.america)
    hub = UserFactory(name="Hub")
    RoleFactory(user=hub, role=Role.HUB_MEMBER, line=None)
    past = UserFactory(name="Past")
    RoleFactory(user=past, role=Role.ACCOUNT_MANAGER, line=tree.foods, valid_until=at - DAY)
    gone = UserFactory(name="Gone", is_active=False)
    RoleFactory(user=gone, role=Role.ACCOUNT_MANAGER, line=tree.foods)
    free = UserFactory(name="Free")
    video = PlatformFactory(code="video")
    AccountFactory(platform=video, line=tree.america, primary_owner=abroad)
    AccountFactory(platform=video, line=tree.america, backup_owner=free)
    AccountFactory(platform=video, line=tree.america, backup_owner=lead, state=AccountState.ARCHIVED)

    def bound(*rules: dict) -> list[str]:
        one = policy(f"p{Policy.objects.count()}")
        for rule in rules:
            binds(one, **rule)
        return names(audience_of(one, at))

    assert bound() == []
    assert bound({}) == ["Abroad", "Free", "Hub", "Lead", "Manager", "Past"]
    assert bound({"role": Role.ACCOUNT_MANAGER}) == ["Abroad", "Manager"]
    assert bound({"line": tree.europe}) == ["Lead", "Manager"]
    assert bound({"role": Role.VIEWER, "line": tree.europe}) == []
    assert bound({"platform": video}) == ["Abroad", "Free"]
    assert bound({"role": Role.ACCOUNT_MANAGER, "platform": video}) == ["Abroad"]
    assert bound({"role": Role.HUB_MEMBER}, {"line": tree.foods}) == ["Hub", "Manager"]
    assert bound({"role": Role.HUB_MEMBER}, {}) == ["Abroad", "Free", "Hub", "Lead", "Manager", "Past"]

    with CaptureQueriesContext(connection) as queries:
        seen = preview(
            [Rule(Role.HUB_MEMBER), Rule(line_id=tree.europe.pk)], principal=Principal.system(), at=at
        )
        told = (
            seen.total,
            [(line and line.code, n) for line, n in seen.by_line],
            seen.by_role,
            names(seen.people),
        )
    assert told == (
        3, [("EU", 1), ("FDE", 1), (None, 1)], [("account_manager", 1), ("hub_member", 1), ("line_lead", 1)],
        ["Hub", "Lead", "Manager"],
    )  # fmt: skip
    assert len(queries) == 4
    stranger = preview([Rule(line_id=tree.europe.pk)], principal=Principal.anonymous(), at=at)
    assert (stranger.total, names(stranger.people)) == (2, [])


_ROLES = (Role.LINE_LEAD, Role.VIEWER)


# Each example clears what the last one made.
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rules=st.lists(
        st.tuples(st.sampled_from(["", *_ROLES]), st.sampled_from([None, 0, 1, 2]), st.booleans()), max_size=4
    ),
    held=st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from(_ROLES), st.integers(0, 2)), max_size=8, unique=True
    ),
    runs=st.sets(st.integers(0, 3)),
)
def test_the_question_agrees_with_the_rule_as_it_is_told(tree, rules, held, runs) -> None:
    RoleAssignment.objects.all().delete()
    SocialAccount.objects.all().delete()
    AudienceRule.objects.all().delete()
    PolicyVersion.objects.all().delete()
    Policy.objects.all().delete()
    User.objects.all().delete()
    lines, people = [tree.europe, tree.foods, tree.america], [UserFactory() for _n in range(4)]
    below = {None: {0, 1, 2}, 0: {0, 1}, 1: {1}, 2: {2}}
    video = PlatformFactory(code="video")
    for person, role, line in held:
        RoleFactory(user=people[person], role=role, line=lines[line], valid_from=SINCE)
    for person in runs:
        AccountFactory(platform=video, line=tree.america, primary_owner=people[person])
    one = policy()
    for role, line, platform in set(rules):
        binds(
            one, role=role, line=None if line is None else lines[line], platform=video if platform else None
        )
    version(one)

    expected = {
        people[person].pk
        for person in range(4)
        for role, line, platform in rules
        if (not platform or person in runs)
        and (
            (not role and line is None)
            or any(
                who == person and (not role or role == has) and where in below[line]
                for who, has, where in held
            )
        )
    }
    assert set(audience_of(one, SINCE + DAY).values_list("pk", flat=True)) == expected
    found = list(memberships(slots_in_force(), SINCE + DAY, people=[person.pk for person in people]))
    assert sorted(member.person_id for _slot, member in found) == sorted(expected)


def test_a_publication_is_marked_at_once_and_told_by_the_worker_in_pieces(tree, at, monkeypatch) -> None:
    people = [UserFactory(name=f"P{n}", language="fr" if n == 1 else "en") for n in range(5)]
    for person in people:
        RoleFactory(user=person, role=Role.VIEWER, line=tree.foods)
    one = policy(grace_days=14)
    binds(one, role=Role.VIEWER, line=tree.europe)
    first = version(one, at=at)

    with CaptureQueriesContext(connection) as few:
        open_publication(first, by=BY, at=at)
    assert len([query for query in few if "SAVEPOINT" not in query["sql"]]) == 3
    assert (first.audience_total, first.audience_done, PolicyDue.objects.count()) == (5, 0, 0)

    # The worker dies in its second piece: the first stays, the rest is found again.
    real, calls = due_rows._tell, []

    def dying(*args, **kwargs):
        calls.append(1)
        if len(calls) == 2:
            raise SystemExit("killed")
        return real(*args, **kwargs)

    monkeypatch.setattr(due_rows, "_tell", dying)
    with pytest.raises(SystemExit):
        tell_audiences(at=at, chunk=2)
    first.refresh_from_db()
    assert (first.audience_total, first.audience_done, first.told_at) == (5, 2, None)
    assert PolicyDue.objects.count() == Notice.objects.count() == 2
    monkeypatch.setattr(due_rows, "_tell", real)

    assert tell_audiences(at=at + DAY, chunk=2) == 3
    tell_task(version_id=first.pk)
    tell_task()
    keep_task()

    first.refresh_from_db()
    assert (first.audience_total, first.audience_done, first.told_at) == (5, 5, at + DAY)
    assert owed() == [(f"P{n}", 1, 0, "published", "", "") for n in range(5)]
    rows = PolicyDue.objects.values_list("from_at", "due_at", "role", "line__code").order_by().distinct()
    assert list(rows) == [(at, at + 14 * DAY, "viewer", "FDE")]
    notices = Notice.objects.order_by("user__name").values_list("user__name", "kind", "subject", "url")
    assert list(notices) == [
        (f"P{n}", "policy.asked", "Lisez « Règle conduct » et répondez" if n == 1 else "Read and acknowledge “Policy conduct”",
         "/policies/conduct/acknowledge/")
        for n in range(5)
    ]  # fmt: skip
    assert OutboxMessage.objects.count() == 5
    assert set(User.objects.filter(unread_notices=1)) == set(people)
    assert ("acknowledgements", tree.foods.pk) in LineFact.objects.values_list("fact", "line_id")


def test_an_audience_of_nobody_is_refused_unless_nobody_acknowledges(at) -> None:
    one = policy()
    binds(one, role=Role.VIEWER)
    first = version(one, at=at)

    with pytest.raises(Invalid) as refused:
        open_publication(first, by=BY, at=at)
    assert [(p.field, p.code) for p in refused.value.problems] == [("audience", "nobody")]
    with pytest.raises(Invalid):
        set_audience(one, rules=[], by=BY, at=at)
    assert AudienceRule.objects.count() == 1
    assert not PolicyDue.objects.exists()

    one.is_acknowledged = False
    one.save()
    first.refresh_from_db()
    open_publication(first, by=BY, at=at)
    assert tell_audiences(at=at) == 0


def test_a_minor_version_keeps_answers_and_days_and_a_material_one_asks_again(tree, at) -> None:
    ada, ben, eve = (UserFactory(name=name) for name in ("Ada", "Ben", "Eve"))
    for person in (ada, ben, eve):
        RoleFactory(user=person, role=Role.VIEWER, line=tree.foods)
    one = policy(grace_days=30)
    binds(one, line=tree.foods)
    first = open_publication(version(one, at=at), by=BY, at=at)
    tell_audiences(at=at)
    given = accept_policy(first, person=ada, shown=shown(first), by=me(ada), at=at + DAY)
    RoleAssignment.objects.filter(user=eve).update(valid_until=at + DAY)

    minor = version(one, 1, 1, at=at + 2 * DAY)
    open_publication(minor, by=BY, at=at + 2 * DAY)
    assert tell_audiences(at=at + 2 * DAY) == 2

    assert owed(version=first) == [
        ("Ada", 1, 0, "published", "superseded", "accepted"), ("Ben", 1, 0, "published", "superseded", ""),
        ("Eve", 1, 0, "published", "superseded", ""),
    ]  # fmt: skip
    rows = PolicyDue.objects.filter(version=minor).order_by("person__name")
    assert list(rows.values_list("person__name", "due_at", "settled_by", "settled_at")) == [
        ("Ada", at + 32 * DAY, given.pk, at + DAY), ("Ben", at + 30 * DAY, None, None),
    ]  # fmt: skip
    assert Notice.objects.count() == 3  # nobody is told twice of a corrected comma

    material = version(one, 2, at=at + 5 * DAY, state="approved")
    assert (voided_by(material), voided_by(minor)) == (1, 0)
    material = version(one, 3, at=at + 5 * DAY)
    open_publication(material, by=BY, at=at + 5 * DAY)
    tell_audiences(at=at + 5 * DAY)

    assert owed(version=material) == [("Ada", 3, 0, "published", "", ""), ("Ben", 3, 0, "published", "", "")]
    assert Notice.objects.count() == 5
    then = (
        was_due(one, at + 3 * DAY)
        .order_by("person__name")
        .values_list("person__name", "version__minor", "had_answered")
    )
    assert list(then) == [("Ada", 1, True), ("Ben", 1, False)]
    assert names(User.objects.filter(policies_due__in=was_due(one, at))) == ["Ada", "Ben", "Eve"]


def test_joiners_are_asked_and_leavers_drop_out_in_the_same_transaction(tree, at) -> None:
    boss = UserFactory(name="Boss")
    RoleFactory(user=boss, role=Role.VIEWER, line=tree.foods)
    for number in range(3):
        one = policy(f"p{number}", grace_days=7)
        binds(one, role=Role.VIEWER, line=tree.europe)
        open_publication(version(one, at=at), by=BY, at=at)
    tell_audiences(at=at)
    ada = UserFactory(name="Ada")

    held = assign_role(ada, role=Role.VIEWER, line=tree.foods, by=BY, at=at + DAY)
    assert owed(person=ada) == [("Ada", 1, 0, "joined", "", "")] * 3
    due = (
        PolicyDue.objects.filter(person=ada)
        .values_list("from_at", "due_at", "line__code")
        .order_by()
        .distinct()
    )
    assert list(due) == [(at + DAY, at + 8 * DAY, "FDE")]
    end_role(held, by=BY, at=at + 2 * DAY)
    assert owed(person=ada) == [("Ada", 1, 0, "joined", "left", "")] * 3
    assign_role(ada, role=Role.VIEWER, line=tree.foods, by=BY, at=at + 3 * DAY)
    deactivate_person(ada, by=BY, at=at + 4 * DAY)
    assert (
        owed(person=ada)
        == [("Ada", 1, 0, "joined", "left", "")] * 3 + [("Ada", 1, 0, "joined", "deactivated", "")] * 3
    )
    assert PolicyDue.objects.filter(person=boss, until_at__isnull=True).count() == 3


def test_a_sweep_repairs_what_no_event_told(tree, at) -> None:
    video = PlatformFactory(code="video")
    ada, ben, cal = (UserFactory(name=name) for name in ("Ada", "Ben", "Cal"))
    account = AccountFactory(platform=video, line=tree.foods, primary_owner=ada)
    RoleFactory(user=cal, role=Role.VIEWER, line=tree.foods, valid_from=SINCE, valid_until=at + DAY)
    one = policy()
    binds(one, platform=video)
    binds(one, role=Role.VIEWER)
    open_publication(version(one, at=at), by=BY, at=at)
    tell_audiences(at=at)

    account.primary_owner = ben
    account.save()
    assert keep_audiences(at=at + 2 * DAY) == 3
    assert keep_audiences(at=at + 2 * DAY) == 0
    assert owed() == [
        ("Ada", 1, 0, "published", "left", ""), ("Ben", 1, 0, "joined", "", ""), ("Cal", 1, 0, "published", "left", ""),
    ]  # fmt: skip

    set_audience(
        one, rules=[Rule(Role.VIEWER), Rule(platform_id=video.pk), Rule()], by=BY, at=at + 3 * DAY, why="All"
    )
    keep_audiences(at=at + 3 * DAY, policy_id=one.pk)
    assert owed(until_at__isnull=True) == [
        ("Ada", 1, 0, "audience", "", ""), ("Ben", 1, 0, "joined", "", ""), ("Cal", 1, 0, "audience", "", ""),
    ]  # fmt: skip
    set_audience(one, rules=[Rule(platform_id=video.pk)], by=BY, at=at + 4 * DAY)
    keep_audiences(at=at + 4 * DAY, policy_id=one.pk)
    assert owed(ended="audience") == [
        ("Ada", 1, 0, "audience", "audience", ""),
        ("Cal", 1, 0, "audience", "audience", ""),
    ]
    told = (
        ChangeEvent.objects.filter(action="policy.audience_changed")
        .order_by("id")
        .values_list("why", "changes")
    )
    platform = f"||{video.pk}"
    assert list(told) == [
        ("All", {"audience": [sorted(["viewer||", platform]), sorted(["||", "viewer||", platform])]}),
        ("", {"audience": [sorted(["||", "viewer||", platform]), [platform]]}),
    ]  # fmt: skip

    one.archived_at = at + 5 * DAY
    one.save()
    assert keep_audiences(at=at + 5 * DAY) == 1
    assert owed(ended="archived") == [("Ben", 1, 0, "joined", "archived", "")]
    with pytest.raises(WrongState):
        set_audience(one, rules=[Rule()], by=BY, at=at + 5 * DAY)


@pytest.mark.parametrize(
    ("rule", "code"),
    [(Rule("emperor"), "role_unknown"), (Rule(line_id=999), "line_unknown"), (Rule(platform_id=999), "platform_unknown")],
)  # fmt: skip
def test_a_rule_about_nothing_is_refused(rule, code, at) -> None:
    one = policy()
    with pytest.raises(Invalid) as refused:
        set_audience(one, rules=[rule], by=BY, at=at)
    assert [(p.field, p.code) for p in refused.value.problems] == [("audience", code)]
    assert not AudienceRule.objects.exists()
    assert not Acknowledgement.objects.exists()
