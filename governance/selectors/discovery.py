"""Findings and sweeps as their pages, files and the verify answer read them."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from coe.rules.principals import Principal
from coe.rules.scope import scope_filter, scoped
from coe.rules.working_time import WorkingTime
from coe.selectors.working_times import company_working_time, working_times
from governance.enums.discovery import SETTLED_STATES, FindingKind, FindingState, SweepState
from governance.models import DiscoverySweep, Finding
from governance.rules.discovery import business_days

# What somebody outside the hub is told about a finding: nothing of ours, and nothing that is not judged.
_TOLD = {
    FindingKind.IMPOSTOR: "impostor",
    FindingKind.PROTEST: "not_ours",
    FindingKind.LEGACY: "legacy",
}


def findings_visible_to(principal: Principal) -> QuerySet[Finding]:
    """Findings on the caller's lines, and what they reported themselves or are to handle; those of no line are the hub's."""
    condition = scope_filter(principal, "line")
    if condition is None:
        return Finding.objects.all()
    if principal.user is not None:
        condition |= Q(found_by=principal.user.pk) | Q(assignee=principal.user.pk)
    return Finding.objects.filter(condition)


def sweeps_visible_to(principal: Principal) -> QuerySet[DiscoverySweep]:
    """Sweeps on the caller's lines, and those they lead."""
    if principal.sees_all:
        return DiscoverySweep.objects.all()
    own = scoped(DiscoverySweep.objects.all(), principal)
    if principal.user is None:
        return own
    return DiscoverySweep.objects.filter(Q(pk__in=own.values("pk")) | Q(led_by=principal.user.pk))


def narrow(
    findings: QuerySet[Finding], *, criteria: Mapping[str, Any], reader_id: int | None
) -> QuerySet[Finding]:
    """Keep findings that meet every criterion; without a state, those that something is left to do about.

    Criteria: q, line (with the lines below it), platform, kind, state ("any" for all), sweep, mine.
    """
    state = criteria.get("state")
    if state is None:
        findings = findings.exclude(state__in=SETTLED_STATES)
    elif state != "any":
        findings = findings.filter(state=state)
    if words := str(criteria.get("q", "")).strip():
        key = words.casefold().lstrip("@")
        findings = findings.filter(
            Q(handle_key__contains=key) | Q(display_name__icontains=words) | Q(url__icontains=words)
        )
    if line := criteria.get("line"):
        findings = findings.filter(line__ancestor_links__ancestor=line)
    for name in ("platform", "kind", "sweep"):
        if (value := criteria.get(name)) is not None:
            findings = findings.filter(**{name: value})
    if criteria.get("owner") == "mine":
        findings = findings.filter(Q(assignee=reader_id) | Q(found_by=reader_id))
    return findings


def times_of(findings: Collection[Finding]) -> dict[int | None, WorkingTime]:
    """Line id of some findings (None: of no line) → working time, in a fixed number of queries."""
    found: dict[int | None, WorkingTime] = dict(
        working_times({one.line_id for one in findings if one.line_id is not None}).items()
    )
    if any(one.line_id is None for one in findings):
        found[None] = company_working_time()
    return found


def days_to_triage(findings: Collection[Finding], *, at: datetime) -> dict[int, int]:
    """Finding → business days from the find to the first judgement, or so far."""
    times = times_of(findings)
    return {one.pk: business_days(times[one.line_id], one.found_at, one.triaged_at or at) for one in findings}


def known_findings(pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Platform code and normalised handle → what may be told about the account to anybody (one query).

    An impostor, somebody's protest or parody, or an account of a former brand. What is ours without approval, and what nobody has
    judged, is told to nobody.
    """
    wanted = set(pairs)
    rows = Finding.objects.filter(
        handle_key__in={key for _code, key in wanted}, kind__in=list(_TOLD)
    ).exclude(state=FindingState.ADOPTED)
    return {
        (code, key): _TOLD[FindingKind(kind)]
        for code, key, kind in rows.values_list("platform__code", "handle_key", "kind")
        if (code, key) in wanted
    }


def with_counts(sweeps: QuerySet[DiscoverySweep]) -> QuerySet[DiscoverySweep]:
    """Sweeps with how many accounts they found, and how many of these are open."""
    is_open = ~Q(findings__state__in=SETTLED_STATES)
    return sweeps.annotate(
        found=Count("findings", distinct=True),
        left=Count("findings", filter=is_open & Q(findings__isnull=False), distinct=True),
    )


def running_sweeps(principal: Principal) -> QuerySet[DiscoverySweep]:
    """Sweeps that a new finding may belong to."""
    return sweeps_visible_to(principal).filter(state=SweepState.RUNNING)
