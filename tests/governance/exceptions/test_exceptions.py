"""The life of an exception: asked, decided by somebody else, over by itself."""

import datetime as dt

import pytest

from coe.engine import ticking
from coe.enums.roles import Role
from coe.errors import Duplicate, Invalid, NotAllowed, Stale, WrongState
from coe.models import ChangeEvent, LineFact, Notice, RoleAssignment, Timer
from coe.registries import duties, invariants
from coe.rules.principals import Actor, actor_of, principal_of
from governance.models import PolicyException
from governance.selectors.exceptions import active_at, exception_for, exceptions_visible_to, waivers
from governance.services import exceptions as services
from metrics.services.rubrics import ready_rubric
from tests.factories import AccountFactory
from tests.governance.exceptions.world import AT, DAY, asked, company, granted, in_force
from tests.training.world import taught

pytestmark = pytest.mark.django_db


def acts(row):
    return list(
        ChangeEvent.objects.filter(object_id=row.public_id).order_by("pk").values_list("action", flat=True)
    )


def refused(error, act, *args, **fields):
    """The problems of a refusal, which wrote nothing."""
    before = (PolicyException.objects.count(), ChangeEvent.objects.count(), Timer.objects.count())
    with pytest.raises(error) as told:
        act(*args, **fields)
    assert (PolicyException.objects.count(), ChangeEvent.objects.count(), Timer.objects.count()) == before
    return [(one.field, one.code) for one in told.value.problems]


def test_an_exception_is_asked_decided_by_another_and_ends_at_its_minute():
    world = company()
    row = asked(world)
    assert (row.state, row.starts_at, list(active_at(AT))) == ("requested", None, [])
    assert [
        (duty.person_id, duty.due_at)
        for duty in duties["exception.decide"].duties([world.hanna, world.hugo], at=AT)
    ] == [(world.hanna.pk, AT + 7 * DAY)]

    row = services.take_up(row, by=actor_of(world.hanna), at=AT)
    row = services.approve_exception(
        row, by=actor_of(world.hanna), at=AT, expected_revision=row.revision, note="Fine"
    )

    ends = AT + 60 * DAY
    assert (row.state, row.starts_at, row.decided_at, row.decision_note) == ("active", AT, AT, "Fine")
    assert row.version == world.policy.versions.get()
    timer = Timer.objects.get(kind="exception.expiry")
    assert (timer.subject, timer.due_at, timer.state) == (str(row.public_id), ends, "waiting")
    soon = ends - 30 * DAY
    told = duties["exception.expiring"].duties([world.lena, world.hanna, world.emil], at=soon)
    assert [(duty.person_id, duty.due_at, duty.remind_days) for duty in told] == [
        (world.lena.pk, ends, (30, 7, 1))
    ]
    minute = dt.timedelta(minutes=1)
    assert (list(active_at(ends - minute)), list(active_at(ends))) == ([row], [])

    ticking.tick(at=ends - minute)
    row.refresh_from_db()
    assert row.state == "active"
    for _again in range(2):
        ticking.tick(at=ends + minute)
    row.refresh_from_db()
    assert (row.state, row.ended_at, list(active_at(ends - minute))) == ("expired", ends, [row])
    assert acts(row) == [
        "exception.requested",
        "exception.taken_up",
        "exception.approved",
        "exception.expired",
    ]
    assert list(Notice.objects.filter(user=world.lena).order_by("pk").values_list("subject", flat=True)) == [
        "“Archive moves”: Active", "“Archive moves”: Expired",
    ]  # fmt: skip
    assert set(LineFact.objects.values_list("line_id", "fact")) == {(world.europe.pk, "exceptions")}
    assert [name for name in ("exceptions-ended", "exceptions-decided") if invariants[name]()] == []


