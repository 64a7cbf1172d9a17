"""What waits for somebody: piles of work in the caller's scope, each with the page where it is worked off."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from coe.enums.accounts import LIVE_STATES, AccountState, MfaState
from coe.enums.roles import Permission
from coe.enums.work import BatchState, OutboxState
from coe.models import ImportBatch, Organisation, OutboxMessage, Platform, SocialAccount
from coe.rules.principals import Principal
from coe.rules.scope import scoped
from metrics.models import AccountMonth, RubricVersion, StageRow, TargetStage
from metrics.scoring import Rubric
from metrics.selectors.rubrics import current_rubric, rubric_of

STALE_DAYS = 45
REJECTED_FOR = dt.timedelta(days=30)


@dataclass(frozen=True)
class NeedsYou:
    """A pile of work and where it is worked off."""

    kind: str
    label: str
    count: int
    url: str


def account_piles(principal: Principal, at: dt.datetime) -> tuple[tuple[NeedsYou, ...], dt.date | None]:
    """Work that waits on accounts in scope, and the newest figure among them (one query)."""
    live = Q(state__in=LIVE_STATES)
    fresh = AccountMonth.objects.filter(
        account=OuterRef("pk"), last_on__gte=at.date() - dt.timedelta(days=STALE_DAYS)
    ).order_by()
    # Asked once, from the newest month down the index; not per account.
    newest = (
        scoped(AccountMonth.objects.all(), principal, "account__line")
        .order_by("-month", "-last_on")
        .values("last_on")[:1]
    )
    capable = live & Q(platform__is_mfa_capable=True)
    gone = Q(primary_owner__is_active=False) | Q(backup_owner__is_active=False)
    found = (
        scoped(SocialAccount.objects.order_by(), principal)
        .annotate(is_fresh=Exists(fresh))
        .aggregate(
            awaiting=Count("pk", filter=Q(state=AccountState.REQUESTED)),
            orphan=Count("pk", filter=live & Q(primary_owner__isnull=True, backup_owner__isnull=True)),
            gone=Count("pk", filter=live & gone),
            mfa_off=Count("pk", filter=capable & Q(mfa_state=MfaState.OFF)),
            mfa_unknown=Count("pk", filter=capable & Q(mfa_state=MfaState.UNKNOWN)),
            stale=Count("pk", filter=live & Q(is_fresh=False)),
            on=Max(Subquery(newest)),
        )
    )
    piles = (
        ("awaiting", _("Accounts that await approval"), "/accounts/?state=requested"),
        ("orphan", _("Live accounts without an owner"), "/accounts/?owner=none"),
        ("gone", _("Live accounts of people who have left"), "/accounts/?owner=gone"),
        ("mfa_off", _("Accounts without a second factor"), "/accounts/?mfa=off"),
        ("mfa_unknown", _("Accounts whose second factor nobody verified"), "/accounts/?mfa=unknown"),
        ("stale", _("Live accounts without a figure in 45 days"), "/imports/"),
    )
    return tuple(NeedsYou(kind, label, found[kind], url) for kind, label, url in piles if found[kind]), found[
        "on"
    ]


def late_aims(principal: Principal, at: dt.datetime, rubric: RubricVersion, model: Rubric) -> QuerySet[Any]:
    """Target stages in scope whose day has passed while the line stands below them."""
    places = Case(*[When(level=level.code, then=Value(level.index)) for level in model.levels])
    reached = StageRow.objects.open().filter(
        rubric=rubric,
        line=OuterRef("line"),
        dimension=OuterRef("dimension"),
        level_index__gte=OuterRef("place"),
    )
    return (
        scoped(TargetStage.objects.order_by(), principal)
        .filter(rubric_code=rubric.code, due_on__lt=at.date())
        .annotate(place=places)
        .filter(~Exists(reached))
    )


def lines_late(principal: Principal, at: dt.datetime) -> QuerySet[Any]:
    """Ids of the lines in scope that are late for a target stage; none without a rubric."""
    rubric = current_rubric()
    if rubric is None:
        return TargetStage.objects.none().values("line_id")
    return late_aims(principal, at, rubric, rubric_of(rubric)).values("line_id")


def other_piles(
    principal: Principal, at: dt.datetime, rubric: RubricVersion | None, model: Rubric | None
) -> tuple[NeedsYou, ...]:
    """Late target stages, imports with refused rows, mails that did not leave, platform reviews overdue (one query)."""
    user, company = principal.user, principal.company_permissions
    asked: dict[str, tuple[QuerySet[Any], str, str]] = {}
    if rubric is not None and model is not None:
        asked["late"] = (
            late_aims(principal, at, rubric, model),
            _("Target stages whose day has passed"),
            "/lines/?aim=late",
        )
    if user is not None and principal.holds_anywhere(Permission.IMPORT):
        batches = ImportBatch.objects.order_by().filter(
            Q(state__in=[BatchState.REFUSED, BatchState.FAILED]) | Q(rejected__gt=0),
            created_at__gte=at - REJECTED_FOR,
        )
        batches = batches.exclude(state__in=[BatchState.DISCARDED, BatchState.UNDONE])
        if not principal.sees_all:
            batches = batches.filter(by=user)
        asked["rejected"] = batches, _("Imports of this month with refused rows"), "/imports/"
    if user is not None and user.is_staff and Permission.ADMINISTER in company:
        lost = OutboxMessage.objects.order_by().filter(state__in=[OutboxState.FAILED, OutboxState.UNCERTAIN])
        asked["mails"] = (
            lost,
            _("Mails that did not leave the hub"),
            "/admin/coe/outboxmessage/?state__in=failed,uncertain",
        )
    if user is not None and user.is_staff and Permission.MANAGE_PLATFORMS in company:
        due = Platform.objects.order_by().filter(is_active=True, terms_review_due_on__lt=at.date())
        asked["reviews"] = due, _("Platforms whose review is overdue"), "/admin/coe/platform/"
    counts = {kind: _counted(rows) for kind, (rows, _label, _url) in asked.items()}
    rows: QuerySet[Any, Any] = Organisation.objects.filter(pk=1)
    found: dict[str, int] | None = rows.values(**counts).first() if counts else None
    return tuple(
        NeedsYou(kind, label, found[kind], url)
        for kind, (_rows, label, url) in asked.items()
        if found and found[kind]
    )


def _counted(rows: QuerySet[Any]) -> Coalesce:
    one = rows.values(one=F("pk") * 0).annotate(total=Count("pk")).values("total")
    return Coalesce(Subquery(one), 0)
