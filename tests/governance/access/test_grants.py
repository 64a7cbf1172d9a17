"""Who gets into an account: with the right certificate, by the right people, until the ground is gone."""

import datetime as dt

import pytest
from django.utils import timezone

from coe.engine import ticking
from coe.enums.accounts import AccountState
from coe.errors import Duplicate, Invalid, NotAllowed, WrongState
from coe.models import ChangeEvent, LineFact, RoleAssignment, Timer
from coe.registries import duties, holdings, invariants
from coe.rules.principals import Actor, actor_of, principal_of
from coe.services.people import deactivate_person, end_role
from governance.models import AccessGrant, GrantReview, PolicyCourse
from governance.selectors.access import grants_visible_to
from governance.services import grants as services
from governance.services.access_rules import end_rule, make_rule
from governance.services.exceptions import revoke_exception
from governance.services.grant_reviews import confirm_review, review_grant
from governance.services.policy_courses import end_certificates_of, stop_teaching, teach_policy
from tests.factories import AccountFactory, UserFactory
from tests.governance.exceptions.world import AT, DAY, company, granted, person
from tests.training.world import BY, finished, taught
from training.models import Certificate
from training.services.completions import record_completion

pytestmark = pytest.mark.django_db
# AT is a Monday, 9:30 UTC; office hours close at 17:00 on the next business day.
TOMORROW = dt.datetime(2026, 3, 3, 17, 0, tzinfo=dt.UTC)


def refused(error, act, *args, **fields):
    """The refusal, which wrote nothing."""
    before = (
        AccessGrant.objects.count(),
        ChangeEvent.objects.count(),
        Timer.objects.count(),
        GrantReview.objects.count(),
    )
    with pytest.raises(error) as told:
        act(*args, **fields)
    after = (
        AccessGrant.objects.count(),
        ChangeEvent.objects.count(),
        Timer.objects.count(),
        GrantReview.objects.count(),
    )
    assert after == before
    return told.value


def asked(world, who, level="publisher", *, by=None, at=AT, account=None, **fields):
    account = account or world.account
    return services.request_access(
        person=who, account=account, level=level, by=actor_of(by or world.lena), at=at, **fields
    )


def certified(version, who, at=AT):
    return record_completion(finished(version, at, who), by=BY, at=at).completion.certificate


@pytest.fixture
def world():
    found = company()
    found.account = AccountFactory(
        line=found.foods, tier=1, primary_owner=found.lena, backup_owner=UserFactory()
    )
    found.version = taught()
    found.rule = make_rule(level="publisher", course=found.version.course, tier=1, by=BY, at=AT)
    return found


def test_nobody_gets_in_without_the_course_and_the_answer_names_it(world):
    error = refused(Invalid, asked, world, world.emil)
    assert ([(one.field, one.code) for one in error.problems], error.extra["courses"]) == (
        [("person", "certificate_missing")],
        [{"code": "FND", "title": "Course FND", "url": "/training/courses/FND/"}],
    )
    lower = AccountFactory(line=world.foods, tier=3)
    assert (asked(world, world.emil, account=lower).basis, asked(world, world.emil, "analyst").basis) == (
        "none_needed",
    ) * 2

    certificate = certified(world.version, world.emil)
    grant = asked(world, world.emil, why="Campaign", valid_until=AT + 40 * DAY)
    assert (grant.state, grant.granted_by, grant.basis, grant.certificate, grant.review_due_at) == (
        "active", world.lena, "certificate", certificate, AT + 91 * DAY,
    )  # fmt: skip
    assert [(one.field, one.code) for one in refused(Duplicate, asked, world, world.emil).problems] == [
        ("level", "duplicate")
    ]
    assert len(list(holdings["access"].held([world.emil.pk], at=AT))) == 3
    excused = granted(
        world,
        subject="course",
        policy=None,
        course=world.version.course,
        line=world.europe,
        person=world.hugo,
    )
    other = asked(world, world.hugo)
    assert (other.basis, other.exception, other.certificate) == ("exception", excused, None)
    assert {fact for _line, fact in LineFact.objects.values_list("line_id", "fact")} >= {"access"}

    archived = AccountFactory(line=world.foods, state=AccountState.ARCHIVED)
    wrong = (
        ({"who": UserFactory(is_active=False)}, [("person", "inactive")]),
        ({"who": world.hanna, "level": "king"}, [("level", "choice_unknown")]),
        ({"who": world.hanna, "level": "analyst", "valid_until": AT}, [("valid_until", "in_the_past")]),
        ({"who": world.hanna, "level": "analyst", "account": archived}, [("account", "ended")]),
    )  # fmt: skip
    assert [
        [(one.field, one.code) for one in refused(Invalid, asked, world, **fields).problems]
        for fields, _p in wrong
    ] == [problems for _f, problems in wrong]
    refused(NotAllowed, asked, world, world.hanna, "analyst", by=world.emil)
    refused(
        NotAllowed,
        services.request_access,
        person=world.hanna,
        account=world.account,
        level="analyst",
        by=Actor.system(),
        at=AT,
    )
    end_rule(world.rule, by=BY, at=AT)
    assert asked(world, world.hanna).basis == "none_needed"


