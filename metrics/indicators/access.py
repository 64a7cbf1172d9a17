"""Access to accounts: whom it was given to, whether it is looked at every quarter, and how fast it ends when somebody leaves."""

import datetime as dt

from django.db.models import Count, F, Max, Q, QuerySet
from django.utils.translation import gettext as _

from governance.enums.access import GrantBasis, GrantState, RevokeCause
from governance.models import AccessGrant
from metrics.indicators.base import EvidenceItem, Indicator, Lines, Moment, Reading, of_lines

# The windows of GOV-R1, TRN-W2 and TLS-R2.
REVOKED_DAYS = 90
GRANTED_DAYS = 90
QUARTER_DAYS = 92

_CERTIFIED = Q(basis__in=(GrantBasis.CERTIFICATE, GrantBasis.EXCEPTION))
_IN_TIME = Q(revoked_at__lte=F("revoke_due_at"))


def _grants(lines: Lines) -> QuerySet[AccessGrant]:
    return AccessGrant.objects.filter(of_lines(lines, "account__line")).order_by()


def _revocations(lines: Lines, moment: Moment) -> QuerySet[AccessGrant]:
    """Access of leavers and movers that fell due in the window, or ended before it had to."""
    since = moment.at - dt.timedelta(days=REVOKED_DAYS)
    return _grants(lines).filter(
        Q(revoke_due_at__lte=moment.at) | Q(revoked_at__lte=moment.at),
        revoke_cause__in=(RevokeCause.LEFT, RevokeCause.MOVED),
        revoke_asked_at__gt=since,
        revoke_asked_at__lte=moment.at,
    )


def _given(lines: Lines, moment: Moment) -> QuerySet[AccessGrant]:
    since = moment.at - dt.timedelta(days=GRANTED_DAYS)
    return _grants(lines).filter(granted_at__gt=since, granted_at__lte=moment.at)


def _standing(lines: Lines, moment: Moment) -> QuerySet[AccessGrant]:
    """Access that is old enough to have been confirmed within a quarter."""
    return _grants(lines).filter(
        state=GrantState.ACTIVE, granted_at__lte=moment.at - dt.timedelta(days=QUARTER_DAYS)
    )


def _confirmed(moment: Moment) -> Q:
    return Q(reviewed_at__gt=moment.at - dt.timedelta(days=QUARTER_DAYS), reviewed_at__lte=moment.at)


def _shares(code: str, rows: QuerySet[AccessGrant], good: Q, dated: str) -> list[Reading]:
    counted = rows.values_list("account__line_id").annotate(
        good=Count("pk", filter=good), size=Count("pk"), latest=Max(dated, filter=good)
    )
    return [
        Reading(line_id, code, passing, size, evidence_on=latest.date() if latest else None, records=size)
        for line_id, passing, size, latest in counted.order_by("account__line_id")
    ]


def _measured(codes: frozenset[str], lines: Lines, moment: Moment) -> list[Reading]:
    """Three questions about grants, one query each."""
    found = []
    if "access.revoked_in_time" in codes:
        rows = _revocations(lines, moment)
        found += _shares("access.revoked_in_time", rows, _IN_TIME, "revoked_at")
    if "access.granted_to_certified" in codes:
        found += _shares("access.granted_to_certified", _given(lines, moment), _CERTIFIED, "granted_at")
    if "access.recertified_quarter" in codes:
        rows = _standing(lines, moment)
        found += _shares("access.recertified_quarter", rows, _confirmed(moment), "reviewed_at")
    return found


def _items(rows: QuerySet[AccessGrant], why: str, limit: int) -> list[EvidenceItem]:
    told = rows.select_related("person", "account__platform").order_by("account__handle_key", "pk")[:limit]
    return [
        EvidenceItem(
            f"{row.person} · {row.account} ({row.get_level_display()})",
            why,
            f"{row.account.get_absolute_url()}#access",
            "grant",
            str(row.public_id),
        )
        for row in told
    ]


def _late(lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
    rows = _revocations(lines, moment).exclude(_IN_TIME & Q(revoked_at__isnull=False))
    return _items(rows, _("Access did not end within one business day."), limit)


def _uncertified(lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
    rows = _given(lines, moment).exclude(_CERTIFIED)
    return _items(
        rows, _("It rests on no certificate and no exception: no course is asked for this level."), limit
    )


def _unconfirmed(lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
    rows = _standing(lines, moment).filter(Q(reviewed_at__isnull=True) | ~_confirmed(moment))
    return _items(rows, _("Nobody confirmed it within a quarter."), limit)


_FACTS = frozenset({"access", "accounts"})
INDICATORS = (
    Indicator("access.revoked_in_time", _measured, _late, _FACTS, fix="accounts"),
    Indicator("access.granted_to_certified", _measured, _uncertified, _FACTS | {"training"}, fix="accounts"),
    Indicator("access.recertified_quarter", _measured, _unconfirmed, _FACTS, fix="accounts"),
)
