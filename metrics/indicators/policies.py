"""Policies: which are in force and reviewed, who has attested, and whether changes were told and taught."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _, ngettext

from coe.models import SocialAccount, User
from governance.enums.access import HELD_GRANT_STATES
from governance.enums.policies import CORE_TYPES, Answer, PolicyType, PolicyVersionState
from governance.models import AccessGrant, Policy, PolicyCourse, PolicyDue, PolicyVersion
from metrics.enums.maturity import ReadingState
from metrics.indicators.base import EvidenceItem, Indicator, Lines, Moment, Reading, of_lines
from metrics.scoring import Scope

CHANGE_DAYS = 365
TOLD_DAYS = 30
PASSED = (PolicyVersionState.PUBLISHED, PolicyVersionState.SUPERSEDED)


def _in_force() -> QuerySet[Policy]:
    return Policy.objects.kept().filter(versions__state=PolicyVersionState.PUBLISHED)


def _policy_items(rows: Iterable[Policy], why: str) -> list[EvidenceItem]:
    return [EvidenceItem(str(row), why, row.get_absolute_url(), "policy", row.code) for row in rows]


# --- the texts: in force, reviewed, taught


def _taught() -> set[str]:
    """Core types with a policy in force that a course on offer, with a published version, teaches."""
    teaching = PolicyCourse.objects.filter(
        policy=OuterRef("pk"), ended_at__isnull=True, course__retired_at__isnull=True,
        course__versions__state="published",
    )  # fmt: skip
    return set(_in_force().filter(Exists(teaching), type__in=CORE_TYPES).values_list("type", flat=True))


def _overdue(moment: Moment) -> QuerySet[Policy]:
    """Policies in force whose review date has passed, or was never set."""
    return _in_force().filter(Q(next_review_on__isnull=True) | Q(next_review_on__lt=moment.on))


def _changes(moment: Moment) -> QuerySet[PolicyVersion]:
    """Versions of the last year that replaced another one, of policies that people are asked about, and whose month for telling them is
    over or was used."""
    since = moment.at - dt.timedelta(days=CHANGE_DAYS)
    settled = moment.at - dt.timedelta(days=TOLD_DAYS)
    return (
        PolicyVersion.objects.filter(state__in=PASSED, published_at__gt=since, published_at__lte=moment.at)
        .filter(policy__is_acknowledged=True)
        .exclude(major=1, minor=0)
        .filter(Q(told_at__isnull=False) | Q(published_at__lte=settled))
    )


_IN_TIME = Q(told_at__lte=F("published_at") + dt.timedelta(days=TOLD_DAYS))


def _texts(codes: frozenset[str], lines: Lines, moment: Moment) -> list[Reading]:
    """What is in force, and how well it is kept: once for the programme."""
    found = []
    if "policies.core_in_force" in codes:
        kept = _in_force().filter(type__in=CORE_TYPES).order_by().values("type").distinct().count()
        found.append(Reading(None, "policies.core_in_force", kept, None, records=kept))
    if "courses.policies_covered" in codes:
        count = len(_taught())
        found.append(
            Reading(None, "courses.policies_covered", count, len(CORE_TYPES), records=len(CORE_TYPES))
        )
    if "policies.overdue_review" in codes:
        size = _in_force().count()
        if size:
            late = _overdue(moment).count()
            found.append(Reading(None, "policies.overdue_review", late, None, records=size))
        else:
            found.append(Reading(None, "policies.overdue_review", state=ReadingState.NO_DATA))
    if "policies.changes_taught" in codes:
        told = _changes(moment).aggregate(size=Count("pk"), good=Count("pk", filter=_IN_TIME))
        if told["size"]:
            found.append(
                Reading(None, "policies.changes_taught", told["good"], told["size"], records=told["size"])
            )
    return found


def _missing_core(lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
    kept = set(_in_force().values_list("type", flat=True))
    why = _("No policy of this type is in force.")
    return [
        EvidenceItem(str(PolicyType(one).label), why, "/policies/", "policy type", str(one))
        for one in CORE_TYPES
        if one not in kept
    ][:limit]


def _untaught(lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
    """Core types that nothing teaches: the policy where there is one, else the type."""
    taught = _taught()
    policies = {row.type: row for row in _in_force().filter(type__in=CORE_TYPES).order_by("code")}
    items = []
    for one in CORE_TYPES:
        if one in taught:
            continue
        if one in policies:
            items += _policy_items([policies[one]], _("No course on offer teaches it."))
        else:
            why = _("No policy of this type is in force.")
            items.append(EvidenceItem(str(PolicyType(one).label), why, "/policies/", "policy type", str(one)))
    return items[:limit]


def _not_reviewed(lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
    rows = _overdue(moment).order_by("next_review_on", "code")[:limit]
    return _policy_items(rows, _("Its review date has passed."))


def _untold(lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
    rows = (
        _changes(moment).exclude(_IN_TIME).select_related("policy").order_by("-published_at", "-pk")[:limit]
    )
    why = _("The people it binds were not told within 30 days.")
    return [EvidenceItem(str(row), why, row.get_absolute_url(), "policy", row.policy.code) for row in rows]


# --- attestation


def _access(lines: Lines) -> dict[int, set[int]]:
    """Line → people who can get into a live account of it: its owners, and whoever holds a grant (three queries)."""
    found: dict[int, set[int]] = defaultdict(set)
    live = SocialAccount.objects.live().filter(of_lines(lines)).order_by()
    for owner in ("primary_owner", "backup_owner"):
        for line_id, person_id in live.filter(**{f"{owner}__is_active": True}).values_list("line_id", owner):
            found[line_id].add(person_id)
    grants = AccessGrant.objects.filter(
        of_lines(lines, "account__line"),
        state__in=HELD_GRANT_STATES,
        account__in=live,
        person__is_active=True,
    )
    for line_id, person_id in grants.order_by().values_list("account__line_id", "person_id"):
        found[line_id].add(person_id)
    return found


def _pages(people: Collection[int], lines: Lines) -> dict[int, str]:
    """Of these people, those with access by a grant alone → the account's list of access (one query).

    A lead's people are those who hold a role or own an account on the lead's lines; the page of anybody else would answer 404.
    """
    live = SocialAccount.objects.live().filter(of_lines(lines)).order_by()
    mine = Q(primary_owner=OuterRef("person")) | Q(backup_owner=OuterRef("person"))
    grants = AccessGrant.objects.filter(
        ~Exists(live.filter(mine)), person__in=people, state__in=HELD_GRANT_STATES, account__in=live
    )
    held = grants.select_related("account").order_by("-pk")
    return {row.person_id: f"{row.account.get_absolute_url()}#access" for row in held}


def _owed(moment: Moment) -> QuerySet[PolicyDue]:
    """What is owed now and either answered or past its days of grace."""
    return PolicyDue.objects.filter(
        Q(until_at__isnull=True) | Q(until_at__gt=moment.at),
        from_at__lte=moment.at,
        policy__archived_at__isnull=True,
    ).filter(Q(due_at__lte=moment.at) | ~Q(answer=""))


def _attested(codes: frozenset[str], lines: Lines, moment: Moment) -> list[Reading]:
    """Of people with access to a line's accounts: pairs of person and policy that were accepted, of all that are due."""
    holders = _access(lines)
    if not holders:
        return []
    rows = _owed(moment).order_by().values_list("person_id")
    told = {
        person_id: (good, size)
        for person_id, good, size in rows.annotate(
            good=Count("policy_id", filter=Q(answer=Answer.ACCEPTED), distinct=True),
            size=Count("policy_id", distinct=True),
        )
    }
    found = []
    for line_id, people in sorted(holders.items()):
        pairs = [told[one] for one in people if one in told]
        if pairs:
            good, size = sum(one[0] for one in pairs), sum(one[1] for one in pairs)
            found.append(Reading(line_id, "policies.attested", good, size, records=size))
    return found


