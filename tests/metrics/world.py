"""A small company to measure: what every test of the maturity engine builds on."""

import datetime as dt
from typing import Any

from coe.enums.roles import Role
from coe.models import BusinessLine, Organisation, SocialAccount, User
from governance.models import AccountCertification
from metrics.indicators.base import moment_of
from metrics.indicators.registry import collect
from metrics.models import AccountMonth, Metric, Observation
from tests.factories import AccountFactory, LineFactory, PlatformFactory, RoleFactory, UserFactory

AT = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)
TODAY = AT.date()


def organisation(**fields: Any) -> Organisation:
    """The organisation with a corporate domain."""
    return Organisation.objects.update_or_create(
        pk=1, defaults={"corporate_domains": ["example.com"], **fields}
    )[0]


def measured(code: str, *lines: BusinessLine) -> dict[str | None, tuple[int | None, int | None, str]]:
    """What an indicator says of lines: (numerator, denominator, state) by line code, None being the programme."""
    ids = [line.pk for line in lines] or None
    codes = dict(BusinessLine.objects.values_list("pk", "code"))
    readings = collect([code], ids, moment_of(AT))
    return {codes.get(r.line_id): (r.numerator, r.denominator, str(r.state)) for r in readings}


def good_account(line: BusinessLine, **fields: Any) -> SocialAccount:
    """A live account that passes every check of the register."""
    values: dict[str, Any] = {
        "line": line,
        "platform": PlatformFactory(code="twitter"),
        "url": "https://x.com/acme",
        "tier": 1,
        "purpose": "News",
        "audience": "Customers",
        "languages": ["en"],
        "primary_owner": UserFactory(),
        "backup_owner": UserFactory(),
        "publish_method": "approved_tool",
        "custody_kind": "vault",
        "vault_reference": "vault/1",
        "recovery_email": "social@example.com",
        "recovery_kind": "shared_mailbox",
        "mfa_state": "on",
        "mfa_verified_on": TODAY - dt.timedelta(days=10),
        "app_review_on": TODAY - dt.timedelta(days=10),
        "comment_policy_url": "https://example.com/rules",
        "retention_class": "3y",
        "archive_method": "tool",
        "last_post_at": AT - dt.timedelta(days=1),
        "planned_cadence_days": 7,
        "state_since": AT - dt.timedelta(days=300),
    }
    return AccountFactory(**values | fields)


def certified(account: SocialAccount, *, days: int = 10) -> AccountCertification:
    """The primary owner certified the account as it stands, some days ago."""
    at = AT - dt.timedelta(days=days)
    return AccountCertification.objects.create(
        account=account,
        custody_revision=account.custody_revision,
        by=account.primary_owner,
        by_name=account.primary_owner.name,
        at=at,
        next_due_at=at + dt.timedelta(days=365),
    )


def month(account: SocialAccount, on: dt.date, *, observations: int = 10, imported: int = 10) -> AccountMonth:
    """Figures of an account in the month of a day."""
    return AccountMonth.objects.create(
        account=account, month=on.replace(day=1), observations=observations, imported=imported, last_on=on
    )


def reported(account: SocialAccount) -> None:
    """Figures in this month and the three before."""
    for on in (dt.date(2025, 12, 31), dt.date(2026, 1, 31), dt.date(2026, 2, 28), dt.date(2026, 3, 1)):
        month(account, on)


def metric(code: str, **fields: Any) -> Metric:
    """A metric that is completely defined."""
    values = {"labels": {"en": code}, "formula": "x", "source": "tool", "owner": UserFactory()}
    return Metric.objects.create(code=code, **values | fields)


def observed(account: SocialAccount, of: Metric, on: dt.date, **values: Any) -> Observation:
    """One observation."""
    return Observation.objects.create(account=account, metric=of, on=on, observed_at=AT, **values)


def led(line: BusinessLine) -> tuple[User, User]:
    """A lead and a deputy for a line."""
    lead = RoleFactory(role=Role.LINE_LEAD, line=line).user
    return lead, RoleFactory(role=Role.DEPUTY, line=line).user


def tree() -> tuple[BusinessLine, BusinessLine, BusinessLine]:
    """A region with two lines below it."""
    region = LineFactory(code="REG", is_spoke=False)
    return region, LineFactory(code="A", parent=region), LineFactory(code="B", parent=region)
