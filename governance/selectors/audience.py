"""Who is bound by a policy. One rule, written once, as a set-based question: preview, publication, sweep and role changes all ask it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value

from coe.models import BusinessLine, LineClosure, RoleAssignment, SocialAccount, User
from coe.rules.principals import Principal
from coe.rules.scope import people_in_scope
from governance.enums.access import HELD_GRANT_STATES
from governance.enums.policies import Answer, CampaignState, PolicyVersionState
from governance.models import (
    AccessGrant,
    Acknowledgement,
    AcknowledgementCampaign,
    AudienceRule,
    Policy,
    PolicyDue,
    PolicyVersion,
)

# SQLite takes 500 parts in one compound question, and fewer are quicker to plan.
_AT_ONCE = 50


@dataclass(frozen=True)
class Rule:
    """A rule as a value, saved or not: empty parts ask nothing."""

    role: str = ""
    line_id: int | None = None
    platform_id: int | None = None


@dataclass(frozen=True)
class Slot:
    """What people can be asked for: a version in force, in the ordinary way or (`campaign`) in a round."""

    version: PolicyVersion
    campaign: AcknowledgementCampaign | None = None

    @property
    def key(self) -> tuple[int, int | None]:
        """Version and campaign, as due rows name them."""
        return (self.version.pk, self.campaign.pk if self.campaign else None)


@dataclass(frozen=True)
class Member:
    """Somebody of an audience, and the role through which they are in it: coverage and escalation go by its line."""

    person_id: int
    role: str = ""
    line_id: int | None = None


def rules_of(policies: Iterable[int]) -> dict[int, list[Rule]]:
    """Policy → its rules (one query)."""
    found: dict[int, list[Rule]] = defaultdict(list)
    rows = AudienceRule.objects.filter(policy_id__in=list(policies)).order_by("policy_id", "id")
    for policy, *parts in rows.values_list("policy_id", "role", "line_id", "platform_id"):
        found[policy].append(Rule(*parts))
    return found


def _below(line_id: int) -> QuerySet[Any]:
    return LineClosure.objects.filter(ancestor_id=line_id).values("descendant_id")


def _fits(rule: Rule) -> Q:
    """The assignments through which a rule holds, leaving its platform aside."""
    condition = Q(role=rule.role) if rule.role else Q()
    return condition & Q(line_id__in=_below(rule.line_id)) if rule.line_id else condition


def _runs(platform_id: int) -> Q:
    """People who run a live account on a platform: they own it, back it, or hold access to it."""
    live = SocialAccount.objects.live().filter(platform_id=platform_id)
    held = AccessGrant.objects.filter(account__in=live.values("pk"), state__in=HELD_GRANT_STATES)
    return (
        Q(pk__in=live.filter(primary_owner__isnull=False).values("primary_owner_id"))
        | Q(pk__in=live.filter(backup_owner__isnull=False).values("backup_owner_id"))
        | Q(pk__in=held.values("person_id"))
    )


def _bound(rule: Rule, at: datetime) -> Q:
    condition = Q()
    if rule.role or rule.line_id:
        held = RoleAssignment.objects.current(at).filter(_fits(rule))
        condition &= Q(pk__in=held.values("user_id"))
    return condition & _runs(rule.platform_id) if rule.platform_id else condition


def people_bound(rules: Sequence[Rule], at: datetime, *, within: int | None = None) -> QuerySet[User]:
    """Active people to whom one of the rules applies at an instant; `within` keeps those with a role on a line or below it.

    No rule binds nobody. A rule without any part binds every active person.
    """
    if not rules:
        return User.objects.none()
    condition = Q()
    for rule in rules:
        part = _bound(rule, at)
        if not part:  # binds everybody, and `|` with an empty condition would forget it
            condition = Q()
            break
        condition |= part
    people = User.objects.filter(condition, is_active=True)
    if within is not None:
        held = RoleAssignment.objects.current(at).filter(line_id__in=_below(within))
        people = people.filter(pk__in=held.values("user_id"))
    return people.order_by()


def audience_of(policy: Policy, at: datetime) -> QuerySet[User]:
    """People bound by a policy at an instant."""
    return people_bound(rules_of([policy.pk])[policy.pk], at)


def with_roles(
    people: QuerySet[User], rules: Sequence[Rule], at: datetime, *, within: int | None = None
) -> QuerySet[User]:
    """The same people with `via_role` and `via_line`: a role that fits a rule, one on a line before one of the whole company."""
    fitting = Q()
    for rule in rules:
        part = _fits(rule)
        if not part:
            fitting = Q()
            break
        fitting |= part
    held = RoleAssignment.objects.current(at).filter(fitting, user_id=OuterRef("pk"))
    if within is not None:
        held = held.filter(line_id__in=_below(within))
    first = held.order_by(F("line_id").asc(nulls_last=True), "id")
    return people.annotate(
        via_role=Subquery(first.values("role")[:1]), via_line=Subquery(first.values("line_id")[:1])
    )


def members(slot: Slot, rules: Sequence[Rule], at: datetime) -> QuerySet[User]:
    """The people of a slot with the role that puts them there. A round that is not repeated asks nobody who has accepted."""
    within = slot.campaign.line_id if slot.campaign else None
    people = with_roles(people_bound(rules, at, within=within), rules, at, within=within)
    if slot.campaign is not None and not slot.campaign.is_repeated:
        people = people.filter(~Exists(accepted(slot.version).filter(person_id=OuterRef("pk"))))
    return people


def accepted(version: PolicyVersion) -> QuerySet[Acknowledgement]:
    """Acceptances that count for a version: those of the same major number."""
    return Acknowledgement.objects.filter(
        version__policy_id=version.policy_id, version__major=version.major, answer=Answer.ACCEPTED
    )


def slots_in_force(policies: Collection[int] | None = None) -> list[Slot]:
    """Every version that people are asked for now, and every round that runs on it (two queries)."""
    versions = PolicyVersion.objects.in_force().filter(
        policy__archived_at__isnull=True, policy__is_acknowledged=True
    )
    if policies is not None:
        versions = versions.filter(policy_id__in=policies)
    found = {version.policy_id: version for version in versions.select_related("policy").order_by("pk")}
    slots = [Slot(version) for version in found.values()]
    through = AcknowledgementCampaign.policies.through.objects.filter(
        policy_id__in=found, acknowledgementcampaign__state=CampaignState.RUNNING
    )
    rows = through.select_related("acknowledgementcampaign").order_by(
        "acknowledgementcampaign_id", "policy_id"
    )
    return slots + [Slot(found[row.policy_id], row.acknowledgementcampaign) for row in rows]


def memberships(
    slots: Sequence[Slot], at: datetime, *, people: Collection[int]
) -> Iterator[tuple[Slot, Member]]:
    """Which of some people each slot asks (one query for fifty slots, and one for all rules)."""
    rules = rules_of({slot.version.policy_id for slot in slots})
    asked = [slot for slot in slots if rules[slot.version.policy_id]]
    for start in range(0, len(asked), _AT_ONCE):
        parts = [
            members(slot, rules[slot.version.policy_id], at)
            .filter(pk__in=people)
            .annotate(place=Value(place, output_field=IntegerField()))
            .values_list("place", "pk", "via_role", "via_line")
            for place, slot in enumerate(asked[start : start + _AT_ONCE], start)
        ]
        for place, person, role, line in parts[0].union(*parts[1:], all=True):
            yield asked[place], Member(person, role or "", line)


def unasked(slot: Slot, rules: Sequence[Rule], at: datetime) -> QuerySet[User]:
    """People of a slot who have no open row in it yet, in a stable order: where a fan-out goes on after a crash."""
    rows = open_rows(slot).filter(person_id=OuterRef("pk"))
    return members(slot, rules, at).filter(~Exists(rows)).order_by("pk")


def open_rows(slot: Slot) -> QuerySet[PolicyDue]:
    """Who is asked in a slot, answered or not."""
    rows = PolicyDue.objects.filter(version=slot.version, until_at__isnull=True)
    return rows.filter(campaign=slot.campaign) if slot.campaign else rows.filter(campaign__isnull=True)


@dataclass(frozen=True)
class Preview:
    """An audience before anybody is asked: how many, by line and by role, and (within the reader's scope) who."""

    total: int
    by_line: list[tuple[BusinessLine | None, int]] = field(default_factory=list)
    by_role: list[tuple[str, int]] = field(default_factory=list)
    people: QuerySet[User] = field(default_factory=User.objects.none)


def preview(rules: Sequence[Rule], *, principal: Principal, at: datetime) -> Preview:
    """Whom rules would bind now, saved or not. Four queries, and one a page of names.

    Counts are of everybody; names are of people whom the reader sees anyway.
    """
    if not rules:
        return Preview(0)
    people = with_roles(people_bound(rules, at), rules, at)
    lines = dict(people.values_list("via_line").annotate(n=Count("pk")).order_by())
    known = {line.pk: line for line in BusinessLine.objects.filter(pk__in=[pk for pk in lines if pk])}
    roles = dict(people.values_list("via_role").annotate(n=Count("pk")).order_by())
    by_line = [(known.get(pk), count) for pk, count in lines.items()]
    named = people.filter(pk__in=people_in_scope(principal).values("pk")).order_by("name", "email", "id")
    return Preview(
        total=sum(lines.values()),
        by_line=sorted(by_line, key=lambda row: (row[0] is None, row[0].code_key if row[0] else "")),
        by_role=sorted((role or "", count) for role, count in roles.items()),
        people=named,
    )


def voided_by(version: PolicyVersion) -> int:
    """How many people's standing acceptance publishing a version would void: none of a minor one, else all of the major in force."""
    if not version.is_material:
        return 0
    standing = PolicyVersion.objects.in_force().filter(policy_id=version.policy_id).exclude(pk=version.pk)
    in_force = standing.first()
    if in_force is None or in_force.major == version.major:
        return 0
    return accepted(in_force).filter(person__is_active=True).values("person_id").distinct().count()


def was_due(policy: Policy, at: datetime) -> QuerySet[PolicyDue]:
    """Who owed an acknowledgement of a policy at an instant, past or present: rows tell it, not today's roles.

    `had_answered` says whether it was answered by then.
    """
    rows = PolicyDue.objects.filter(policy=policy, from_at__lte=at)
    return rows.filter(Q(until_at__isnull=True) | Q(until_at__gt=at)).annotate(
        had_answered=Q(settled_at__isnull=False, settled_at__lte=at)
    )


def untold() -> QuerySet[PolicyVersion]:
    """Versions in force whose audience the worker has not told to the end."""
    return PolicyVersion.objects.filter(
        state=PolicyVersionState.PUBLISHED,
        told_at__isnull=True,
        policy__is_acknowledged=True,
        policy__archived_at__isnull=True,
    )
