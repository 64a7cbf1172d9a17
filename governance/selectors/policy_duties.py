"""Duties of those who keep policies: versions to review, approved ones to publish, and policies whose review day comes."""

from collections.abc import Collection, Iterator
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from coe.enums.roles import Permission
from coe.models import Organisation, User
from coe.rules.working_time import instant_of
from coe.selectors.duties import Duty
from coe.selectors.posts import holders_of
from governance.enums.policies import PolicyVersionState
from governance.models import Policy, PolicyVersion
from governance.selectors.policies import due_for_renewal, open_reviews

RENEW_AHEAD = timedelta(days=60)
RENEW_REMINDERS = (60, 30, 7)


class _Title:
    """A policy's title, looked up when it is read: a duty is told in the language of whoever owes it."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def __format__(self, spec: str) -> str:
        return self.policy.title

    __str__ = __repr__ = lambda self: self.policy.title


def review_duties(people: Collection[User], *, at: datetime) -> Iterator[Duty]:
    """Named reviewers read a version and say what they think (one query)."""
    rows = open_reviews().filter(reviewer__in=people).select_related("version__policy")
    for row in rows.order_by("due_at", "id"):
        version = row.version
        yield Duty(
            person_id=row.reviewer_id,
            kind="policy.review",
            key=str(row.public_id),
            title=format_lazy(
                _("Review version {number} of {policy}"), number=version.number, policy=_Title(version.policy)
            ),
            url=reverse("policy-review", args=[version.policy.code, version.number]),
            due_at=row.due_at,
            note=_("It cannot be published before."),
        )


def publish_duties(people: Collection[User], *, at: datetime) -> Iterator[Duty]:
    """Whoever submitted a version publishes it once it is approved (one query)."""
    rows = PolicyVersion.objects.filter(state=PolicyVersionState.APPROVED, submitted_by__in=people)
    for version in rows.select_related("policy").order_by("approved_at", "id"):
        yield Duty(
            person_id=version.submitted_by_id,
            kind="policy.publish",
            key=str(version.public_id),
            title=format_lazy(
                _("Publish version {number} of {policy}"),
                number=version.number,
                policy=_Title(version.policy),
            ),
            url=reverse("policy-publish", args=[version.policy.code, version.number]),
            note=_("Its reviewers approved it."),
        )


def renew_duties(people: Collection[User], *, at: datetime) -> Iterator[Duty]:
    """Owners review their policies by the end of the review day; of a policy without an owner who is here, the hub does.

    Three queries at most. Reminded 60, 30 and 7 days before.
    """
    policies = list(
        due_for_renewal(at + RENEW_AHEAD).select_related("owner").order_by("next_review_on", "code")
    )
    if not policies:
        return
    zone = ZoneInfo((Organisation.objects.filter(pk=1).first() or Organisation()).time_zone)
    asked = {person.pk for person in people}
    hub: list[int] | None = None
    for policy in policies:
        if policy.owner is not None and policy.owner.is_active:
            owners = [policy.owner.pk]
        else:
            if hub is None:
                hub = [person.pk for person in holders_of(Permission.MANAGE_POLICIES, people, at=at)]
            owners = hub
        for person_id in owners:
            if person_id in asked and policy.next_review_on is not None:
                yield Duty(
                    person_id=person_id,
                    kind="policy.renew",
                    key=policy.code,
                    title=format_lazy(_("Review the policy {policy}"), policy=_Title(policy)),
                    url=reverse("policy-detail", args=[policy.code]),
                    due_at=instant_of(policy.next_review_on + timedelta(days=1), time(0), zone),
                    remind_days=RENEW_REMINDERS,
                    note=_("Draft a new version, or say that it needs no change."),
                )
