"""Governance and risk: what the register must know of every live account."""

import datetime as dt

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from coe.enums.accounts import MfaState
from metrics.indicators.accounts import AccountCheck, indicator
from metrics.indicators.base import Moment
from metrics.indicators.seats import present

MFA_CHECK_DAYS = 365


def _verified_since(moment: Moment) -> dt.date:
    return moment.ago(MFA_CHECK_DAYS)


def confirmed_mfa(moment: Moment) -> Q:
    """A second factor that is on and was looked at within a year.

    An "on" that nobody has looked at for a year is not confirmed; counting it while dated evidence ages would let the loss of a date
    raise the share.
    """
    return Q(mfa_state=MfaState.ON, mfa_verified_on__gte=_verified_since(moment))


INDICATORS = (
    indicator(
        AccountCheck(
            "accounts.registered_fields",
            # Platform and line cannot be empty: the database says so.
            passing=lambda moment: (
                ~Q(url="") & (Q(primary_owner__isnull=False) | Q(backup_owner__isnull=False))
            ),
            why=_("Address or owner is missing."),
            anchor="identity",
        )
    ),
    indicator(
        AccountCheck(
            "accounts.mfa_on",
            population=lambda moment: Q(platform__is_mfa_capable=True),
            passing=confirmed_mfa,
            recorded=lambda moment: ~Q(mfa_state=MfaState.UNKNOWN),
            dated="mfa_verified_on",
            why=_("The second factor is off, or was not verified within a year."),
            facts=frozenset({"accounts", "platforms"}),
            anchor="custody",
        )
    ),
    indicator(
        AccountCheck(
            "accounts.two_owners",
            passing=lambda moment: (
                present(moment, "primary_owner")
                & present(moment, "backup_owner")
                & ~Q(primary_owner=F("backup_owner"))
            ),
            why=_("It lacks two different owners who are both with the company."),
            facts=frozenset({"accounts", "roles"}),
            anchor="owners",
        )
    ),
)
