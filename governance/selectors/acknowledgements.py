"""What people were asked and what they answered, as others and they themselves see it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, QuerySet

from coe.enums.roles import Permission
from coe.models import User
from coe.rules.principals import Principal
from coe.rules.scope import people_kept_by, records_in_scope, scope_filter
from governance.enums.policies import Answer
from governance.models import Acknowledgement, Policy, PolicyDue, PolicyText, PolicyVersion
from training.models.texts import said


def people_seen(principal: Principal, at: datetime) -> QuerySet[User]:
    """People whose answers the caller sees: their own, and those of everyone on the lines where they may record answers."""
    return records_in_scope(principal, Permission.RECORD_ACKNOWLEDGEMENT, at)


def people_answered_for(principal: Principal, at: datetime) -> QuerySet[User]:
    """People for whom the caller may record an answer; nobody records their own this way."""
    people = people_kept_by(principal, Permission.RECORD_ACKNOWLEDGEMENT, at)
    return people.exclude(pk=principal.user.pk) if principal.user is not None else people


def acknowledgements_visible_to(principal: Principal, at: datetime) -> QuerySet[Acknowledgement]:
    """Answers of the people whose answers the caller sees."""
    if principal.sees_all:
        return Acknowledgement.objects.all()
    return Acknowledgement.objects.filter(person__in=people_seen(principal, at).values("pk"))


def dues_visible_to(principal: Principal, at: datetime) -> QuerySet[PolicyDue]:
    """The caller's own rows, and those of people whose answers they see, on the caller's lines or on none."""
    condition = scope_filter(principal, "line")
    if condition is None:
        return PolicyDue.objects.all()
    theirs = Q(person__in=people_seen(principal, at).values("pk")) & (condition | Q(line__isnull=True))
    own = Q(person=principal.user) if principal.user is not None else Q(pk__in=[])
    return PolicyDue.objects.filter(theirs | own)


def owing(people: Collection[User]) -> QuerySet[PolicyDue]:
    """What people owe now: open and unanswered, of versions in force; whoever owes a version twice, the earliest day first."""
    rows = PolicyDue.objects.filter(
        person__in=people,
        until_at__isnull=True,
        answer="",
        version__in=PolicyVersion.objects.in_force().filter(policy__archived_at__isnull=True),
    )
    return rows.select_related("version", "policy", "line", "campaign").order_by("due_at", "id")


@dataclass(frozen=True)
class MyPolicy:
    """A policy as one person stands to it."""

    policy: Policy
    version: PolicyVersion
    due: PolicyDue | None
    given: Acknowledgement | None
    is_overdue: bool = False

    @property
    def is_owed(self) -> bool:
        """Whether an answer is asked for."""
        return self.due is not None and not self.due.answer


def policies_of(person: User, *, at: datetime) -> list[MyPolicy]:
    """Every policy that binds a person or that they answered, in force now: what is owed first, by its day (three queries)."""
    versions = (
        PolicyVersion.objects.in_force().filter(policy__archived_at__isnull=True).select_related("policy")
    )
    known = {version.policy_id: version for version in versions.order_by("policy__code")}
    dues: dict[int, PolicyDue] = {}
    rows = PolicyDue.objects.filter(person=person, until_at__isnull=True, version__in=known.values())
    for row in rows.select_related("campaign").order_by("due_at", "id"):
        before = dues.get(row.policy_id)
        if before is None or (before.answer and not row.answer):
            dues[row.policy_id] = row
    given = _given(person, known)
    found = [
        MyPolicy(
            version.policy, version, dues.get(policy), given.get(policy),
            is_overdue=policy in dues and not dues[policy].answer and dues[policy].due_at <= at,
        )
        for policy, version in known.items()
        if policy in dues or policy in given
    ]  # fmt: skip
    return sorted(
        found, key=lambda one: (not one.is_owed, one.due.due_at if one.due else at, one.policy.code)
    )


def _given(person: User, versions: dict[int, PolicyVersion]) -> dict[int, Acknowledgement]:
    """Policy → the answer that holds for the version in force: the latest to it, or an acceptance of its major number."""
    rows = Acknowledgement.objects.filter(
        person=person, version__policy__in=versions, withdrawn_at__isnull=True
    )
    found: dict[int, Acknowledgement] = {}
    for row in rows.select_related("version", "recorded_by").order_by("at", "id"):
        version = versions[row.version.policy_id]
        same_major = row.version.major == version.major and row.answer == Answer.ACCEPTED
        if row.version_id == version.pk or same_major:
            found[version.policy_id] = row
    return found


def standing_of(version: PolicyVersion, *, person: User) -> Acknowledgement | None:
    """The answer that holds for a version (one query)."""
    return _given(person, {version.policy_id: version}).get(version.policy_id)


def text_for(version: PolicyVersion, *, language: str) -> tuple[PolicyText | None, list[PolicyText]]:
    """The text a reader gets (their language, else English, else any), and all there are (one query)."""
    texts = list(version.texts.order_by("language"))
    by_language = {text.language: text for text in texts}
    return (said(by_language, language) or None, texts)


def answers_of(people: Iterable[User], *, version: PolicyVersion) -> QuerySet[Acknowledgement]:
    """What some people answered to a version, the latest first, taken back or not."""
    rows = Acknowledgement.objects.filter(version=version, person__in=people)
    return rows.select_related("person", "recorded_by").order_by(F("at").desc(), "-id")
