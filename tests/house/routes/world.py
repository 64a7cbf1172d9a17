"""A company in which every record carries a mark, so that a mark in an answer tells whose record leaked.

top (above) ─┬─ own ── below
             ├─ sibling
             └─ partner, whose account `own` co-owns (shared)
"""

import datetime as dt
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from coe.enums.roles import Role
from coe.models import (
    ChangeEvent,
    ImportProblem,
    JournalEntry,
    Notice,
    OutboxMessage,
    SavedFilter,
    SavedMapping,
    WorkingCalendar,
    uuid7,
)
from coe.rules.principals import Actor
from coe.services.organisation import organisation
from governance.models import (
    AccessGrant,
    AccountCertification,
    AccountCheck,
    CertificationCampaign,
    DiscoverySweep,
    Finding,
    PolicyException,
)
from metrics.enums.maturity import RunKind, RunState
from metrics.models import DailyRollup, MaturityRun, Metric, Observation, Target, TargetStage
from metrics.scoring import shipped_rubrics
from metrics.services.rubrics import load_rubric_version
from tests.factories import (
    AccountFactory,
    BatchFactory,
    CoOwnerFactory,
    HandleRecordFactory,
    LineFactory,
    PlatformFactory,
    RoleFactory,
    TagFactory,
    TokenFactory,
    UserFactory,
)
from tests.governance.acknowledgements.world import policy, version as policy_version
from tests.training.world import BY, curriculum, drafted, finished, taught
from training.models import Attempt, Seat, Session
from training.services.completions import record_completion
from training.services.enrolments import enrol_person

PLACES = ("own", "below", "above", "sibling", "shared")
MARK = "zq"
# What stands in a draft: for those who write courses, whatever their line.
DRAFT = f"{MARK}draft"


def mark(place: str, kind: str) -> str:
    """The mark of a record; it is found in an answer as it stands, in any case."""
    return f"{MARK}{place}{kind}"


def build() -> SimpleNamespace:
    """The company: `world.own`, `world.below`, … with one record of each kind, each record named after its place."""
    at = timezone.now()
    organisation()
    world = SimpleNamespace(
        at=at,
        until=at + dt.timedelta(days=30),
        platform=PlatformFactory(code="twitter"),
        calendar=WorkingCalendar.objects.create(code="office", name="Office"),
        tag=TagFactory(name="Everybody's", key="everybody's"),
        metric=Metric.objects.create(code="followers", labels={"en": "Followers"}, aggregation="last"),
        course=(version := taught()).course,
        version=version,
        curriculum=curriculum("path", version.course),
        draft=_draft(version.course, at),
        policy_version=policy_version(policy("house-policy")),
        places={},
    )
    shipped = shipped_rubrics()["cncf-platform"].read_bytes()
    world.rubric = load_rubric_version(shipped, by=Actor.system(), at=at)
    world.run = MaturityRun.objects.create(
        kind=RunKind.FULL, state=RunState.DONE, rubric=world.rubric, as_of=at.date()
    )
    top = _line("above", None)
    own = _line("own", top)
    lines = {
        "above": top,
        "own": own,
        "below": _line("below", own),
        "sibling": _line("sibling", top),
        "shared": _line("shared", top),
    }
    for place, line in lines.items():
        world.places[place] = _records(world, place, line)
    CoOwnerFactory(account=world.places["shared"].account, line=own)
    return world


def _line(place: str, parent: Any) -> Any:
    line = LineFactory(
        code=mark(place, "line"),
        name=mark(place, "linename"),
        parent=parent,
        description=mark(place, "about"),
    )
    line.tags.add(TagFactory(name=mark(place, "linetag"), key=mark(place, "linetag")))
    return line


def _draft(course: Any, at: dt.datetime) -> Any:
    """The next version of the course, marked in every part."""
    draft = drafted(course, at=at)
    # Past the service: the history of a draft is for those who read the history.
    draft.change_note, draft.objectives = f"{DRAFT}note", {"en": [f"{DRAFT}aim"]}
    draft.save()
    draft.lessons.update(titles={"en": f"{DRAFT}lesson"}, bodies={"en": f"{DRAFT}body"})
    draft.questions.update(texts={"en": f"{DRAFT}question"})
    return draft


def _person(place: str, kind: str) -> Any:
    return UserFactory(email=f"{mark(place, kind)}@example.com", name=mark(place, f"{kind}name"))


