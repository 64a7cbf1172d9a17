"""How certifications of accounts stand, for one and for all at once."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, F, FilteredRelation, Max, Q, QuerySet, Value, When

from coe.enums.accounts import CUSTODY_FIELDS, LIVE_STATES
from coe.models import ChangeEvent, Organisation, SocialAccount
from coe.rules.principals import Principal
from coe.rules.scope import accounts_in_scope, scoped
from governance.enums.certification import VALID_STANDINGS, Standing
from governance.enums.exceptions import ExceptionState, ExceptionSubject
from governance.enums.policies import CampaignState
from governance.models import AccountCertification, AccountCheck, CertificationCampaign, PolicyException
from governance.rules.certification import AHEAD, FIRST_TIME, Known, standing_at


@dataclass(frozen=True)
class Stood:
    """How one account's certification stands: by whom and when it was certified (None: never), and when it is due."""

    standing: Standing
    due_at: datetime | None
    certified_at: datetime | None = None
    by_name: str = ""

    @property
    def is_valid(self) -> bool:
        """Whether the account counts as certified."""
        return self.standing in VALID_STANDINGS


@dataclass(frozen=True)
class Reopened:
    """What changed since an account was certified: the fields, the first change of them, and who made the last one."""

    fields: tuple[str, ...]
    since: datetime
    by: str


def certifiable_by(principal: Principal) -> QuerySet[SocialAccount]:
    """Accounts whose certification the caller sees: those in scope, and those they own on whatever line."""
    found = accounts_in_scope(principal)
    if principal.user is None or principal.sees_all:
        return found
    own = Q(primary_owner=principal.user.pk) | Q(backup_owner=principal.user.pk)
    return SocialAccount.objects.filter(Q(pk__in=found.values("pk")) | own)


def certifications_visible_to(principal: Principal) -> QuerySet[AccountCertification]:
    """Certifications of accounts the caller sees."""
    return _of_accounts(AccountCertification.objects.all(), principal)


def checks_visible_to(principal: Principal) -> QuerySet[AccountCheck]:
    """Looks at accounts the caller sees."""
    return _of_accounts(AccountCheck.objects.all(), principal)


def _of_accounts(rows: QuerySet[Any], principal: Principal) -> QuerySet[Any]:
    return rows if principal.sees_all else rows.filter(account__in=certifiable_by(principal).values("pk"))


def campaigns_visible_to(principal: Principal) -> QuerySet[CertificationCampaign]:
    """Campaigns on the caller's lines, and those of the whole company, which reach every line."""
    if principal.sees_all:
        return CertificationCampaign.objects.all()
    own = scoped(CertificationCampaign.objects.all(), principal)
    above = CertificationCampaign.objects.filter(line__descendant_links__descendant__in=principal.line_ids)
    return CertificationCampaign.objects.filter(
        Q(pk__in=own.values("pk")) | Q(pk__in=above.values("pk")) | Q(line=None)
    )


def with_standing(accounts: QuerySet[SocialAccount], *, at: datetime) -> QuerySet[SocialAccount]:
    """Accounts with what stands of them: `certified_at`, `certified_by`, `certified_due`, `certified_revision`, `standing`, `due`."""
    rows = accounts.annotate(
        one=FilteredRelation("certifications", condition=Q(certifications__ended_at__isnull=True))
    ).annotate(
        certified_at=F("one__at"),
        certified_by=F("one__by_name"),
        certified_due=F("one__next_due_at"),
        certified_revision=F("one__custody_revision"),
    )
    return rows.annotate(
        standing=Case(
            When(certified_at__isnull=True, then=Value(Standing.NEVER.value)),
            When(~Q(certified_revision=F("custody_revision")), then=Value(Standing.REOPENED.value)),
            When(certified_due__lte=at, then=Value(Standing.OVERDUE.value)),
            When(certified_due__lte=at + AHEAD, then=Value(Standing.SOON.value)),
            default=Value(Standing.STANDS.value),
        )
    )


def due_of(*, certified_due: datetime | None, live_since: datetime) -> datetime:
    """When an account is to be certified: by the date of the last time, else some weeks after it went live."""
    return certified_due or live_since + FIRST_TIME


def standing(accounts: Iterable[int] | QuerySet[SocialAccount], *, at: datetime) -> dict[int, Stood]:
    """Account → how its certification stands at an instant, for as many accounts as are asked (one query)."""
    rows = accounts if isinstance(accounts, QuerySet) else SocialAccount.objects.filter(pk__in=list(accounts))
    found = {}
    values = (
        with_standing(rows, at=at)
        .order_by()
        .values_list(
            "pk", "custody_revision", "state_since", "certified_revision", "certified_due", "certified_at", "certified_by"
        )
    )  # fmt: skip
    for pk, revision, since, certified_revision, due, certified_at, name in values:
        found[pk] = Stood(
            standing_at(
                custody_revision=revision, certified_revision=certified_revision, next_due_at=due, at=at
            ),
            due_of(certified_due=due, live_since=since),
            certified_at,
            name or "",
        )
    return found


