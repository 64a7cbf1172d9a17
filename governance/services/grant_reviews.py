"""Re-certification: every quarter the account's owner says of each access whether it is kept; the highest level takes two."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from coe.errors import Invalid, NotAllowed, WrongState
from coe.rules.principals import Actor, principal_of
from coe.services.facts import note_facts
from coe.services.history import changed, record, snapshot
from coe.services.records import locked, save_changed
from governance.enums.access import GrantReviewOutcome, GrantState, RevokeCause
from governance.models import AccessGrant, GrantReview
from governance.rules.access import may_review, needs_two
from governance.services.grants import REVIEW_EVERY, actor_user, ask_back


def _active(grant: AccessGrant) -> AccessGrant:
    row = locked(grant)
    if row.state != GrantState.ACTIVE:
        raise WrongState(_("Not possible: this access is “%(state)s”.") % {"state": row.get_state_display()})
    return row


def _keep(row: AccessGrant, *, by: Actor, at: datetime, why: str) -> None:
    before = snapshot(row)
    row.reviewed_at, row.review_due_at = at, at + REVIEW_EVERY
    save_changed(row, fields=["reviewed_at", "review_due_at"], at=at)
    record(
        "access.kept",
        row,
        by=by,
        at=at,
        changes=changed(before, snapshot(row)),
        why=why,
        line_id=row.account.line_id,
    )
    note_facts([(row.account.line_id, "access")], at=at)


@transaction.atomic
def review_grant(grant: AccessGrant, *, outcome: str, by: Actor, at: datetime, note: str = "") -> GrantReview:
    """Keep access for another quarter, or ask it back. Keeping the highest level, or one's own, waits for a second person.

    :raises NotAllowed: the caller neither owns the account nor gives access there. :raises WrongState: the access is not active.
    :raises Invalid: an unknown outcome.
    """
    if outcome not in GrantReviewOutcome.values:
        raise Invalid.one("outcome", "choice_unknown", _("Say whether it is kept or revoked."))
    user = actor_user(by)
    row = _active(grant)
    if not may_review(principal_of(user, at), row.account):
        raise NotAllowed()
    review = GrantReview(
        grant=row,
        outcome=outcome,
        reviewer=user,
        at=at,
        note=note.strip()[:300],
        created_at=at,
        updated_at=at,
    )
    review.save(force_insert=True)
    record(
        "grant_review.said",
        review,
        by=by,
        at=at,
        changes=changed({}, snapshot(review)),
        why=note,
        line_id=row.account.line_id,
    )
    if outcome == GrantReviewOutcome.REVOKE:
        ask_back([row], cause=RevokeCause.NOT_KEPT, by=by, at=at, note=note)
    elif not needs_two(row.level, person_id=row.person_id, by_id=user.pk):
        _keep(row, by=by, at=at, why=note)
    return review


@transaction.atomic
def confirm_review(review: GrantReview, *, by: Actor, at: datetime, note: str = "") -> GrantReview:
    """Confirm, as the second person, that access is kept.

    :raises NotAllowed: the caller said it, or gets in themselves, or may not review it.
    :raises WrongState: nothing waits to be confirmed: it was confirmed, or something newer was said, or the access is not active.
    """
    user = actor_user(by)
    row = _active(review.grant)
    said = locked(review)
    if user.pk in (said.reviewer_id, row.person_id):
        raise NotAllowed(_("This takes a second person: neither who said it nor who gets in."))
    if not may_review(principal_of(user, at), row.account):
        raise NotAllowed()
    newest = row.reviews.order_by("-at", "-id").first()
    is_open = said == newest and said.confirmed_at is None and said.outcome == GrantReviewOutcome.KEEP
    if not is_open or not needs_two(row.level, person_id=row.person_id, by_id=said.reviewer_id):
        raise WrongState(_("Nothing waits to be confirmed here."))
    said.confirmed_by, said.confirmed_at = user, at
    save_changed(said, fields=["confirmed_by", "confirmed_at"], at=at)
    changes = {"confirmed_by": [None, user.pk], "confirmed_at": [None, at]}
    record(
        "grant_review.confirmed", said, by=by, at=at, changes=changes, why=note, line_id=row.account.line_id
    )
    _keep(row, by=by, at=at, why=note)
    return said