def test_nobody_decides_about_their_own_and_only_the_named_person_decides():
    world = company()
    own = asked(world, by=world.hanna, approver=None)
    for step, more in ((services.take_up, {}), (services.approve_exception, {"expected_revision": 1})):
        refused(NotAllowed, step, own, by=actor_of(world.hanna), at=AT, **more)
    # One made for the approver is theirs, too.
    excused = asked(world, person=world.hugo, approver=None, title="For Hugo")
    refused(NotAllowed, services.take_up, excused, by=actor_of(world.hugo), at=AT)
    assert refused(Invalid, asked, world, by=world.hanna, title="x") == [("approver", "own")]
    assert refused(Invalid, asked, world, approver=world.emil, title="x") == [("approver", "may_not_decide")]

    row = services.take_up(asked(world, title="Second", clause="4"), by=actor_of(world.hanna), at=AT)
    for who in (
        actor_of(world.hugo),
        actor_of(world.emil),
        actor_of(world.lena),
        Actor.system(),
        Actor("token", "t", "Suite"),
    ):
        refused(NotAllowed, services.approve_exception, row, by=who, at=AT, expected_revision=row.revision)
        refused(
            NotAllowed,
            services.reject_exception,
            row,
            by=who,
            at=AT,
            expected_revision=row.revision,
            note="No",
        )
    # Hugo takes over and decides; Hanna's rights ended meanwhile.
    row = services.take_up(row, by=actor_of(world.hugo), at=AT)
    refused(
        NotAllowed,
        services.approve_exception,
        row,
        by=actor_of(world.hanna),
        at=AT,
        expected_revision=row.revision,
    )
    RoleAssignment.objects.filter(user=world.hugo).update(valid_until=AT)
    refused(
        NotAllowed,
        services.approve_exception,
        row,
        by=actor_of(world.hugo),
        at=AT,
        expected_revision=row.revision,
    )
    assert list(active_at(AT)) == []


def test_what_was_changed_since_it_was_read_is_not_decided():
    world = company()
    row = services.take_up(asked(world), by=actor_of(world.hanna), at=AT)
    services.edit_exception(row, changes={"reason": "Another one"}, by=actor_of(world.lena), at=AT)

    refused(
        Stale,
        services.approve_exception,
        row,
        by=actor_of(world.hanna),
        at=AT,
        expected_revision=row.revision,
    )
    row.refresh_from_db()
    services.approve_exception(row, by=actor_of(world.hanna), at=AT, expected_revision=row.revision)
    refused(
        Stale,
        services.approve_exception,
        row,
        by=actor_of(world.hanna),
        at=AT,
        expected_revision=row.revision,
    )
    row.refresh_from_db()
    refused(
        WrongState,
        services.approve_exception,
        row,
        by=actor_of(world.hanna),
        at=AT,
        expected_revision=row.revision,
    )
    refused(WrongState, services.edit_exception, row, changes={"reason": "x"}, by=actor_of(world.lena), at=AT)


def test_a_request_says_why_what_protects_meanwhile_and_ends_in_time():
    world = company()
    strict = in_force("strict", exception_days=30)
    wrong = (
        ({"reason": " "}, [("reason", "blank")]),
        ({"compensating_control": ""}, [("compensating_control", "blank")]),
        ({"expires_at": AT}, [("expires_at", "in_the_past")]),
        ({"policy": strict}, [("expires_at", "too_long")]),
        ({"subject": "criterion", "policy": None}, [("criterion", "required")]),
        ({"subject": "criterion", "policy": None, "criterion": "NO-1"}, [("criterion", "criterion_unknown")]),
        ({"subject": "account"}, [("account", "required")]),
        ({"subject": "course"}, [("course", "required")]),
        ({"subject": "weather"}, [("subject", "choice_unknown")]),
        ({"policy": None, "clause": "4"}, [("policy", "required"), ("clause", "policy_missing")]),
        ({"reason": "x" * 4001}, [("reason", "too_long")]),
    )  # fmt: skip
    assert [refused(Invalid, asked, world, **fields) for fields, _problems in wrong] == [
        problems for _f, problems in wrong
    ]
    with pytest.raises(Invalid) as told:
        asked(world, policy=strict)
    assert "until 31 Mar 2026" in told.value.message
    with pytest.raises(Invalid) as told:
        asked(
            world,
            subject="account",
            policy=None,
            account=AccountFactory(line=world.foods),
            expires_at=AT + 367 * DAY,
        )
    assert "until 2 Mar 2027" in told.value.message

    asked(world)
    assert refused(Duplicate, asked, world, by=world.hanna, approver=None) == [("title", "duplicate")]