def reopened(certified: Mapping[UUID, datetime]) -> dict[UUID, Reopened]:
    """What changed of custody and owners since accounts (public id → certified at) were certified, from their history (one query)."""
    if not certified:
        return {}
    events = (
        ChangeEvent.objects.filter(object_id__in=list(certified), at__gte=min(certified.values()))
        .order_by("id")
        .values_list("object_id", "action", "at", "changes", "actor_label")
    )
    fields: dict[UUID, dict[str, None]] = defaultdict(dict)
    first: dict[UUID, datetime] = {}
    last: dict[UUID, str] = {}
    for key, action, at, changes, who in events:
        touched = [name for name in changes if name in CUSTODY_FIELDS]
        if action == "account.certified":
            # What stood before it in the history was certified with it, also at the same instant.
            fields[key].clear()
            first.pop(key, None)
        elif touched and at >= certified[key]:
            fields[key].update(dict.fromkeys(touched))
            first.setdefault(key, at)
            last[key] = who
    return {key: Reopened(tuple(fields[key]), first[key], last[key]) for key in first}


def known_of(account: SocialAccount, *, at: datetime) -> Known:
    """What the pre-checks of an account ask beside its own row (three queries)."""
    company = Organisation.objects.filter(pk=1).first() or Organisation()
    checks: dict[str, tuple[str, Any]] = {}
    looks = AccountCheck.objects.filter(account=account).order_by("checked_on", "id")
    for kind, outcome, day in looks.values_list("kind", "outcome", "checked_on"):
        checks[kind] = (outcome, day)
    waivers = PolicyException.objects.filter(
        subject=ExceptionSubject.ACCOUNT, account=account, state=ExceptionState.ACTIVE, starts_at__lte=at, expires_at__gt=at
    )  # fmt: skip
    # Only the second factor may be waived: it is what a platform or a partner's device can stand in the way of.
    waived = {"mfa"} if waivers.filter(clause__iexact="mfa").exists() else set()
    return Known(company.corporate_domains, at.date(), checks, waived)


def selected_by(
    campaign: CertificationCampaign, accounts: QuerySet[SocialAccount]
) -> QuerySet[SocialAccount]:
    """Those of some accounts that a campaign asks to be certified: live ones of its line and below, its platform, its tier.

    It is asked anew at every look, so that accounts that come or change hands are in it and those that close are not.
    """
    rows = accounts.filter(state__in=LIVE_STATES)
    if campaign.line_id is not None:
        rows = rows.filter(line__ancestor_links__ancestor=campaign.line_id)
    if campaign.platform_id is not None:
        rows = rows.filter(platform=campaign.platform_id)
    if campaign.tier is not None:
        rows = rows.filter(tier=campaign.tier)
    return rows


def _done_in(campaign: CertificationCampaign) -> Q:
    """Certified since the campaign began, and not void by a change of custody."""
    return Q(certified_at__gte=campaign.starts_at, certified_revision=F("custody_revision"))


def open_in(
    campaign: CertificationCampaign, accounts: QuerySet[SocialAccount], *, at: datetime
) -> QuerySet[SocialAccount]:
    """Accounts (with their standing) that a campaign still waits for."""
    rows = with_standing(selected_by(campaign, accounts), at=at)
    return rows.exclude(pk__in=rows.filter(_done_in(campaign)).values("pk"))


def progress(
    campaign: CertificationCampaign, accounts: QuerySet[SocialAccount], *, at: datetime
) -> QuerySet[Any]:
    """Rows of line__code, line__name, total and done, of the lines that own selected accounts."""
    rows = with_standing(selected_by(campaign, accounts), at=at)
    return (
        rows.order_by("line__code_key")
        .values("line_id", "line__code", "line__name", "line__code_key")
        .annotate(
            total=Count("pk", distinct=True), done=Count("pk", filter=_done_in(campaign), distinct=True)
        )
    )


def running_campaigns(at: datetime) -> list[CertificationCampaign]:
    """Campaigns under way, the earliest due first."""
    rows = CertificationCampaign.objects.filter(state=CampaignState.RUNNING, starts_at__lte=at)
    return list(rows.order_by("due_at", "id"))


def campaign_of(
    account: SocialAccount,
    campaigns: Iterable[CertificationCampaign],
    above: Collection[int],
    *,
    certified_at: datetime | None = None,
) -> CertificationCampaign | None:
    """The first of some campaigns that asks for an account; `above` are its line and the lines above it (no query).

    A campaign that began before `certified_at` (of a certification that is not void) has what it asked for.
    """
    for one in campaigns:
        if certified_at is not None and certified_at >= one.starts_at:
            continue
        if (
            (one.line_id is None or one.line_id in above)
            and one.platform_id in (None, account.platform_id)
            and one.tier in (None, account.tier)
        ):
            return one
    return None


def latest_checks(account_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """Account → kind of look → the last day somebody looked (one query)."""
    found: dict[int, dict[str, Any]] = defaultdict(dict)
    rows = AccountCheck.objects.filter(account__in=account_ids).order_by().values_list("account_id", "kind")
    for account_id, kind, day in rows.annotate(day=Max("checked_on")):
        found[account_id][kind] = day
    return found
