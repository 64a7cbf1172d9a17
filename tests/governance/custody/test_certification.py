"""Certifying accounts: what it writes, what refuses it, what voids it, and who owes it."""

import datetime as dt

import pytest

from coe.engine.kinds import Due
from coe.errors import Invalid, NotAllowed, Stale, WrongState
from coe.models import ChangeEvent, LineFact
from coe.rules.principals import Actor
from coe.selectors.duties import duties_of
from coe.services.accounts import edit_account
from governance.engine.campaigns import started
from governance.enums.certification import CertificationEnd, Standing
from governance.models import AccountCertification, AccountCheck, PolicyException
from governance.selectors.certification import reopened, standing
from governance.selectors.certification_duties import certify_duties
from governance.selectors.custody_invariants import campaigns, certifications
from governance.services.certification import Blocked, certify_account, record_check, withdraw_certification
from governance.services.certification_campaigns import (
    move_certification_campaign,
    plan_certification_campaign,
)
from tests.factories import AT, LineFactory, PlatformFactory, UserFactory
from tests.governance.custody.world import BY, YES, company, sound, world

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def owed(*people, at):
    """What people owe of certification: (person, account, due, why)."""
    return [
        (duty.person_id, duty.url, duty.due_at, str(duty.note))
        for duties in duties_of(people, at=at).values()
        for duty in duties
        if duty.kind == "account.certify"
    ]


def test_a_year_in_the_life_of_a_certified_account(django_assert_num_queries):
    held = world()
    account, url = held.account, f"/accounts/{held.account.public_id}/certify/"
    assert owed(held.owner, held.backup, at=AT) == [
        (held.owner.pk, url, AT + 90 * DAY, "It was never certified.")
    ]

    first = certify_account(account, person=held.owner, answers=YES, by=held.by, at=AT, note=" Fine ")

    assert (first.by, first.by_name, first.note, first.custody_revision) == (
        held.owner,
        str(held.owner),
        "Fine",
        1,
    )
    assert (first.answers, first.next_due_at, first.ended_at) == (YES, AT.replace(year=2027), None)
    assert (first.checks["pre_checks"]["mfa"], first.checks["primary_owner"]) == ("met", str(held.owner))
    event = ChangeEvent.objects.get(action="account.certified")
    assert (event.object_id, event.actor_label, event.line_id) == (
        account.public_id,
        str(held.owner),
        held.line.pk,
    )
    assert LineFact.objects.filter(line=held.line, fact="certification").exists()
    assert owed(held.owner, held.backup, at=AT) == []
    assert owed(held.owner, at=first.next_due_at - 30 * DAY) == [
        (held.owner.pk, url, first.next_due_at, "The last certification ends.")
    ]

    # An edit of something else changes nothing; one of custody and owners re-opens it.
    account = edit_account(account, changes={"notes": "x"}, by=BY, at=AT + DAY)
    assert standing([account.pk], at=AT + DAY)[account.pk].standing == Standing.STANDS
    other = UserFactory(name="New")
    account = edit_account(account, changes={"mfa_state": "off", "mfa_method": "app"}, by=BY, at=AT + 2 * DAY)
    account = edit_account(account, changes={"backup_owner": other}, by=held.by, at=AT + 3 * DAY)
    with django_assert_num_queries(1):
        stood = standing([account.pk], at=AT + 3 * DAY)[account.pk]
    assert (stood.standing, stood.is_valid, stood.by_name) == (Standing.REOPENED, False, str(held.owner))
    change = reopened({account.public_id: AT})[account.public_id]
    assert (set(change.fields), change.since, change.by) == (
        {"mfa_state", "mfa_method", "backup_owner"},
        AT + 2 * DAY,
        str(held.owner),
    )
    [(person, _url, due, why)] = owed(held.owner, other, at=AT + 3 * DAY)
    assert (person, due) == (held.owner.pk, AT + 16 * DAY)
    assert "multi-factor authentication" in why

    # Bad data blocks, and nothing is written.
    with pytest.raises(Blocked) as caught:
        certify_account(account, person=held.owner, answers=YES, by=held.by, at=AT + 4 * DAY)
    assert [one["code"] for one in caught.value.extra["pre_checks"]] == ["mfa"]
    assert caught.value.extra["pre_checks"][0]["url"] == f"/accounts/{account.public_id}/edit/#id_mfa_state"
    assert AccountCertification.objects.count() == 1

    account = edit_account(account, changes={"mfa_state": "on", "tier": 1}, by=BY, at=AT + 5 * DAY)
    second = certify_account(account, person=held.owner, answers=YES, by=held.by, at=AT + 5 * DAY)
    first.refresh_from_db()
    assert (first.ended, first.ended_at) == (CertificationEnd.CHANGED, AT + 5 * DAY)
    assert second.next_due_at == dt.datetime(2026, 9, 7, 9, 30, tzinfo=dt.UTC)
    third = certify_account(account, person=other, answers=YES, by=held.by, at=AT + 6 * DAY)
    second.refresh_from_db()
    assert (second.ended, third.by) == (CertificationEnd.SUPERSEDED, other)

    withdraw_certification(third, by=held.by, at=AT + 7 * DAY, why="Too early")
    with pytest.raises(WrongState):
        withdraw_certification(third, by=held.by, at=AT + 7 * DAY, why="Again")
    assert standing([account.pk], at=AT + 7 * DAY)[account.pk].standing == Standing.NEVER
    assert ChangeEvent.objects.get(action="account.certification_withdrawn").why == "Too early"
    assert certifications() == campaigns() == []


