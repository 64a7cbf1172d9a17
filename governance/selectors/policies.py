"""Policies and versions from the reader's side, and what stands in the way of a version."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from coe.errors import Problem
from coe.models import BusinessLine, ChangeEvent, User
from coe.rules.principals import Principal
from governance.enums.policies import PolicyVersionState, ReviewOutcome
from governance.library import placeholders_in
from governance.models import Policy, PolicyDue, PolicyReview, PolicyVersion
from governance.rules.policies import writes_policies

READABLE = (PolicyVersionState.PUBLISHED, PolicyVersionState.SUPERSEDED)
# What makes somebody an author of a version: who wrote it or asked for its approval does not approve it.
AUTHORS = ("policy_version.drafted", "policy_version.updated", "policy_version.submitted")


def _reviewed_by(principal: Principal) -> QuerySet[PolicyReview]:
    return (
        PolicyReview.objects.filter(reviewer=principal.user)
        if principal.user
        else PolicyReview.objects.none()
    )


def versions_visible_to(principal: Principal) -> QuerySet[PolicyVersion]:
    """What binds or bound people is for everybody who is signed in; the rest is for those who write policies and the named reviewers."""
    versions = PolicyVersion.objects.all()
    if principal.kind == "anonymous":
        return versions.none()
    if writes_policies(principal):
        return versions
    return versions.filter(Q(state__in=READABLE) | Q(pk__in=_reviewed_by(principal).values("version_id")))


def policies_visible_to(principal: Principal) -> QuerySet[Policy]:
    """Policies with a version the caller may read, and those they own; who writes policies sees all of them, archived ones too."""
    policies = Policy.objects.all()
    if principal.kind == "anonymous":
        return policies.none()
    if writes_policies(principal):
        return policies
    seen = Q(pk__in=versions_visible_to(principal).values("policy_id"))
    if principal.user is not None:
        seen |= Q(owner=principal.user)
    return policies.filter(seen)


def in_force_of(policies: Collection[Policy]) -> dict[int, PolicyVersion]:
    """Policy → its version in force (one query)."""
    rows = PolicyVersion.objects.in_force().filter(policy__in=policies)
    return {row.policy_id: row for row in rows}


def open_of(policies: Collection[Policy]) -> dict[int, PolicyVersion]:
    """Policy → its version on the way (one query)."""
    rows = PolicyVersion.objects.open().filter(policy__in=policies)
    return {row.policy_id: row for row in rows}


def round_of(version: PolicyVersion) -> int:
    """The newest round of a version's reviews; 0 before the first."""
    return PolicyReview.objects.filter(version=version).aggregate(last=Max("round"))["last"] or 0


def current_reviews(version: PolicyVersion) -> QuerySet[PolicyReview]:
    """The reviews of the newest round, with who was asked. Of a draft none counts: taking it back voided them."""
    if version.state == PolicyVersionState.DRAFT:
        return PolicyReview.objects.none()
    rows = PolicyReview.objects.filter(version=version, round=round_of(version))
    return rows.select_related("reviewer").order_by("id")


def open_reviews() -> QuerySet[PolicyReview]:
    """Reviews that somebody still owes: of the newest round of versions that are in review."""
    later = PolicyReview.objects.filter(version=OuterRef("version"), round__gt=OuterRef("round"))
    return PolicyReview.objects.filter(
        ~Exists(later), version__state=PolicyVersionState.IN_REVIEW, outcome=ReviewOutcome.PENDING
    )


def authors_of(version: PolicyVersion) -> set[str]:
    """Keys of the people who drafted, wrote or submitted a version, and of whoever submitted it now: none of them approves it.

    Read from the history, so that no order of taking back, handing over and submitting again makes somebody the judge of their own text.
    """
    events = ChangeEvent.objects.filter(object_id=version.public_id, action__in=AUTHORS)
    found = set(events.exclude(actor_id="").values_list("actor_id", flat=True))
    if version.submitted_by is not None:
        found.add(str(version.submitted_by.public_id))
    return found


def possible_reviewers(version: PolicyVersion, people: QuerySet[User]) -> QuerySet[User]:
    """Active people who may be asked to review a version."""
    return people.filter(is_active=True).exclude(public_id__in=authors_of(version))


def unready(version: PolicyVersion) -> list[Problem]:
    """What stands in the way of submitting a version, each with its place (two queries at most)."""
    problems = []
    texts = list(version.texts.all())
    if not texts:
        problems.append(
            Problem("texts", "required", _("The version has no text yet. Write it in one language at least."))
        )
    for text in texts:
        if words := placeholders_in(text.body):
            message = _("Fill in what still stands in braces: %(words)s.") % {
                "words": ", ".join(f"{{{{{word}}}}}" for word in words)
            }
            problems.append(Problem(f"texts/{text.language}", "placeholder_left", message))
    is_first = not PolicyVersion.objects.filter(policy=version.policy_id, published_at__isnull=False).exists()
    if not is_first and not version.change_note:
        problems.append(
            Problem("change_note", "required", _("Say what changed, for those who know the version before."))
        )
    return problems


def due_for_renewal(until: datetime) -> QuerySet[Policy]:
    """Living policies in force whose review day comes before an instant."""
    held = PolicyVersion.objects.in_force().values("policy_id")
    return Policy.objects.kept().filter(pk__in=held, next_review_on__lte=until.date())


def owed_on(lines: QuerySet[BusinessLine]) -> QuerySet[PolicyDue]:
    """What people owe, or have answered, today through their roles on these lines."""
    return PolicyDue.objects.filter(line__in=lines, until_at__isnull=True).order_by()