def _records(world: SimpleNamespace, place: str, line: Any) -> SimpleNamespace:
    """One record of each kind on a line."""
    at = world.at
    role = RoleFactory(
        line=line, role=Role.CONTRIBUTOR, user=_person(place, "person"), note=mark(place, "note")
    )
    account = AccountFactory(
        line=line,
        platform=world.platform,
        handle=mark(place, "handle"),
        display_name=mark(place, "display"),
        purpose=mark(place, "purpose"),
        vault_reference=mark(place, "vault"),
        primary_owner=_person(place, "owner"),
    )
    tag = TagFactory(name=mark(place, "tag"), key=mark(place, "tag"))
    account.tags.add(tag)
    HandleRecordFactory(account=account, handle=mark(place, "former"), until_at=at)
    JournalEntry.objects.create(
        object_type="coe.SocialAccount",
        object_id=account.public_id,
        line=line,
        author=role.user,
        body=mark(place, "journal"),
    )
    ChangeEvent.objects.create(
        at=at,
        action="line.updated",
        object_type="coe.BusinessLine",
        object_id=line.public_id,
        object_label=mark(place, "event"),
        line_id=line.pk,
        changes={"name": [mark(place, "before"), "x"]},
    )
    batch = BatchFactory(
        kind="accounts", by=role.user, line=line, file_name=mark(place, "file"), by_label=mark(place, "by")
    )
    ImportProblem.objects.create(batch=batch, row=2, code="x", message=mark(place, "problem"))
    day = dt.date(2026, 1, 5)
    Observation.objects.create(
        account=account, metric=world.metric, on=day, value=NUMBERS[place], observed_at=at
    )
    DailyRollup.objects.create(line=line, metric=world.metric, on=day, total=NUMBERS[place], count=1)
    mapping = SavedMapping.objects.create(
        kind="lines",
        name=mark(place, "mapping"),
        owner=role.user,
        columns=["code"],
        mapping={"name": "by_hand", "kind": "lines", "fields": {"code": "code"}},
    )
    OutboxMessage.objects.create(
        channel="email",
        kind="x",
        recipient=role.user,
        key=str(uuid7()),
        not_before=at,
        payload={"subject": mark(place, "outbox")},
    )
    stage = TargetStage.objects.create(
        line=line, rubric_code="x", dimension="GOV", level="walk", reason=mark(place, "stage")
    )
    session = Session.objects.create(
        course=world.course,
        line=line,
        starts_at=at + dt.timedelta(days=3),
        ends_at=at + dt.timedelta(days=3, hours=1),
        place=mark(place, "place"),
    )
    owner = account.primary_owner
    AccountCheck.objects.create(
        account=account,
        kind="handle",
        outcome="wrong",
        checked_on=at.date(),
        checked_by=owner,
        note=mark(place, "look"),
    )
    return SimpleNamespace(
        line=line,
        account=account,
        certification=AccountCertification.objects.create(
            account=account,
            custody_revision=account.custody_revision,
            by=owner,
            by_name=mark(place, "certifier"),
            at=at,
            next_due_at=at + dt.timedelta(days=300),
        ),
        finding=Finding.objects.create(
            platform=world.platform,
            handle=mark(place, "fake"),
            handle_key=mark(place, "fake"),
            line=line,
            found_at=at,
            description=mark(place, "seen"),
        ),
        sweep=DiscoverySweep.objects.create(name=mark(place, "sweep"), line=line, started_at=at),
        campaign=CertificationCampaign.objects.create(
            name=mark(place, "campaign"),
            line=line,
            starts_at=at + dt.timedelta(days=5),
            due_at=at + dt.timedelta(days=25),
        ),
        tag=tag,
        stage=stage,
        person=role.user,
        role=role,
        token=TokenFactory(
            line=line, name=mark(place, "token"), created_at=at, expires_at=at + dt.timedelta(days=9)
        ),
        grant=AccessGrant.objects.create(
            person=role.user,
            account=account,
            level="analyst",
            why=mark(place, "why"),
            requested_by=role.user,
            requested_at=at,
            granted_by=_person(place, "giver"),
            granted_at=at,
            basis="none_needed",
        ),
        exception=PolicyException.objects.create(
            subject="account",
            account=account,
            line=line,
            requester=role.user,
            requested_at=at,
            expires_at=at + dt.timedelta(days=9),
            title=mark(place, "exception"),
            reason=mark(place, "reason"),
            compensating_control=mark(place, "control"),
        ),
        target=Target.objects.create(
            line=line,
            metric=world.metric,
            period_start=dt.date(2026, 1, 1),
            period_end=dt.date(2026, 3, 31),
            value=1,
            reason=mark(place, "target"),
        ),
        batch=batch,
        mapping=mapping,
        session=session,
        seat=Seat.objects.create(
            session=session, user=role.user, booked_at=at, comment=mark(place, "comment")
        ),
        certificate=record_completion(
            finished(world.version, at, role.user), by=BY, at=at
        ).completion.certificate,
        enrolment=enrol_person(role.user, curriculum=world.curriculum, line=line, by=BY, at=at),
        attempt=Attempt.objects.create(user=role.user, version=world.version, started_at=at, pass_mark=80),
        notice=Notice.objects.create(user=role.user, subject=mark(place, "notice"), kind="x"),
        view=SavedFilter.objects.create(owner=role.user, page="account-list", name=mark(place, "view")),
    )


# Figures that are marks themselves: no sum of some of them is one of them.
NUMBERS = {
    "own": 71_000_001,
    "below": 71_000_010,
    "above": 71_000_100,
    "sibling": 71_001_000,
    "shared": 71_010_000,
}