def test_the_highest_level_and_ones_own_take_two_people(world):
    admin = asked(world, world.emil, "admin")
    own = asked(world, world.lena, "analyst")
    hers = asked(world, world.emil, "analyst", by=world.emil)
    assert [one.state for one in (admin, own, hers)] == ["requested"] * 3
    for row, who in ((admin, world.lena), (own, world.lena), (hers, world.emil)):
        refused(NotAllowed, services.grant_access, row, by=actor_of(who), at=AT)
    assert services.grant_access(admin, by=actor_of(world.hanna), at=AT).granted_by == world.hanna
    refused(WrongState, services.grant_access, admin, by=actor_of(world.hanna), at=AT)
    assert services.grant_access(hers, by=actor_of(world.lena), at=AT).state == "active"
    assert services.refuse_access(own, by=actor_of(world.hanna), at=AT, note="No need").state == "refused"
    deciders = [one.person_id for one in duties["access.revoke"].duties([world.lena, world.emil], at=AT)]
    assert deciders == []

    # Re-certification: keeping an administrator, or oneself, waits for a second person.
    said = review_grant(admin, outcome="keep", by=actor_of(world.lena), at=AT + 80 * DAY)
    admin.refresh_from_db()
    assert admin.reviewed_at is None
    refused(NotAllowed, confirm_review, said, by=actor_of(world.lena), at=AT)
    refused(NotAllowed, confirm_review, said, by=actor_of(world.emil), at=AT)
    confirm_review(said, by=actor_of(world.hanna), at=AT + 81 * DAY)
    admin.refresh_from_db()
    assert (admin.reviewed_at, admin.review_due_at) == (AT + 81 * DAY, AT + 172 * DAY)
    refused(WrongState, confirm_review, said, by=actor_of(world.hugo), at=AT)
    due = duties["access.review"].duties([world.lena, world.emil, world.hanna], at=AT + 80 * DAY)
    assert [(one.person_id, one.due_at) for one in due] == [(world.lena.pk, AT + 91 * DAY)]
    review_grant(hers, outcome="revoke", by=actor_of(world.lena), at=AT, note="Left the team")
    hers.refresh_from_db()
    assert (hers.state, hers.revoke_cause, hers.revoke_due_at) == ("revoking", "not_kept", TOMORROW)
    refused(WrongState, review_grant, hers, outcome="keep", by=actor_of(world.lena), at=AT)
    refused(NotAllowed, review_grant, admin, outcome="keep", by=actor_of(world.emil), at=AT)
    assert [name for name in ("access-grounds", "access-ends") if invariants[name]()] == []


