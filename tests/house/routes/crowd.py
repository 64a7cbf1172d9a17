"""Many more records of every kind on lines that the caller does not see, so that a number which counts them gives itself away."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

from coe.enums.accounts import AccountState, MfaState
from coe.enums.roles import LINE_ROLES
from coe.enums.work import BatchState
from coe.models import (
    ChangeEvent,
    ImportProblem,
    JournalEntry,
    LineFact,
    Notice,
    OutboxMessage,
    SavedFilter,
    SavedMapping,
    uuid7,
)
from governance.models import AccessGrant, Policy, PolicyException
from metrics.models import AccountMonth, DailyRollup, Observation, StageRow, Target, TargetStage, VerdictRow
from tests.factories import (
    AccountFactory,
    BatchFactory,
    CoOwnerFactory,
    HandleRecordFactory,
    LineFactory,
    RoleFactory,
    TokenFactory,
    UserFactory,
)
from tests.house.routes.world import MARK
from tests.training.world import BY, finished
from training.enums.statements import StatementEffect, StatementState
from training.models import Attempt, Enrolment, Requirement, Seat, Session, Statement
from training.services.completions import record_completion

FOREIGN = ("above", "sibling", "shared")


def arrive(world: SimpleNamespace) -> None:
    """Every foreign line of the world, and a new one, gets more of everything; nothing on the caller's own lines changes."""
    lines = [world.places[place].line for place in FOREIGN]
    # No spoke, so that the anonymous cohort stays as it is.
    lines.append(LineFactory(code=f"{MARK}stranger", parent=world.places["sibling"].line, is_spoke=False))
    for line in lines:
        if line.parent_id is not None:
            # The calendar of a line above is the caller's too.
            line.calendar = world.calendar
            line.save()
        _people_and_roles(world, line)
        accounts = _accounts(world, line)
        _figures(world, line, accounts)
        _work(world, line)
        _scores(world, line)
        _training(world, line)
        _governance(world, line)
    # Somebody the caller knows takes on work elsewhere.
    known, far = world.places["own"].person, world.places["sibling"].line
    RoleFactory(user=known, line=far, role="viewer")
    AccountFactory(line=far, platform=world.platform, primary_owner=known, backup_owner=known)


def _people_and_roles(world: SimpleNamespace, line: Any) -> None:
    for role in sorted(LINE_ROLES):
        RoleFactory(line=line, role=role)
    RoleFactory(line=line, role="deputy", user=UserFactory(is_active=False, left_on=world.at.date()))
    author = UserFactory()
    RoleFactory(line=line, role="line_lead", user=author)
    TokenFactory(line=line, created_by=author, created_at=world.at, expires_at=world.until)
    Notice.objects.create(user=author, subject="More", kind="x")
    OutboxMessage.objects.create(
        channel="email", kind="x", recipient=author, key=str(uuid7()), not_before=world.at, state="failed"
    )
    SavedFilter.objects.create(owner=author, page="account-list", name="Theirs")
    SavedMapping.objects.create(
        kind="lines", name=f"Theirs {line.pk}", owner=author, columns=["code"],
        mapping={"name": "by_hand", "kind": "lines", "fields": {"code": "code"}},
    )  # fmt: skip


def _accounts(world: SimpleNamespace, line: Any) -> list[Any]:
    gone = UserFactory(is_active=False, left_on=world.at.date())
    kinds: tuple[dict[str, Any], ...] = (
        {"state": AccountState.REQUESTED},
        {"primary_owner": gone, "backup_owner": gone},
        {"mfa_state": MfaState.OFF},
        {"mfa_state": MfaState.ON, "primary_owner": UserFactory(), "backup_owner": UserFactory(), "tier": 1},
        {"state": AccountState.ARCHIVED},
        {"state": AccountState.DORMANT},
    )
    accounts = [AccountFactory(line=line, platform=world.platform, **fields) for fields in kinds]
    for account in accounts:
        account.tags.add(world.tag)
        HandleRecordFactory(account=account, until_at=world.at)
    CoOwnerFactory(account=accounts[0], line=world.places["sibling"].line)
    return accounts