def test_an_extension_is_a_new_review_and_closes_what_it_extends():
    world = company()
    row = granted(world)
    more = {"reason": "Later", "compensating_control": "Daily exports", "by": actor_of(world.lena)}
    assert refused(Invalid, services.extend_exception, row, expires_at=AT + 30 * DAY, at=AT, **more) == [
        ("expires_at", "not_longer")
    ]
    later = AT + 50 * DAY
    longer = services.extend_exception(
        row, expires_at=later + 90 * DAY, approver=world.hanna, at=later, **more
    )
    refused(WrongState, services.extend_exception, row, expires_at=later + 90 * DAY, at=later, **more)
    assert (longer.state, longer.extends, list(active_at(later))) == ("requested", row, [row])
    assert list(duties["exception.expiring"].duties([world.lena], at=later)) == []

    longer = services.take_up(longer, by=actor_of(world.hanna), at=later)
    services.approve_exception(longer, by=actor_of(world.hanna), at=later, expected_revision=longer.revision)
    row.refresh_from_db()
    assert (row.state, row.ended_at, list(active_at(later))) == ("closed", later, [longer])
    assert list(Timer.objects.filter(state="waiting").values_list("subject", flat=True)) == [
        str(longer.public_id)
    ]

    ended = services.revoke_exception(longer, by=actor_of(world.hugo), at=later + DAY, note="Archive is back")
    assert (ended.state, ended.ended_by, list(active_at(later + DAY)), list(active_at(later))) == (
        "revoked",
        world.hugo,
        [],
        [longer],
    )
    ended = services.close_exception(ended, by=actor_of(world.lena), at=later + 2 * DAY)
    assert (ended.state, ended.ended_at) == ("closed", later + DAY)
    refused(WrongState, services.extend_exception, ended, expires_at=later + 90 * DAY, at=later, **more)
    refused(
        Invalid,
        services.reject_exception,
        row,
        by=actor_of(world.hanna),
        at=AT,
        expected_revision=1,
        note=" ",
    )
    withdrawn = services.withdraw_exception(asked(world), by=actor_of(world.lena), at=AT, why="No need")
    assert (withdrawn.state, withdrawn.end_note) == ("withdrawn", "No need")


def test_who_sees_which_and_what_an_exception_lets_in():
    world = company()
    course = taught().course
    below, beside, whole = (
        AccountFactory(line=world.foods),
        AccountFactory(line=world.america),
        taught("WHOLE").course,
    )
    mine = granted(world, subject="course", policy=None, course=course, line=world.europe, person=world.emil)
    granted(
        world,
        subject="course",
        policy=None,
        course=whole,
        line=None,
        title="All",
        approver=world.hanna,
        by=world.hugo,
    )

    found = [
        exception_for(world.emil.pk, one.pk, account=account, at=AT)
        for one in (course, whole)
        for account in (below, beside)
    ]
    assert [one and one.title for one in found] == ["Archive moves", None, "All", "All"]
    assert exception_for(world.lena.pk, course.pk, account=below, at=AT) is None
    assert exception_for(world.emil.pk, course.pk, account=below, at=mine.expires_at) is None
    seen = {
        user.name: sorted(exceptions_visible_to(principal_of(user, AT)).values_list("title", flat=True))
        for user in (world.lena, world.hanna, world.hugo, world.emil)
    }
    assert seen == {
        "Lena": ["Archive moves"], "Hanna": ["All", "Archive moves"], "Hugo": ["All", "Archive moves"], "Emil": ["Archive moves"],
    }  # fmt: skip


def test_waivers_reach_the_lines_below_and_never_those_above():
    world = company()
    ready_rubric(by=Actor.system(), at=AT)
    about = {"subject": "criterion", "policy": None}
    granted(world, criterion="STR-C2", **about)
    granted(world, criterion="GOV-C4", line=world.foods, expires_at=AT + 9 * DAY, **about)
    granted(world, criterion="STR-C2", line=world.foods, expires_at=AT + 9 * DAY, title="Shorter", **about)
    granted(world, criterion="GOV-C1", line=None, by=world.hugo, **about)
    lines = [world.europe.pk, world.foods.pk, world.america.pk]
    long, short = (AT + 60 * DAY).date(), (AT + 9 * DAY).date()

    assert waivers(lines, at=AT) == {
        None: {"GOV-C1": long},
        world.europe.pk: {"STR-C2": long, "GOV-C1": long},
        world.foods.pk: {"STR-C2": long, "GOV-C4": short, "GOV-C1": long},
        world.america.pk: {"GOV-C1": long},
    }
    assert waivers(lines, at=AT + 60 * DAY) == {}


def test_a_role_that_is_gone_no_longer_decides_by_duty():
    world = company()
    row = asked(world, approver=None)
    assert [one.person_id for one in duties["exception.decide"].duties([world.hanna, world.hugo], at=AT)] == [
        world.hanna.pk
    ]
    assert RoleAssignment.objects.filter(user=world.hugo, role=Role.HUB_MEMBER).exists()
    services.withdraw_exception(row, by=actor_of(world.lena), at=AT)
    assert list(duties["exception.decide"].duties([world.hanna], at=AT)) == []
