"""Issues, revokes and shortens certificates."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _, override

from coe.errors import Invalid, WrongState
from coe.models import ImportBatch, RoleAssignment
from coe.rules.principals import Actor
from coe.services.effects import Effect, note_effects
from coe.services.facts import note_facts
from coe.services.history import Entry, changed, record_many, snapshot
from coe.services.outbox import INBOX, Message, enqueue_many
from coe.services.timers import cancel_timers, set_timers
from training.models import Certificate, Completion, Course
from training.rules.validity import expiry_of

# No 0, O, 1, I, L: a code is read aloud and typed from paper. 20 of 31 signs hold 99 bits.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_LENGTH = 20
# The kind of timer that fires when a certificate ends (training/engine/expiry.py); its subject is the certificate's public id.
EXPIRY = "certificate.expiry"


def fresh_code() -> str:
    """A code nobody can guess, in groups of five: `7KQ2M-…`."""
    signs = "".join(secrets.choice(ALPHABET) for _sign in range(_LENGTH))
    return "-".join(signs[start : start + 5] for start in range(0, _LENGTH, 5))


def issue_certificates(
    completions: Sequence[Completion], *, by: Actor, at: datetime, batch: ImportBatch | None = None
) -> list[Certificate]:
    """Give each completion its certificate, valid from the completion on. Courses must be loaded.

    Called once by `record_completions`, in its transaction.
    """
    rows = [
        Certificate(
            code=fresh_code(), completion=one, user=one.user, course=one.course, issued_at=one.achieved_at,
            expires_at=expiry_of(one.achieved_at, one.course.validity_months), created_at=at, updated_at=at,
        )
        for one in completions
    ]  # fmt: skip
    rows = Certificate.objects.bulk_create(rows, batch_size=500)
    record_many(
        [Entry("certificate.issued", row, changed({}, snapshot(row, ["expires_at", "issued_at"]))) for row in rows],
        by=by, at=at, batch_id=batch and batch.public_id,
    )  # fmt: skip
    note_effects(batch, effects=[Effect(row, is_create=True) for row in rows])
    _wind(rows, at)
    return rows


def _wind(rows: Iterable[Certificate], at: datetime) -> None:
    """Set the clocks of certificates that end some day; one that has ended already has nothing to tell."""
    due = {
        str(row.public_id): row.expires_at
        for row in rows
        if row.expires_at is not None and row.expires_at > at
    }
    set_timers(EXPIRY, due=due, at=at)


def _note(rows: Iterable[Certificate], at: datetime) -> None:
    users = {row.user_id for row in rows}
    held = RoleAssignment.objects.filter(user_id__in=users).current(at).values_list("line_id", flat=True)
    note_facts([(line_id, "training") for line_id in {*held, None}], at=at)


@transaction.atomic
def revoke_certificates(certificates: Sequence[Certificate], *, by: Actor, at: datetime, why: str) -> int:
    """End certificates at once, for a reason that their page tells; returns how many held until now.

    :raises Invalid: no reason is given.
    """
    named = Certificate.objects.filter(pk__in=[one.pk for one in certificates])
    return len(_revoke(named, by=by, at=at, why=why))


def _revoke(held: QuerySet[Certificate], *, by: Actor, at: datetime, why: str) -> list[Certificate]:
    why = why.strip()[:300]
    if not why:
        raise Invalid.one("why", "required", _("Say why."))
    locked = held.filter(revoked_at__isnull=True).select_for_update(of=("self",))
    rows = list(locked.select_related("user", "course").order_by("pk"))
    for row in rows:
        row.revoked_at, row.revoked_why, row.updated_at, row.revision = at, why, at, row.revision + 1
    Certificate.objects.bulk_update(
        rows, ["revoked_at", "revoked_why", "updated_at", "revision"], batch_size=500
    )
    record_many(
        [Entry("certificate.revoked", row, {"revoked_at": [None, at]}) for row in rows], by=by, at=at, why=why
    )
    cancel_timers(EXPIRY, subjects=[str(row.public_id) for row in rows], at=at, note="revoked")
    if rows:
        _note(rows, at)
    return rows


@transaction.atomic
def revoke_certificate(certificate: Certificate, *, by: Actor, at: datetime, why: str) -> None:
    """End one certificate at once, and tell whose it was.

    :raises WrongState: it is revoked already. :raises Invalid: no reason is given.
    """
    rows = _revoke(Certificate.objects.filter(pk=certificate.pk), by=by, at=at, why=why)
    if not rows:
        raise WrongState(_("This certificate is revoked already."))
    _tell(rows, by=by, at=at)


@transaction.atomic
def end_certificates_of_course(course: Course, *, why: str, by: Actor, at: datetime) -> int:
    """End every valid certificate of a course at once, for one cause, and tell each person once; returns how many held until now.

    Set-based: the number of statements grows by the thousand, not by the person. Safe twice: the second time nothing holds.

    :raises Invalid: no reason is given.
    """
    held = Certificate.objects.valid(at).filter(course=course)
    rows = _revoke(held, by=by, at=at, why=why)
    _tell(rows, by=by, at=at)
    return len(rows)


def _tell(rows: Iterable[Certificate], *, by: Actor, at: datetime) -> None:
    """Say to people whose certificates ended what ended and why, in their language; the reason stands as it was given."""
    told = {
        (row.user_id, row.course_id): row for row in rows if row.user.is_active and by.user_id != row.user_id
    }
    messages = []
    for row in told.values():
        with override(row.user.language):
            course = row.course.title
            messages.append(
                Message(
                    key=f"training.certificate_revoked:{row.public_id}",
                    channel=INBOX,
                    recipient=row.user,
                    kind="training.certificate_revoked",
                    subject=_("Your certificate of %(course)s no longer holds") % {"course": course},
                    body=_("Why: %(why)s") % {"why": row.revoked_why},
                    url=row.get_absolute_url(),
                )
            )
    enqueue_many(messages, at=at)


@transaction.atomic
def shorten_certificates(course: Course, *, until: datetime, by: Actor, at: datetime, why: str) -> int:
    """Let the certificates of a course end by `until` at the latest, as after a material change of what it teaches.

    Returns how many end sooner now. Certificates issued after `at` are not touched.

    :raises Invalid: the end is past, or no reason is given.
    """
    if until < at:
        raise Invalid.one("until", "in_past", _("Choose an end that is not past."))
    if not why.strip():
        raise Invalid.one("why", "required", _("Say why."))
    held = Certificate.objects.valid(at).filter(course=course).exclude(expires_at__lte=until)
    rows = list(held.select_for_update(of=("self",)).select_related("user", "course").order_by("pk"))
    entries = []
    for row in rows:
        entries.append(Entry("certificate.shortened", row, {"expires_at": [row.expires_at, until]}))
        row.expires_at, row.updated_at, row.revision = until, at, row.revision + 1
    Certificate.objects.bulk_update(rows, ["expires_at", "updated_at", "revision"], batch_size=500)
    record_many(entries, by=by, at=at, why=why)
    _wind(rows, at)
    if rows:
        _note(rows, at)
    return len(rows)
