"""Duties of the ground floor: accounts without an owner who is here, requests to decide, terms to review, tokens to replace."""

from collections.abc import Collection, Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _, ngettext_lazy

from coe.enums.accounts import AccountState
from coe.enums.roles import Permission
from coe.models import BusinessLine, Organisation, Platform, ServiceToken, SocialAccount, User
from coe.rules.working_time import instant_of
from coe.selectors.duties import Duty
from coe.selectors.posts import holders_of, leads_of_lines
from coe.selectors.working_times import working_times

AHEAD = timedelta(days=30)


def owner_duties(people: Collection[User], *, at: datetime) -> Iterator[Duty]:
    """Line leads find a new owner for accounts whose owner has left: within one business day of the line (domain: leavers).

    One duty per line, due by the leaver who left first. Leaving days are dates; the day counts where the line is.
    """
    gone = Q(primary_owner__is_active=False) | Q(backup_owner__is_active=False)
    counted = list(
        SocialAccount.objects.live()
        .filter(gone)
        .order_by()
        .values("line_id")
        .annotate(
            accounts=Count("pk"),
            primary=Min("primary_owner__left_on", filter=Q(primary_owner__is_active=False)),
            backup=Min("backup_owner__left_on", filter=Q(backup_owner__is_active=False)),
        )
    )
    line_ids = [row["line_id"] for row in counted]
    leads = leads_of_lines(line_ids, at=at)
    asked = {person.pk for person in people}
    lines = BusinessLine.objects.in_bulk({line for line in line_ids if asked & set(leads.get(line, ()))})
    hours = working_times(lines)
    for row in counted:
        line = lines.get(row["line_id"])
        if line is None:
            continue
        left = min((day for day in (row["primary"], row["backup"]) if day), default=None)
        noon = left and instant_of(left, time(12), hours[line.pk].zone)
        for person_id in leads[line.pk]:
            if person_id in asked:
                yield Duty(
                    person_id=person_id,
                    kind="account.owner",
                    key=line.code,
                    title=format_lazy(
                        ngettext_lazy(
                            "Name a new owner for {count} account of {line}",
                            "Name new owners for {count} accounts of {line}",
                            row["accounts"],
                        ),
                        count=row["accounts"],
                        line=line.name,
                    ),
                    url=f"{reverse('account-list')}?owner=gone&line={line.pk}",
                    due_at=hours[line.pk].after_days(noon, 1) if noon else None,
                    line=line,
                    note=_("An owner has left and may still hold the keys."),
                )


def request_duties(people: Collection[User], *, at: datetime) -> Iterator[Duty]:
    """The hub decides on accounts that lines asked for."""
    deciders = holders_of(Permission.APPROVE_ACCOUNT, people, at=at)
    if not deciders:
        return
    count = SocialAccount.objects.filter(state=AccountState.REQUESTED).count()
    if not count:
        return
    for person in deciders:
        yield Duty(
            person_id=person.pk,
            kind="account.request",
            key="requested",
            title=format_lazy(
                ngettext_lazy(
                    "Decide on {count} requested account", "Decide on {count} requested accounts", count
                ),
                count=count,
            ),
            url=f"{reverse('account-list')}?state={AccountState.REQUESTED}",
            note=_("The lines that asked may not use them before."),
        )


def terms_duties(people: Collection[User], *, at: datetime) -> Iterator[Duty]:
    """The hub reviews the terms of platforms whose review is due within 30 days; a review day lasts to its end in the company's zone.

    Reviews are noted in the admin, so it falls to those who may open it.
    """
    staff = [person for person in people if person.is_staff]
    reviewers = holders_of(Permission.MANAGE_PLATFORMS, staff, at=at) if staff else []
    if not reviewers:
        return
    company = Organisation.objects.filter(pk=1).first() or Organisation()
    zone = ZoneInfo(company.time_zone)
    last = (at + AHEAD).astimezone(zone).date()
    rows = Platform.objects.filter(is_active=True, terms_review_due_on__lte=last).order_by("code")
    for pk, code, name, due_on in rows.values_list("pk", "code", "name", "terms_review_due_on"):
        for person in reviewers:
            yield Duty(
                person_id=person.pk,
                kind="platform.terms",
                key=code,
                title=format_lazy(_("Review the terms and privacy notice of {platform}"), platform=name),
                url=reverse("admin:coe_platform_change", args=[pk]),
                due_at=_end_of(due_on, zone),
            )


def token_duties(people: Collection[User], *, at: datetime) -> Iterator[Duty]:
    """Whoever made a service token replaces it in the last 30 days before it expires, unless a younger one replaced it."""
    ids = [person.pk for person in people]
    rows = ServiceToken.objects.filter(
        created_by__in=ids, revoked_at=None, expires_at__gt=at, expires_at__lte=at + AHEAD
    )
    replaced = ServiceToken.objects.filter(replaces__isnull=False, revoked_at=None).values("replaces_id")
    for token in rows.exclude(pk__in=replaced).select_related("line").order_by("expires_at", "id"):
        yield Duty(
            person_id=token.created_by_id,
            kind="token.expiry",
            key=str(token.public_id),
            title=format_lazy(_("Replace the token “{token}” before it expires"), token=token.name),
            url=reverse("token-list"),
            due_at=token.expires_at,
            line=token.line,
            note=_("What pushes data with it stops otherwise."),
        )


def _end_of(day: date, zone: ZoneInfo) -> datetime:
    return instant_of(day + timedelta(days=1), time(0), zone)
