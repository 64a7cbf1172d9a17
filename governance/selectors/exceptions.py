"""Exceptions as others read them: who sees which, which hold at an instant, and what they excuse."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from coe.enums.roles import ROLES, Permission
from coe.models import BusinessLine, LineClosure, RoleAssignment, SocialAccount, User
from coe.registries import waivable
from coe.rules.principals import Principal
from coe.rules.scope import scope_filter
from governance.enums.exceptions import PENDING_STATES, ExceptionState, ExceptionSubject
from governance.enums.policies import PolicyVersionState
from governance.models import Policy, PolicyException


def exceptions_visible_to(principal: Principal) -> QuerySet[PolicyException]:
    """Exceptions of the caller's lines, and those they asked for, decide, or are excused by."""
    condition = scope_filter(principal, "line")
    if condition is None:
        return PolicyException.objects.all()
    if principal.user is not None:
        own = principal.user.pk
        condition |= Q(requester=own) | Q(approver=own) | Q(person=own)
    return PolicyException.objects.filter(condition)


def holding(at: datetime, path: str = "") -> Q:
    """The condition under which an exception holds at an instant, in the past too; `path` leads to the exception, as `exception__`.

    It is asked of the dates, not of the state: the worker that writes `expired` may be late, and yesterday's states are gone.
    """
    return Q(**{f"{path}starts_at__lte": at, f"{path}expires_at__gt": at}) & (
        Q(**{f"{path}ended_at__isnull": True}) | Q(**{f"{path}ended_at__gt": at})
    )


def active_at(at: datetime) -> QuerySet[PolicyException]:
    """Exceptions that hold at an instant."""
    return PolicyException.objects.filter(holding(at))


def narrow_exceptions(
    rows: QuerySet[PolicyException], *, criteria: Mapping[str, Any], reader_id: int | None, at: datetime
) -> QuerySet[PolicyException]:
    """Keep the exceptions that meet every criterion; without a state, those that wait or hold.

    Criteria: q, line (with the lines below it), state ("open", "any" or one), subject, mine (asked, decide), ends (days ahead).
    """
    state = criteria.get("state") or "open"
    if state == "open":
        rows = rows.filter(state__in=(*PENDING_STATES, ExceptionState.ACTIVE))
    elif state != "any":
        rows = rows.filter(state=state)
    if words := str(criteria.get("q", "")).strip():
        rows = rows.filter(
            Q(title__icontains=words)
            | Q(reason__icontains=words)
            | Q(criterion__iexact=words)
            | Q(policy__code__iexact=words)
            | Q(requester__name__icontains=words)
        )
    if line := criteria.get("line"):
        rows = rows.filter(line__ancestor_links__ancestor=line)
    if subject := criteria.get("subject"):
        rows = rows.filter(subject=subject)
    match criteria.get("mine"):
        case "asked":
            rows = rows.filter(Q(requester=reader_id) | Q(person=reader_id))
        case "decide":
            rows = rows.filter(approver=reader_id, state__in=PENDING_STATES)
    if days := criteria.get("ends"):
        rows = rows.filter(state=ExceptionState.ACTIVE, expires_at__lte=at + timedelta(days=int(days)))
    return rows


def policies_to_except() -> QuerySet[Policy]:
    """Policies one may need an exception from: what binds nobody is excused by itself. Published policies are everybody's to read."""
    return Policy.objects.kept().filter(versions__state=PolicyVersionState.PUBLISHED)


def deciders(at: datetime) -> QuerySet[User]:
    """Active people who may decide exceptions of any line: company roles are no secret, so that everybody may name one of them."""
    roles = [role for role, spec in ROLES.items() if Permission.DECIDE_EXCEPTION in spec.permissions]
    held = RoleAssignment.objects.current(at).filter(role__in=roles, line__isnull=True)
    return User.objects.filter(is_active=True, pk__in=held.values("user_id")).order_by("name", "email", "id")


