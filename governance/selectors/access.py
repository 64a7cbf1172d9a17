"""Access as others read it: who sees which grants, what a level asks for, and what somebody's access would rest on."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from coe.models import LineClosure, SocialAccount
from coe.rules.principals import Principal
from coe.rules.scope import scope_filter
from governance.enums.access import OPEN_GRANT_STATES, GrantBasis
from governance.enums.exceptions import ExceptionSubject
from governance.models import AccessGrant, AccessRule, PolicyException
from governance.selectors.exceptions import active_at
from training.models import Certificate, Course
from training.selectors.certificates import valid_certificates


def grants_visible_to(principal: Principal) -> QuerySet[AccessGrant]:
    """Grants on accounts of the caller's lines, and the caller's own. Who shares an account does not see who gets into it."""
    condition = scope_filter(principal, "account__line")
    if condition is None:
        return AccessGrant.objects.all()
    if principal.user is not None:
        condition |= Q(person=principal.user)
    return AccessGrant.objects.filter(condition)


def narrow_grants(
    rows: QuerySet[AccessGrant], *, criteria: Mapping[str, Any], reader_id: int | None
) -> QuerySet[AccessGrant]:
    """Keep the grants that meet every criterion; without a state, those that are open.

    Criteria: q, line (with the lines below it), level, state ("open", "any" or one), mine ("held", "owned").
    """
    state = criteria.get("state") or "open"
    if state == "open":
        rows = rows.filter(state__in=OPEN_GRANT_STATES)
    elif state != "any":
        rows = rows.filter(state=state)
    if words := str(criteria.get("q", "")).strip():
        rows = rows.filter(
            Q(person__name__icontains=words)
            | Q(person__email__icontains=words)
            | Q(account__handle_key__contains=words.casefold().lstrip("@"))
        )
    if line := criteria.get("line"):
        rows = rows.filter(account__line__ancestor_links__ancestor=line)
    if level := criteria.get("level"):
        rows = rows.filter(level=level)
    match criteria.get("mine"):
        case "held":
            rows = rows.filter(person=reader_id)
        case "owned":
            rows = rows.filter(Q(account__primary_owner=reader_id) | Q(account__backup_owner=reader_id))
    return rows


def rules_in_force() -> QuerySet[AccessRule]:
    """Which course a level needs, by level, with course and platform (one query)."""
    return (
        AccessRule.objects.filter(ended_at__isnull=True).select_related("course", "platform")
        .order_by("level", "course__code_key", "id")
    )  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """Access that somebody has or would have."""

    person_id: int
    account: SocialAccount
    level: str


@dataclass(frozen=True)
class Basis:
    """What access rests on: the certificate and exception that end first, or the courses that are missing."""

    missing: tuple[Course, ...] = ()
    certificate: Certificate | None = None
    exception: PolicyException | None = None

    @property
    def kind(self) -> GrantBasis:
        """What it rests on, in one word."""
        if self.exception is not None:
            return GrantBasis.EXCEPTION
        return GrantBasis.CERTIFICATE if self.certificate is not None else GrantBasis.NONE_NEEDED

    @property
    def ends_at(self) -> datetime | None:
        """The instant at which the first of what it rests on ends."""
        ends = [
            one.expires_at
            for one in (self.certificate, self.exception)
            if one is not None and one.expires_at is not None
        ]
        return min(ends, default=None)


def _asks(rule: AccessRule, account: SocialAccount, level: str) -> bool:
    return (
        rule.level == level
        and rule.platform_id in (None, account.platform_id)
        and rule.tier in (None, account.tier)
    )


def bases(wanted: Sequence[Wanted], *, at: datetime) -> list[Basis]:
    """What each access rests on, in their order (four queries however many)."""
    rules = list(
        AccessRule.objects.filter(ended_at__isnull=True).select_related("course").order_by("course__code_key")
    )
    courses = {rule.course_id: rule.course for rule in rules}
    people = {one.person_id for one in wanted}
    held: dict[tuple[int, int], Certificate] = {}
    excused: dict[int, list[PolicyException]] = defaultdict(list)
    if courses:
        for certificate in valid_certificates(people, list(courses), at=at):
            held.setdefault((certificate.user_id, certificate.course_id), certificate)
        found = active_at(at).filter(
            Q(person__isnull=True) | Q(person__in=people), course__in=courses,
            subject__in=(ExceptionSubject.COURSE, ExceptionSubject.ACCOUNT),
        )  # fmt: skip
        for exception in found.order_by("-expires_at", "pk"):
            excused[exception.course_id or 0].append(exception)
    above: dict[int, set[int]] = defaultdict(set)
    if excused:
        links = LineClosure.objects.filter(descendant_id__in={one.account.line_id for one in wanted})
        for line_id, ancestor_id in links.values_list("descendant_id", "ancestor_id"):
            above[line_id].add(ancestor_id)
    answers = []
    for one in wanted:
        needed = dict.fromkeys(rule.course_id for rule in rules if _asks(rule, one.account, one.level))
        missing: list[Course] = []
        certificates: list[Certificate] = []
        exceptions: list[PolicyException] = []
        for course_id in needed:
            certificate = held.get((one.person_id, course_id))
            if certificate is not None:
                certificates.append(certificate)
                continue
            fits = (
                row for row in excused[course_id]
                if row.person_id in (None, one.person_id) and row.account_id in (None, one.account.pk)
                and (row.line_id is None or row.line_id in above[one.account.line_id])
            )  # fmt: skip
            exception = next(fits, None)
            if exception is None:
                missing.append(courses[course_id])
            else:
                exceptions.append(exception)
        first = min(
            certificates, key=lambda row: (row.expires_at is None, row.expires_at or at), default=None
        )
        answers.append(
            Basis(tuple(missing), first, min(exceptions, key=lambda row: row.expires_at, default=None))
        )
    return answers
