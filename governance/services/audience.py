"""Audiences: the rules that make one, the publication that opens it, and what keeps it in line with the people there are."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from coe.enums.roles import Role
from coe.errors import Invalid, WrongState
from coe.models import BusinessLine, Platform, User
from coe.rules.principals import Actor
from coe.services.history import record
from coe.services.later import later
from coe.services.records import locked, save_changed
from governance.enums.policies import DueCause, DueEnd
from governance.models import AudienceRule, Policy, PolicyDue, PolicyVersion
from governance.selectors.audience import (
    Member,
    Rule,
    Slot,
    members,
    memberships,
    open_rows,
    rules_of,
    slots_in_force,
    unasked,
    untold,
)
from governance.services.due_rows import CHUNK, end_due, note_lines, open_due

MOST_RULES = 50


def rule_key(rule: Rule) -> str:
    """One rule, one text: what makes it unique within its policy."""
    return f"{rule.role}|{rule.line_id or ''}|{rule.platform_id or ''}"


def check_rules(rules: Sequence[Rule]) -> list[Rule]:
    """The rules without repetitions, in order.

    :raises Invalid: a role, line or platform that does not exist, or more than fifty rules.
    """
    unique = list(dict.fromkeys(rules))
    if len(unique) > MOST_RULES:
        raise Invalid.one("audience", "too_many", _("A policy has at most %(n)d rules.") % {"n": MOST_RULES})
    if unknown := sorted({rule.role for rule in unique if rule.role} - set(Role.values)):
        raise Invalid.one("audience", "role_unknown", _("“%(role)s” is not a role.") % {"role": unknown[0]})
    lines = {rule.line_id for rule in unique if rule.line_id}
    if len(lines) != BusinessLine.objects.active().filter(pk__in=lines).count():
        raise Invalid.one("audience", "line_unknown", _("Choose a line that is at work."))
    platforms = {rule.platform_id for rule in unique if rule.platform_id}
    if len(platforms) != Platform.objects.filter(pk__in=platforms).count():
        raise Invalid.one("audience", "platform_unknown", _("Choose a platform of the catalogue."))
    return unique


@transaction.atomic
def set_audience(
    policy: Policy, *, rules: Sequence[Rule], by: Actor, at: datetime, why: str = "", expected_revision: int | None = None
) -> Policy:  # fmt: skip
    """Replace the rules that say whom a policy binds, from now on: what people owed until now stays as it was.

    Of a policy in force, the worker asks who comes in and ends what those who drop out owe.

    :raises Invalid: a rule is wrong, or the policy is in force and acknowledged and nobody would be bound.
    :raises WrongState: the policy is archived. :raises Stale: `expected_revision` is old.
    """
    wanted = {rule_key(rule): rule for rule in check_rules(rules)}
    policy = locked(policy, expected_revision=expected_revision)
    if policy.archived_at is not None:
        raise WrongState(_("“%(policy)s” is archived.") % {"policy": policy.title})
    before = dict(AudienceRule.objects.filter(policy=policy).values_list("key", "pk"))
    if before.keys() == wanted.keys():
        return policy
    AudienceRule.objects.filter(pk__in=[pk for key, pk in before.items() if key not in wanted]).delete()
    AudienceRule.objects.bulk_create(
        AudienceRule(
            policy=policy, role=rule.role, line_id=rule.line_id, platform_id=rule.platform_id, key=key,
            created_at=at, updated_at=at,
        )
        for key, rule in wanted.items()
        if key not in before
    )  # fmt: skip
    save_changed(policy, fields=[], at=at)
    record(
        "policy.audience_changed", policy, by=by, at=at, why=why,
        changes={"audience": [sorted(before), sorted(wanted)]},
    )  # fmt: skip
    in_force = PolicyVersion.objects.in_force().filter(policy=policy).select_related("policy").first()
    if in_force is not None and policy.is_acknowledged:
        _count(in_force, list(wanted.values()), at=at)
        later("governance.keep_audiences", policy_id=policy.pk)
    return policy


def _count(version: PolicyVersion, rules: Sequence[Rule], *, at: datetime) -> int:
    """How many people a version asks.

    :raises Invalid: nobody.
    """
    found = members(Slot(version), rules, at).count()
    if not found:
        raise Invalid.one(
            "audience",
            "nobody",
            _(
                "The audience of “%(policy)s” matches nobody. Add a rule that somebody fits, or say that people do not acknowledge it."
            )
            % {"policy": version.policy.title},
        )
    return found


@transaction.atomic
def open_publication(version: PolicyVersion, *, by: Actor, at: datetime) -> PolicyVersion:
    """Mark a version that is being published as to be told to its audience, and wake the worker that does it: see `tell_audience`.

    Three statements, whether twenty people are bound or twenty thousand. Call it in the transaction that publishes.

    :raises Invalid: people acknowledge the policy, and its audience matches nobody.
    """
    if not version.policy.is_acknowledged:
        return version
    rules = rules_of([version.policy_id])[version.policy_id]
    version.audience_total, version.audience_done, version.told_at = _count(version, rules, at=at), 0, None
    version.save(update_fields=["audience_total", "audience_done", "told_at"])
    later("governance.tell_audience", version_id=version.pk)
    return version


def tell_audiences(*, at: datetime, version_id: int | None = None, chunk: int = CHUNK) -> int:
    """Ask everybody whom versions in force bind and who was not asked yet; returns how many were asked.

    In transactions of at most `chunk` people. A worker that dies leaves what it committed, and the next one goes on with those who have
    no row; done twice, the second finds nobody.
    """
    versions = untold() if version_id is None else untold().filter(pk=version_id)
    asked = 0
    for pk in versions.order_by("published_at", "pk").values_list("pk", flat=True):
        while True:
            count, is_done = _tell_some(pk, at=at, chunk=chunk)
            asked += count
            if is_done:
                break
        _tell_rounds(pk, at=at, chunk=chunk)
    return asked


def tell_campaign(*, campaign_id: int, at: datetime, chunk: int = CHUNK) -> int:
    """Ask the people of a round that has begun, in transactions of at most `chunk` people; returns how many rows opened or ended."""
    changed = 0
    for slot in slots_in_force():
        while slot.campaign is not None and slot.campaign.pk == campaign_id:
            count = _keep_some(slot, at=at, chunk=chunk, is_rule_change=False)
            changed += count
            if not count:
                break
    return changed


def _tell_rounds(version_id: int, *, at: datetime, chunk: int) -> None:
    """Rounds that run on the policy go on with the version now in force."""
    policies = PolicyVersion.objects.filter(pk=version_id).values_list("policy_id", flat=True)
    for slot in slots_in_force(list(policies)):
        while slot.campaign is not None and _keep_some(slot, at=at, chunk=chunk, is_rule_change=False):
            pass


@transaction.atomic
def _tell_some(version_id: int, *, at: datetime, chunk: int) -> tuple[int, bool]:
    """The next people of a publication, and whether that was all of it."""
    version = (
        # The version is the lock: two workers of one publication follow each other.
        untold()
        .select_for_update(of=("self",), no_key=True)
        .select_related("policy")
        .filter(pk=version_id)
        .first()
    )
    if version is None:
        return 0, True
    slot, rules = Slot(version), rules_of([version.policy_id])[version.policy_id]
    moment = version.published_at or at
    found = list(unasked(slot, rules, at).values_list("pk", "via_role", "via_line")[:chunk])
    asked = [(slot, Member(row[0], row[1] or "", row[2])) for row in found]
    open_due(asked, cause=DueCause.PUBLISHED, at=moment)
    version.audience_done += len(asked)
    is_done = len(found) < chunk
    if is_done:
        # Whoever was bound by an earlier version and is not by this one owes it no longer; nor does a round of an earlier version.
        stale = PolicyDue.objects.filter(policy_id=version.policy_id, until_at__isnull=True).exclude(
            version=version
        )
        note_lines(stale.values_list("line_id", flat=True).distinct(), at=at)
        stale.update(until_at=at, ended=DueEnd.SUPERSEDED)
        version.audience_total = version.audience_done = open_rows(slot).count()
        version.told_at = at
    version.save(update_fields=["audience_total", "audience_done", "told_at"])
    return len(asked), is_done


@transaction.atomic
def follow_people(people: Collection[int], *, at: datetime) -> None:
    """Bring what some people owe into line with the roles and accounts they have now: who came in is asked, who dropped out owes no more.

    A number of statements that does not grow with people or policies.
    """
    keys = sorted(set(people))
    slots = slots_in_force() if keys else []
    if not slots:
        return
    # Two changes of one person follow each other; each then sees what the other left.
    active = dict(
        User.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=keys)
        .order_by("pk")
        .values_list("pk", "is_active")
    )
    wanted = {(*slot.key, one.person_id): (slot, one) for slot, one in memberships(slots, at, people=keys)}
    rows = PolicyDue.objects.filter(person_id__in=keys, until_at__isnull=True)
    rows = rows.filter(version_id__in={slot.version.pk for slot in slots})
    # What a round asked stays asked when the round is over.
    known = {slot.key for slot in slots}
    open_now = {
        (row.version_id, row.campaign_id, row.person_id): row
        for row in rows
        if (row.version_id, row.campaign_id) in known
    }
    gone = [row for key, row in open_now.items() if key not in wanted and not _stays(row)]
    left = [row.pk for row in gone if active.get(row.person_id)]
    end_due(left, ended=DueEnd.LEFT, at=at)
    end_due({row.pk for row in gone} - set(left), ended=DueEnd.DEACTIVATED, at=at)
    note_lines((row.line_id for row in gone), at=at)
    open_due([pair for key, pair in wanted.items() if key not in open_now], cause=DueCause.JOINED, at=at)


def _stays(row: PolicyDue) -> bool:
    """A round that asks only who has not accepted keeps the rows of those who then did."""
    return row.campaign_id is not None and bool(row.answer)


def role_changed(assignment_ids: Sequence[int], *, by: Actor, at: datetime) -> None:
    """Follow roles that were given or ended (see `coe.registries.role_changed`)."""
    people = User.objects.filter(role_assignments__in=assignment_ids).values_list("pk", flat=True)
    follow_people(set(people), at=at)


def keep_audiences(*, at: datetime, policy_id: int | None = None, chunk: int = CHUNK) -> int:
    """Repair membership of every audience in force, or of one policy's after its rules changed; returns how many rows opened or ended.

    What begins and ends by the calendar alone, and what no event told, is found here. A publication that is not told to the end is
    left to `tell_audiences`. Done twice, the second changes nothing.
    """
    changed = _close_stale(at=at, policy_id=policy_id)
    for slot in slots_in_force(None if policy_id is None else [policy_id]):
        if slot.campaign is None and slot.version.told_at is None:
            continue
        while count := _keep_some(slot, at=at, chunk=chunk, is_rule_change=policy_id is not None):
            changed += count
    return changed


@transaction.atomic
def _keep_some(slot: Slot, *, at: datetime, chunk: int, is_rule_change: bool) -> int:
    rules = rules_of([slot.version.policy_id])[slot.version.policy_id]
    list(PolicyVersion.objects.select_for_update(no_key=True).filter(pk=slot.version.pk).values_list("pk"))
    bound = members(slot, rules, at).values("pk")
    gone = open_rows(slot).exclude(person_id__in=bound)
    if slot.campaign is not None:
        gone = gone.filter(answer="")
    rows = list(gone.order_by("pk").values_list("pk", "person__is_active", "line_id")[:chunk])
    end_due([pk for pk, active, _line in rows if not active], ended=DueEnd.DEACTIVATED, at=at)
    ended = DueEnd.AUDIENCE if is_rule_change else DueEnd.LEFT
    end_due([pk for pk, active, _line in rows if active], ended=ended, at=at)
    note_lines({line for _pk, _active, line in rows}, at=at)
    found = list(unasked(slot, rules, at).values_list("pk", "via_role", "via_line")[:chunk])
    cause = DueCause.AUDIENCE if is_rule_change else DueCause.JOINED
    open_due([(slot, Member(row[0], row[1] or "", row[2])) for row in found], cause=cause, at=at)
    return len(rows) + len(found)


@transaction.atomic
def _close_stale(*, at: datetime, policy_id: int | None) -> int:
    """End what is owed under policies that were archived or are no longer acknowledged."""
    rows = PolicyDue.objects.filter(until_at__isnull=True)
    if policy_id is not None:
        rows = rows.filter(policy_id=policy_id)
    archived = rows.filter(policy__archived_at__isnull=False)
    dropped = rows.filter(policy__archived_at__isnull=True, policy__is_acknowledged=False)
    return _end(archived, DueEnd.ARCHIVED, at) + _end(dropped, DueEnd.AUDIENCE, at)


def _end(rows: Any, ended: DueEnd, at: datetime) -> int:
    found = list(rows.values_list("pk", "line_id"))
    note_lines({line for _pk, line in found}, at=at)
    return end_due([pk for pk, _line in found], ended=ended, at=at)


@transaction.atomic
def close_audience(policy: Policy, *, by: Actor, at: datetime) -> int:
    """End what is owed under a policy that is being archived, or is acknowledged no longer; returns how many rows."""
    ended = DueEnd.ARCHIVED if policy.archived_at is not None else DueEnd.AUDIENCE
    return _end(PolicyDue.objects.filter(policy=policy, until_at__isnull=True), ended, at)