def test_leavers_and_movers_are_asked_back_by_the_next_business_day(world):
    inner = person("Ines", "community_manager", world.foods)
    elsewhere = AccountFactory(line=world.america)
    rows = [asked(world, inner, "analyst"), asked(world, inner, "analyst", account=elsewhere, by=world.hanna)]
    waiting = asked(world, inner, "admin")
    end_role(RoleAssignment.objects.get(user=inner), by=BY, at=AT)
    for row in (*rows, waiting):
        row.refresh_from_db()
    # Of the account of another line, where she held no role, nothing is asked: that access never rested on it.
    assert [(row.state, row.revoke_cause, row.revoke_due_at) for row in (*rows, waiting)] == [
        ("revoking", "moved", TOMORROW), ("active", "", None), ("withdrawn", "moved", None),
    ]  # fmt: skip
    leaver = asked(world, world.emil, "analyst")
    friday = dt.datetime(2026, 3, 6, 15, 0, tzinfo=dt.UTC)
    deactivate_person(world.emil, by=BY, at=friday)
    leaver.refresh_from_db()
    assert (leaver.state, leaver.revoke_cause, leaver.revoke_due_at) == (
        "revoking",
        "left",
        dt.datetime(2026, 3, 9, 17, 0, tzinfo=dt.UTC),
    )
    told = list(duties["access.revoke"].duties([world.lena], at=friday))
    assert [(one.key, one.due_at) for one in told] == [
        (str(rows[0].public_id), TOMORROW),
        (str(leaver.public_id), leaver.revoke_due_at),
    ]
    refused(NotAllowed, services.confirm_revoked, leaver, by=actor_of(inner), at=friday)
    done = services.confirm_revoked(leaver, by=actor_of(world.lena), at=friday)
    assert (done.state, done.revoked_by, done.revoked_at, done.revoke_cause) == (
        "revoked",
        world.lena,
        friday,
        "left",
    )
    refused(WrongState, services.confirm_revoked, leaver, by=actor_of(world.lena), at=friday)
    seen = [grants_visible_to(principal_of(user, AT)).count() for user in (world.hanna, world.lena, inner)]
    assert seen == [4, 3, 3]


def test_access_ends_with_what_it_rests_on(world):
    version = taught("ADV", validity_months=None)
    make_rule(level="advertiser", course=version.course, by=BY, at=AT)
    certified(version, world.emil)
    ends = asked(world, world.emil, "analyst", valid_until=AT + dt.timedelta(hours=5))
    certificate = asked(world, world.emil, "advertiser")
    excuse = granted(
        world,
        subject="course",
        policy=None,
        course=world.version.course,
        line=world.europe,
        person=world.emil,
    )
    excused = asked(world, world.emil)
    archived = asked(world, world.hugo, "analyst", account=AccountFactory(line=world.foods))

    ticking.tick(at=AT + dt.timedelta(hours=6))
    ends.refresh_from_db()
    assert (ends.state, ends.revoke_cause) == ("revoking", "ended")
    policy = world.policy
    link = teach_policy(policy, course=version.course, by=BY, at=AT)
    assert [
        (one.field, one.code)
        for one in refused(Duplicate, teach_policy, policy, course=version.course, by=BY, at=AT).problems
    ] == [("course", "duplicate")]
    assert end_certificates_of(policy, by=BY, at=AT + dt.timedelta(hours=7)) == 1
    revoke_exception(excuse, by=actor_of(world.hanna), at=AT + dt.timedelta(hours=7), note="No longer")
    archived.account.state = AccountState.ARCHIVED
    archived.account.save()
    for _again in range(2):
        ticking.tick(at=AT + dt.timedelta(hours=25))
    causes = []
    for row in (certificate, excused, archived):
        row.refresh_from_db()
        causes.append((row.state, row.revoke_cause))
    assert causes == [
        ("revoking", "no_certificate"),
        ("revoking", "no_certificate"),
        ("revoking", "account_closed"),
    ]
    assert Certificate.objects.valid(timezone.now()).filter(course=version.course).count() == 0
    stop_teaching(link, by=BY, at=AT + 2 * DAY)
    refused(WrongState, stop_teaching, link, by=BY, at=AT + 2 * DAY)
    assert PolicyCourse.objects.filter(ended_at__isnull=True).count() == 0