def _figures(world: SimpleNamespace, line: Any, accounts: list[Any]) -> None:
    for metric in (world.metric, world.spare_metric):
        for day in (dt.date(2026, 1, 5), dt.date(2026, 1, 6), world.at.date()):
            for account in accounts[:3]:
                Observation.objects.create(
                    account=account, metric=metric, on=day, value=9, observed_at=world.at
                )
            DailyRollup.objects.update_or_create(
                line=line, metric=metric, on=day, defaults={"total": 27, "count": 3}
            )
        Target.objects.create(
            line=line, metric=metric, value=99, reason="More", period_start=dt.date(2025, 1, 1),
            period_end=dt.date(2025, 3, 31),
        )  # fmt: skip
    for account in accounts[:3]:
        month = world.at.date().replace(day=1)
        AccountMonth.objects.create(
            account=account, month=month, observations=3, imported=3, last_on=world.at.date()
        )


def _work(world: SimpleNamespace, line: Any) -> None:
    by = UserFactory()
    for state in (BatchState.READY, BatchState.REFUSED, BatchState.APPLIED):
        batch = BatchFactory(
            kind="accounts", by=by, line=line, state=state, rows=9, created=4, rejected=5, by_label="More"
        )
        ImportProblem.objects.create(batch=batch, row=2, code="x", message="More")
    for number in range(3):
        JournalEntry.objects.create(
            object_type="coe.BusinessLine", object_id=line.public_id, line=line, author=by, body="More"
        )
        ChangeEvent.objects.create(
            at=world.at, action="line.updated", object_type="coe.BusinessLine", object_id=line.public_id,
            object_label="More", line_id=line.pk, changes={"name": [str(number), "x"]},
        )  # fmt: skip
    LineFact.objects.create(line=line, fact="accounts", at=world.at)
    LineFact.objects.create(line=None, fact="training", at=world.at)


def _scores(world: SimpleNamespace, line: Any) -> None:
    rubric = world.current
    StageRow.objects.filter(line=line).update(known_until=world.at)
    for dimension in ("", "GOV", "STR"):
        StageRow.objects.create(
            line=line, rubric=rubric, dimension=dimension, standing="reached", level_index=1, rise=1,
            score_tenths=660, met=3, applicable=4, known_from=world.at,
        )  # fmt: skip
        TargetStage.objects.create(
            line=line, rubric_code=rubric.code, dimension=dimension, level="run", reason="More",
            due_on=dt.date(2026, 1, 1),
        )  # fmt: skip
    VerdictRow.objects.filter(line=line).update(known_until=world.at)
    VerdictRow.objects.create(
        line=line, rubric=rubric, criterion="GOV-C4", verdict="fail", numerator=1, denominator=4,
        reason="threshold_missed", known_from=world.at,
    )  # fmt: skip


def _governance(world: SimpleNamespace, line: Any) -> None:
    for account in line.accounts.all()[:3] if hasattr(line, "accounts") else ():
        AccessGrant.objects.create(
            person=UserFactory(), account=account, level="analyst", requested_by=UserFactory(), requested_at=world.at,
            granted_by=UserFactory(), granted_at=world.at, basis="none_needed",
        )  # fmt: skip
    for number in range(3):
        policy = Policy.objects.create(
            code=f"{line.code}-{number}".lower(), type="other", titles={"en": "More"}
        )
        PolicyException.objects.create(
            subject="policy", policy=policy, line=line, requester=UserFactory(), approver=UserFactory(), requested_at=world.at,
            expires_at=world.at + dt.timedelta(days=9), title="More", reason="More", compensating_control="More",
        )  # fmt: skip


def _training(world: SimpleNamespace, line: Any) -> None:
    learner = RoleFactory(line=line, role="contributor").user
    record_completion(finished(world.version, world.at, learner), by=BY, at=world.at)
    late = RoleFactory(line=line, role="contributor").user
    enrolled = Enrolment.objects.create(
        user=late, curriculum=world.curriculum, line=line, enrolled_at=world.at - dt.timedelta(days=60)
    )
    Requirement.objects.create(
        enrolment=enrolled, user=late, course=world.course, due_at=world.at - dt.timedelta(days=30)
    )
    Attempt.objects.create(user=late, version=world.version, started_at=world.at, pass_mark=80)
    Statement.objects.create(
        line=line, statement_id=uuid7(), verb="x", activity="https://x.test/more", actor_kind="mbox", actor_value="a@b.test",
        effect=StatementEffect.COMPLETED, state=StatementState.PARKED, happened_at=world.at, stored_at=world.at,
        fingerprint="0" * 64, document={},
    )  # fmt: skip
    if line.parent_id is not None:
        # What the line above offers is for all below it, the caller's line too.
        session = Session.objects.create(
            course=world.course, line=line, starts_at=world.at + dt.timedelta(days=3),
            ends_at=world.at + dt.timedelta(days=3, hours=1),
        )  # fmt: skip
        Seat.objects.create(session=session, user=late, booked_at=world.at)