def known_codes(codes: Collection[str]) -> dict[str, str]:
    """Those of the codes that an exception may name, with their titles in the reader's language, from every app that knows some."""
    wanted, found = set(codes), dict[str, str]()
    for source in waivable.values():
        found |= source(wanted)
    return found


def waivers(line_ids: Collection[int], *, at: datetime) -> dict[int | None, dict[str, date]]:
    """What scoring is excused from: line (None: the programme) → criterion → the last day on which the exception holds.

    An exception of a line holds for that line and every line below it, never for those above; one of the whole company holds for all and
    for the programme. Of several the longest counts. Three queries however many lines.
    """
    rows = active_at(at).filter(subject=ExceptionSubject.CRITERION, person__isnull=True)
    company: dict[str, date] = {}
    own: dict[int, dict[str, date]] = defaultdict(dict)
    for line_id, code, ends in rows.values_list("line_id", "criterion", "expires_at"):
        kept = company if line_id is None else own[line_id]
        # Scoring compares days; which instants of the last one are covered, `active_at` has said already.
        kept[code] = max(kept.get(code, date.min), timezone.localdate(ends))
    found: dict[int | None, dict[str, date]] = defaultdict(dict)
    if company:
        found = defaultdict(dict, {line_id: dict(company) for line_id in (None, *line_ids)})
    if own and line_ids:
        below = LineClosure.objects.filter(ancestor_id__in=own, descendant_id__in=line_ids)
        for ancestor_id, line_id in below.values_list("ancestor_id", "descendant_id"):
            for code, last in own[ancestor_id].items():
                found[line_id][code] = max(found[line_id].get(code, date.min), last)
    return dict(found)


def excuses(principal: Principal, line_id: int, criterion: str, *, at: datetime) -> QuerySet[PolicyException]:
    """The exceptions the caller sees that excuse a line from a criterion now."""
    above = LineClosure.objects.filter(descendant_id=line_id).values("ancestor_id")
    held = exceptions_visible_to(principal).filter(
        holding(at), subject=ExceptionSubject.CRITERION, criterion=criterion
    )
    return held.filter(Q(line__isnull=True) | Q(line__in=above)).order_by("-expires_at", "pk")


def exceptions_for(
    person_ids: Collection[int], course_ids: Collection[int], *, account: SocialAccount, at: datetime
) -> QuerySet[PolicyException]:
    """Exceptions that let these people into an account without a certificate of these courses; the longest first.

    One of the subject “course”, or of the subject “account” that names the course too; for one person or for all, for this account or
    for all, on the account's line or a line above it, or for the whole company.
    """
    above = LineClosure.objects.filter(descendant_id=account.line_id).values("ancestor_id")
    found = active_at(at).filter(
        Q(person__isnull=True) | Q(person__in=person_ids),
        Q(account__isnull=True) | Q(account=account),
        Q(line__isnull=True) | Q(line__in=above),
        subject__in=(ExceptionSubject.COURSE, ExceptionSubject.ACCOUNT),
        course__in=course_ids,
    )
    return found.order_by("-expires_at", "pk")


def exception_for(
    person_id: int, course_id: int, *, account: SocialAccount, at: datetime
) -> PolicyException | None:
    """The exception that lets one person in without one course; None when there is none."""
    return exceptions_for([person_id], [course_id], account=account, at=at).first()


def same_subject(
    *, line: BusinessLine | None, person_id: int | None, policy_id: int | None, clause: str, criterion: str,
    account_id: int | None, course_id: int | None, subject: str, at: datetime,
) -> QuerySet[PolicyException]:  # fmt: skip
    """Exceptions from the very same thing that wait for a decision or hold."""
    held = Q(state__in=PENDING_STATES) | (Q(state=ExceptionState.ACTIVE) & holding(at))
    return PolicyException.objects.filter(
        held, subject=subject, line=line, person=person_id, policy=policy_id, clause=clause, criterion=criterion,
        account=account_id, course=course_id,
    )  # fmt: skip