def _not_attested(lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
    """People with access and the policies they still owe, those who owe most first."""
    people = {one for members in _access(lines).values() for one in members}
    missing: dict[int, list[str]] = defaultdict(list)
    rows = _owed(moment).exclude(answer=Answer.ACCEPTED).filter(person_id__in=people).select_related("policy")
    for row in rows.order_by("policy__code"):
        if row.policy.title not in missing[row.person_id]:
            missing[row.person_id].append(row.policy.title)
    worst = sorted(missing.items(), key=lambda one: (-len(one[1]), one[0]))[:limit]
    known = User.objects.in_bulk([person_id for person_id, _titles in worst])
    pages = _pages(list(known), lines)
    return [
        EvidenceItem(
            str(known[person_id]),
            ngettext(
                "Has not accepted %(policies)s.",
                "Has not accepted %(count)d policies: %(policies)s.",
                len(titles),
            )
            % {"count": len(titles), "policies": ", ".join(titles)},
            pages.get(person_id) or f"/people/{known[person_id].public_id}/",
            "person",
            str(known[person_id].public_id),
        )
        for person_id, titles in worst
    ]


_POLICIES = frozenset({"policies", "training"})
INDICATORS = (
    Indicator(
        "policies.core_in_force", _texts, _missing_core, _POLICIES, scope=Scope.PROGRAMME, fix="policies"
    ),
    Indicator(
        "courses.policies_covered", _texts, _untaught, _POLICIES, scope=Scope.PROGRAMME, fix="policies"
    ),
    Indicator(
        "policies.overdue_review", _texts, _not_reviewed, _POLICIES, scope=Scope.PROGRAMME, fix="policies"
    ),
    Indicator("policies.changes_taught", _texts, _untold, _POLICIES, scope=Scope.PROGRAMME, fix="policies"),
    Indicator(
        "policies.attested",
        _attested,
        _not_attested,
        frozenset({"policies", "acknowledgements", "access", "accounts", "roles"}),
        fix="policies",
    ),
)
