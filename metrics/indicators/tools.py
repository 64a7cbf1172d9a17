"""Tools and platforms: custody, publishing, retention, and the hub's decision about each platform in use."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _, gettext_lazy

from coe.enums.accounts import CustodyKind, PlatformDecision, PublishMethod, RecoveryKind
from coe.models import Platform, SocialAccount
from metrics.indicators.accounts import AccountCheck, indicator
from metrics.indicators.base import EvidenceItem, Indicator, Lines, Moment, Reading, of_lines
from metrics.scoring import Scope

APP_REVIEW_DAYS = 182


def _corporate(moment: Moment) -> Q:
    """A recovery address on a corporate domain, and not marked as private.

    While the organisation has named no domain, what people recorded about the mailbox has to do.
    """
    if not moment.domains:
        return ~Q(recovery_email="") & Q(
            recovery_kind__in=[RecoveryKind.SHARED_MAILBOX, RecoveryKind.CORPORATE_PERSON]
        )
    on_domain = Q()
    for domain in moment.domains:
        on_domain |= Q(recovery_email__iendswith=f"@{domain}") | Q(recovery_email__iendswith=f".{domain}")
    return on_domain & ~Q(recovery_kind=RecoveryKind.PERSONAL)


def _custody(moment: Moment) -> Q:
    kept = Q(custody_kind__in=[CustodyKind.SSO, CustodyKind.TOOL]) | (
        Q(custody_kind=CustodyKind.VAULT) & ~Q(vault_reference="")
    )
    return Q(recovery_kind=RecoveryKind.SHARED_MAILBOX) & kept


def _in_use() -> QuerySet[Platform]:
    live = SocialAccount.objects.live().filter(of_lines(None), platform=OuterRef("pk"))
    return Platform.objects.filter(Exists(live))


_UNDECIDED = Q(decision=PlatformDecision.UNDECIDED) | Q(terms_reviewed_on__isnull=True)


def _decided(codes: frozenset[str], lines: Lines, moment: Moment) -> list[Reading]:
    """Platforms with a live account that have a decision and a dated review of their terms."""
    rows = list(_in_use().order_by().values_list("decision", "terms_reviewed_on"))
    if not rows:
        return []
    good = [
        reviewed
        for decision, reviewed in rows
        if decision != PlatformDecision.UNDECIDED and reviewed is not None
    ]
    return [
        Reading(
            None,
            "platforms.decided",
            len(good),
            len(rows),
            evidence_on=max(good, default=None),
            records=len(rows),
        )
    ]


def _undecided(lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
    why = _("There is no decision, or no date of a review of its terms.")
    rows = _in_use().filter(_UNDECIDED).order_by("name", "pk")[:limit]
    return [
        EvidenceItem(row.name, why, f"/accounts/?platform={row.code}", "platform", row.code) for row in rows
    ]


INDICATORS = (
    Indicator(
        "platforms.decided",
        _decided,
        _undecided,
        frozenset({"platforms", "accounts"}),
        scope=Scope.PROGRAMME,
        fix="platforms",
    ),
    indicator(
        AccountCheck(
            "accounts.corporate_recovery",
            passing=_corporate,
            recorded=lambda moment: ~Q(recovery_email="") | ~Q(recovery_kind=RecoveryKind.UNKNOWN),
            why=gettext_lazy("The recovery address is not on a corporate domain."),
            facts=frozenset({"accounts", "organisation"}),
            anchor="custody",
        )
    ),
    indicator(
        AccountCheck(
            "accounts.approved_publishing",
            passing=lambda moment: Q(publish_method=PublishMethod.APPROVED_TOOL),
            recorded=lambda moment: ~Q(publish_method=PublishMethod.UNKNOWN),
            why=gettext_lazy("It does not publish through an approved tool."),
            anchor="custody",
        )
    ),
    indicator(
        AccountCheck(
            "accounts.custody_complete",
            passing=_custody,
            recorded=lambda moment: (
                ~Q(recovery_kind=RecoveryKind.UNKNOWN) | ~Q(custody_kind=CustodyKind.UNKNOWN)
            ),
            why=gettext_lazy(
                "Recovery is not a shared corporate mailbox, or nobody recorded where the credentials are kept."
            ),
            anchor="custody",
        )
    ),
    indicator(
        AccountCheck(
            "accounts.retention",
            passing=lambda moment: ~Q(retention_class="") & ~Q(archive_method=""),
            recorded=lambda moment: ~Q(retention_class="") | ~Q(archive_method=""),
            why=gettext_lazy("Retention class or capture method is missing."),
            anchor="compliance",
        )
    ),
    indicator(
        AccountCheck(
            "accounts.app_review",
            population=lambda moment: Q(tier=1),
            passing=lambda moment: Q(app_review_on__gte=moment.ago(APP_REVIEW_DAYS)),
            recorded=lambda moment: Q(app_review_on__isnull=False),
            dated="app_review_on",
            why=gettext_lazy("The connected apps were not reviewed within six months."),
            anchor="custody",
        )
    ),
)