def test_what_is_refused_writes_nothing():
    held = world()
    account = held.account
    stranger, tool = UserFactory(), Actor("token", "t", "Tool")
    asleep = sound(held.line, handle="closed", state="closing")

    def refused(error, target=account, *, person=held.owner, answers=YES, by=held.by, **more):
        with pytest.raises(error) as caught:
            certify_account(target, person=person, answers=answers, by=by, at=AT, **more)
        return [problem.field for problem in getattr(caught.value, "problems", ())]

    refused(Stale, custody_revision=7)
    refused(Stale, expected_revision=account.revision + 1)
    refused(WrongState, asleep, person=asleep.primary_owner)
    refused(NotAllowed, person=stranger)
    refused(NotAllowed, person=stranger, by=tool)
    assert refused(Invalid, answers={**YES, "apps": False, "extra": True}) == [
        "answers/extra",
        "answers/apps",
    ]
    assert refused(Invalid, answers={}) == [f"answers/{name}" for name in YES]
    with pytest.raises(Invalid):
        record_check(account, kind="handle", outcome="wrong", person=stranger, by=BY, at=AT)
    for day in (AT.date() + DAY, AT.date() - 400 * DAY):
        with pytest.raises(Invalid):
            record_check(account, kind="x", outcome="y", person=stranger, by=BY, at=AT, checked_on=day)
    assert AccountCertification.objects.count() == 0
    assert AccountCheck.objects.count() == 4

    # A tool may, in the name of an owner; it stands in the history as the one who did it.
    done = certify_account(account, person=held.backup, answers=YES, by=tool, at=AT)
    assert (done.by, ChangeEvent.objects.get(action="account.certified").actor_label) == (held.backup, "Tool")


def test_an_exception_in_force_lets_the_second_factor_pass():
    held = world()
    account = edit_account(held.account, changes={"mfa_state": "off"}, by=BY, at=AT)
    waiver = PolicyException.objects.create(
        title="No second factor", subject="account", account=account, clause="MFA", reason="x", compensating_control="y",
        requester=held.owner, requested_at=AT, approver=held.backup, decided_at=AT, state="active", starts_at=AT, expires_at=AT + DAY,
    )  # fmt: skip

    done = certify_account(account, person=held.owner, answers=YES, by=held.by, at=AT)
    assert done.checks["pre_checks"]["mfa"] == "waived"
    with pytest.raises(Blocked):
        certify_account(account, person=held.owner, answers=YES, by=held.by, at=waiver.expires_at)


def test_a_campaign_asks_for_its_selection_and_counts_anew_at_every_look():
    held = world()
    below, other = LineFactory(code="FDE", parent=held.line), LineFactory(code="US")
    ours = sound(below, handle="below", tier=2)
    far = sound(other, handle="far", tier=2)
    video = sound(below, handle="video", platform=PlatformFactory(code="youtube"), tier=2)
    for account in (held.account, ours, far, video):
        certify_account(account, person=account.primary_owner, answers=YES, by=BY, at=AT)
    later, platform = AT + 10 * DAY, ours.platform
    with pytest.raises(Invalid) as caught:
        plan_certification_campaign(name="Spring", due_at=AT, starts_at=AT - DAY, by=BY, at=AT)
    assert [one.field for one in caught.value.problems] == ["starts_at"]
    planned = plan_certification_campaign(
        name="Spring", line=held.line, platform=platform, tier=2, starts_at=later, due_at=later + 20 * DAY, by=BY, at=AT
    )  # fmt: skip
    people = [one.primary_owner for one in (held.account, ours, far, video)]
    assert (planned.state, owed(*people, at=later), campaigns()) == ("planned", [], [])

    due = [Due("certification.campaign", str(planned.public_id), 1, later)]
    started(due, at=later)
    started(due, at=later)

    planned.refresh_from_db()
    assert (planned.state, ChangeEvent.objects.filter(action="campaign.started").count()) == ("running", 1)
    asked = f"/accounts/{ours.public_id}/certify/"
    assert owed(*people, at=later) == [
        (ours.primary_owner_id, asked, planned.due_at, "The campaign “Spring” asks for it.")
    ]
    new = UserFactory()
    ours = edit_account(ours, changes={"primary_owner": new}, by=BY, at=later)
    assert [row[0] for row in owed(*people, new, at=later)] == [new.pk]
    done = certify_account(ours, person=new, answers=YES, by=BY, at=later + DAY)
    assert (done.campaign, owed(*people, new, at=later + DAY)) == (planned, [])

    ended = move_certification_campaign(planned, action="end", by=BY, at=later + 2 * DAY)
    for action in ("start", "end", "cancel"):
        with pytest.raises(WrongState):
            move_certification_campaign(ended, action=action, by=BY, at=later)
    with pytest.raises(Invalid):
        move_certification_campaign(ended, action="x", by=BY, at=later)


def test_one_duty_and_three_take_the_same_questions(django_assert_num_queries):
    company()
    line = LineFactory(code="EU")
    owner = UserFactory()
    plan_certification_campaign(name="Spring", line=line, due_at=AT + 30 * DAY, by=BY, at=AT)

    for number in (1, 2, 3):
        account = sound(line, handle=f"a{number}", primary_owner=owner)
        certify_account(account, person=owner, answers=YES, by=BY, at=AT)
        edit_account(account, changes={"mfa_method": "key"}, by=BY, at=AT)
        with django_assert_num_queries(4):
            assert len(list(certify_duties([owner], at=AT + DAY))) == number
