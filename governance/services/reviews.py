"""Asks named people to review a version, takes what they say, and takes a version back. Approvals are bound to the words that were read."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from coe.errors import DomainError, Invalid, NotAllowed, Problem, WrongState
from coe.models import User
from coe.rules.principals import Actor
from coe.services.facts import note_facts
from coe.services.history import record
from coe.services.records import locked, save_changed
from governance.enums.policies import PolicyAction, PolicyVersionState, ReviewOutcome
from governance.models import Policy, PolicyReview, PolicyVersion
from governance.rules.cycle import review_day
from governance.rules.versions import state_after
from governance.rules.wording import version_hash
from governance.selectors.policies import authors_of, current_reviews, round_of, unready

MOST_REVIEWERS = 20
SAID = (ReviewOutcome.APPROVED, ReviewOutcome.CHANGES)


class OtherWords(DomainError):
    """What the caller read is not what stands there now."""

    code = "text_changed"


def _named(reviewers: Sequence[User], *, version: PolicyVersion, quorum: int) -> list[User]:
    """The reviewers, each once, or everything that is wrong with them."""
    people = list({person.pk: person for person in reviewers}.values())
    authors = authors_of(version)
    problems = []
    for person in people:
        if str(person.public_id) in authors:
            message = _("%(person)s wrote or submits this version and cannot review it.")
            problems.append(Problem("reviewers", "author", message % {"person": person}))
        elif not person.is_active:
            message = _("%(person)s has left; choose somebody who is here.")
            problems.append(Problem("reviewers", "inactive", message % {"person": person}))
    if len(people) < quorum:
        message = _("Name at least as many reviewers as the policy asks approvals for: %(quorum)d.")
        problems.append(Problem("reviewers", "too_few", message % {"quorum": quorum}))
    if len(people) > MOST_REVIEWERS:
        message = _("Name %(most)d reviewers at most.")
        problems.append(Problem("reviewers", "too_many", message % {"most": MOST_REVIEWERS}))
    if problems:
        raise Invalid(problems[0].message, problems=tuple(problems))
    return people


@transaction.atomic
def submit_version(
    version: PolicyVersion,
    *,
    reviewers: Sequence[User],
    due_at: datetime | None = None,
    by: Actor,
    at: datetime,
    why: str = "",
    expected_revision: int | None = None,
) -> PolicyVersion:
    """Freeze a draft's words and ask these people to review them by `due_at`. A new round: what earlier rounds said is kept and void.

    :raises WrongState: it is no draft, or its policy is archived. :raises Stale: `expected_revision` is old.
    :raises Invalid: words are missing, a reviewer wrote or submits it, there are too few, or the date is past.
    """
    policy = locked(version.policy)
    version = locked(version, expected_revision=expected_revision)
    state = state_after(version.state, PolicyAction.SUBMIT)
    if policy.archived_at is not None:
        raise WrongState(_("%(policy)s is archived. Restore it first.") % {"policy": policy})
    if problems := unready(version):
        raise Invalid(_("The version cannot be submitted yet."), problems=tuple(problems))
    if due_at is not None and due_at <= at:
        raise Invalid.one("due_at", "in_past", _("Choose a date that is not past."))
    version.submitted_by_id, version.submitted_at = by.user_id, at
    people = _named(reviewers, version=version, quorum=policy.quorum)
    version.sha256 = version_hash(dict(version.texts.values_list("language", "body")))
    version.state = state
    number = round_of(version) + 1
    PolicyReview.objects.bulk_create(
        [
            PolicyReview(
                version=version, reviewer=person, due_at=due_at, round=number, created_at=at, updated_at=at
            )
            for person in people
        ]
    )
    save_changed(version, fields=["state", "sha256", "submitted_by", "submitted_at"], at=at)
    record(
        "policy_version.submitted",
        version,
        by=by,
        at=at,
        why=why,
        changes={
            "state": [PolicyVersionState.DRAFT, state],
            "sha256": ["", version.sha256],
            "reviewers": [None, ", ".join(str(person) for person in people)],
            "round": [number - 1, number],
        },
    )
    note_facts([(None, "policies")], at=at)
    return version


@transaction.atomic
def decide_review(
    version: PolicyVersion, *, outcome: str, sha256: str, note: str = "", by: Actor, at: datetime
) -> PolicyReview:
    """Say what a named reviewer thinks of the words whose hash is `sha256`; the last word counts until the version is approved.

    The version is approved as soon as the quorum approves and nobody of this round asks for changes.

    :raises NotAllowed: the caller is not named in this round, or wrote or submitted the version.
    :raises WrongState: it is not in review. :raises OtherWords: other words stand there now.
    :raises Invalid: the outcome is unknown, or changes are asked for without saying which.
    """
    policy = locked(version.policy)
    version = locked(version)
    if outcome not in SAID:
        raise Invalid.one("outcome", "invalid_choice", _("Approve, or ask for changes."))
    if outcome == ReviewOutcome.CHANGES and not note.strip():
        raise Invalid.one("note", "required", _("Say what should change."))
    if len(note) > 10_000 or "\x00" in note:
        raise Invalid.one("note", "too_long", _("At most %(most)d characters, please.") % {"most": 10_000})
    if by.user_id is None or by.key in authors_of(version):
        raise NotAllowed(_("Whoever wrote or submitted a version does not review it."))
    if version.state != PolicyVersionState.IN_REVIEW:
        raise WrongState(
            _("The version is “%(state)s”; only one in review can be judged.")
            % {"state": PolicyVersionState(version.state).label},
            extra={"state": version.state},
        )
    review = current_reviews(version).filter(reviewer_id=by.user_id).first()
    if review is None:
        raise NotAllowed(_("You are not named as a reviewer of this version."))
    if sha256 != version.sha256:
        raise OtherWords(_("The text is not the one you read. Read it again, then decide."))
    before = review.outcome
    review.outcome, review.note, review.sha256, review.decided_at = outcome, note.strip(), sha256, at
    save_changed(review, fields=["outcome", "note", "sha256", "decided_at"], at=at)
    record(
        "policy_version.reviewed",
        version,
        by=by,
        at=at,
        why=note.strip()[:500],
        changes={"outcome": [before, outcome], "sha256": ["", sha256]},
    )
    if standing_approvals(version) >= policy.quorum:
        _approve(version, by=by, at=at)
    return review


def standing_approvals(version: PolicyVersion) -> int:
    """How many of the newest round approve the words as they stand; 0 while somebody asks for changes."""
    said = [(one.outcome, one.sha256) for one in current_reviews(version)]
    if any(outcome == ReviewOutcome.CHANGES for outcome, _sha in said):
        return 0
    return said.count((ReviewOutcome.APPROVED, version.sha256))


def _approve(version: PolicyVersion, *, by: Actor, at: datetime) -> None:
    before, version.state = version.state, state_after(version.state, PolicyAction.APPROVE)
    version.approved_at = at
    save_changed(version, fields=["state", "approved_at"], at=at)
    record("policy_version.approved", version, by=by, at=at, changes={"state": [before, version.state]})
    note_facts([(None, "policies")], at=at)


@transaction.atomic
def return_version(
    version: PolicyVersion, *, by: Actor, at: datetime, why: str = "", expected_revision: int | None = None
) -> PolicyVersion:
    """Take a version back to draft. What its reviewers said is kept and void; submitted again, it is judged in a new round.

    :raises WrongState: it is not in review or approved. :raises Stale: `expected_revision` is old.
    """
    version = locked(version, expected_revision=expected_revision)
    before, version.state = version.state, state_after(version.state, PolicyAction.RETURN)
    fields = ["state", "sha256", "submitted_by", "submitted_at", "approved_at"]
    version.sha256, version.submitted_by = "", None
    version.submitted_at = version.approved_at = None
    save_changed(version, fields=fields, at=at)
    record(
        "policy_version.returned", version, by=by, at=at, changes={"state": [before, version.state]}, why=why
    )
    note_facts([(None, "policies")], at=at)
    return version


@transaction.atomic
def renew_policy(
    policy: Policy, *, by: Actor, at: datetime, why: str, expected_revision: int | None = None
) -> Policy:
    """Note that the policy was looked at and needs no change: its next review is one cycle on. `why` says what was looked at.

    :raises WrongState: it is archived, or no version is in force. :raises Invalid: no note. :raises Stale: `expected_revision` is old.
    """
    policy = locked(policy, expected_revision=expected_revision)
    if policy.archived_at is not None:
        raise WrongState(_("%(policy)s is archived. Restore it first.") % {"policy": policy})
    if not PolicyVersion.objects.in_force().filter(policy=policy).exists():
        raise WrongState(_("No version is in force yet: there is nothing to review."))
    if not why.strip():
        raise Invalid.one("why", "required", _("Say what you looked at."))
    before = [policy.last_reviewed_on, policy.next_review_on]
    policy.last_reviewed_on = at.date()
    policy.next_review_on = review_day(policy.last_reviewed_on, policy.review_months)
    save_changed(policy, fields=["last_reviewed_on", "next_review_on"], at=at)
    record(
        "policy.renewed",
        policy,
        by=by,
        at=at,
        why=why,
        changes={
            "last_reviewed_on": [before[0], policy.last_reviewed_on],
            "next_review_on": [before[1], policy.next_review_on],
        },
    )
    note_facts([(None, "policies")], at=at)
    return policy
