"""What waits for somebody: piles of work in the caller's scope, each with the page where it is worked off."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.utils.translation import gettext as _

from coe.enums.accounts import LIVE_STATES, AccountState, MfaState
from coe.enums.roles import Permission
from coe.enums.work import BatchState, OutboxState
from coe.models import ImportBatch, OutboxMessage, Platform, SocialAccount
from coe.rules.principals import Principal
from coe.rules.scope import scoped
from coe.selectors.counting import how_many
from metrics.models import AccountMonth, RubricVersion, StageRow, TargetStage
from metrics.scoring import Rubric
from metrics.selectors.rubrics import current_rubric, rubric_of
from metrics.selectors.targets import ended_targets

STALE_DAYS = 45
REJECTED_FOR = dt.timedelta(days=30)


@dataclass(frozen=True)
class NeedsYou:
    """A pile of work and where it is worked off."""

    kind: str
    label: str
    count: int
    url: str


@dataclass(frozen=True)
class Pile:
    """A pile that may be there: its words, its page, and what makes its size, as a value inside another query."""

    label: str
    url: str
    size: Callable[[], Any]


def silent_accounts(principal: Principal, at: dt.datetime) -> QuerySet[SocialAccount]:
    """Live accounts in scope without a figure in `STALE_DAYS`."""
    silent_since = at.date() - dt.timedelta(days=STALE_DAYS)
    fresh = AccountMonth.objects.filter(
        account=OuterRef("pk"), month__gte=silent_since.replace(day=1), last_on__gte=silent_since
    )
    live = scoped(SocialAccount.objects.order_by(), principal).filter(state__in=LIVE_STATES)
    return live.filter(~Exists(fresh.order_by()))


def silent_pile(principal: Principal, at: dt.datetime) -> Pile:
    """Accounts that fell silent. Two large tables are read for its size, so it is no part of the pulse."""
    return Pile(
        _("Live accounts without a figure in 45 days"),
        "/imports/",
        lambda: how_many(silent_accounts(principal, at)),
    )


def account_piles(principal: Principal, at: dt.datetime) -> dict[str, Pile]:
    """Work that waits on accounts in scope.

    Each pile is counted apart and starts at what makes it small, so that an index as large as the pile answers it and nobody
    reads the register. Conditions are worded as the indexes word them, or PostgreSQL does not see that they fit.
    """

    def live() -> QuerySet[SocialAccount]:
        return scoped(SocialAccount.objects.all(), principal).filter(state__in=LIVE_STATES)

    def awaiting() -> Any:
        return how_many(scoped(SocialAccount.objects.all(), principal).filter(state=AccountState.REQUESTED))

    def gone() -> Any:
        # Each account once: those whose backup left are counted unless the first owner left too.
        first = live().filter(primary_owner__is_active=False)
        second = live().filter(backup_owner__is_active=False).exclude(primary_owner__is_active=False)
        return how_many(first) + how_many(second)

    def unsafe(state: str) -> Any:
        capable = Platform.objects.filter(is_mfa_capable=True).values("pk")
        found = live().filter(~Q(mfa_state=MfaState.ON), platform__in=capable)
        return how_many(found.filter(mfa_state=state))

    return {
        "awaiting": Pile(_("Accounts that await approval"), "/accounts/?state=requested", awaiting),
        "orphan": Pile(
            _("Live accounts without an owner"),
            "/accounts/?owner=none",
            lambda: how_many(live().filter(primary_owner__isnull=True, backup_owner__isnull=True)),
        ),
        "gone": Pile(_("Live accounts of people who have left"), "/accounts/?owner=gone", gone),
        "mfa_off": Pile(
            _("Accounts without a second factor"), "/accounts/?mfa=off", lambda: unsafe(MfaState.OFF)
        ),
        "mfa_unknown": Pile(
            _("Accounts whose second factor nobody verified"),
            "/accounts/?mfa=unknown",
            lambda: unsafe(MfaState.UNKNOWN),
        ),
    }


def target_piles(principal: Principal, at: dt.datetime) -> dict[str, Pile]:
    """Metrics of lines in scope whose last target has ended: for those who can set the next one."""
    if not principal.holds_anywhere(Permission.SET_TARGETS):
        return {}
    return {
        "ended": Pile(
            _("Targets that have ended without a next one"),
            "/metrics/?target=ended",
            lambda: how_many(ended_targets(principal, at.date())),
        )
    }


def newest_figure(principal: Principal) -> Subquery:
    """The newest day any account in scope has a figure for: the first one down the index."""
    months = scoped(AccountMonth.objects.all(), principal, "account__line").order_by("-month", "-last_on")
    return Subquery(months.values("last_on")[:1])


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


def late_pile(principal: Principal, at: dt.datetime, rubric: RubricVersion, model: Rubric) -> Pile:
    """Target stages in scope that are late."""
    return Pile(
        _("Target stages whose day has passed"),
        "/lines/?aim=late",
        lambda: how_many(late_aims(principal, at, rubric, model)),
    )


def office_piles(principal: Principal, at: dt.datetime) -> dict[str, Pile]:
    """Imports with refused rows, mails that did not leave, platform reviews overdue: for those who can work them off."""
    user, company = principal.user, principal.company_permissions
    piles: dict[str, Pile] = {}
    if user is not None and principal.holds_anywhere(Permission.IMPORT):

        def rejected() -> Any:
            since = dt.datetime.combine(at.date() - REJECTED_FOR, dt.time(), dt.UTC)
            batches = ImportBatch.objects.filter(
                Q(state__in=[BatchState.REFUSED, BatchState.FAILED]) | Q(rejected__gt=0),
                created_at__gte=since,
            )
            batches = batches.exclude(state__in=[BatchState.DISCARDED, BatchState.UNDONE])
            return how_many(batches if principal.sees_all else batches.filter(by=user))

        piles["rejected"] = Pile(_("Imports of this month with refused rows"), "/imports/", rejected)
    if user is not None and user.is_staff and Permission.ADMINISTER in company:

        def lost() -> Any:
            states = [OutboxState.FAILED, OutboxState.UNCERTAIN]
            return how_many(OutboxMessage.objects.filter(state__in=states))

        url = "/admin/coe/outboxmessage/?state__in=failed,uncertain"
        piles["mails"] = Pile(_("Mails that did not leave the hub"), url, lost)
    if user is not None and user.is_staff and Permission.MANAGE_PLATFORMS in company:

        def due() -> Any:
            overdue = Platform.objects.filter(is_active=True, terms_review_due_on__lt=at.date())
            return how_many(overdue)

        piles["reviews"] = Pile(_("Platforms whose review is overdue"), "/admin/coe/platform/", due)
    return piles


def waiting_piles(piles: Mapping[str, Pile], sizes: Mapping[str, Any]) -> tuple[NeedsYou, ...]:
    """The piles that are there, with their sizes."""
    return tuple(
        NeedsYou(kind, pile.label, sizes[kind], pile.url) for kind, pile in piles.items() if sizes.get(kind)
    )
