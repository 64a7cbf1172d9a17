"""What people answer to a policy: to the exact words, in the language they were shown. An answer is written once and never changed."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _, override

from coe.errors import Invalid, NotAllowed, WrongState
from coe.models import User
from coe.rules.principals import Actor
from coe.services.history import changed, record, snapshot
from coe.services.outbox import INBOX, enqueue
from coe.services.records import locked, required
from governance.enums.policies import Answer, PolicyVersionState
from governance.models import Acknowledgement, PolicyDue, PolicyText, PolicyVersion
from governance.services.due_rows import note_lines

NOTE_LENGTH = 500
REASON_LENGTH = 5000


@dataclass(frozen=True)
class Shown:
    """What the person had before their eyes: a language of the version, and the hash of that text."""

    language: str
    sha256: str


def accept_policy(
    version: PolicyVersion, *, person: User, shown: Shown, by: Actor, at: datetime, note: str = ""
) -> Acknowledgement:
    """A person accepts a version. Pressed twice, or in two tabs at once, it is one row.

    Whoever was not asked may accept of their own accord: it is kept, and answers the row that opens if they join the audience later.
    Somebody else may record it for them, with a note; the person is told who did.

    :raises WrongState: the version is not in force, people do not acknowledge it, they have left, or a decline of theirs stands.
    :raises Invalid: the text shown is not the version's, or a note is missing or too long.
    """
    return _answer(version, Answer.ACCEPTED, person=person, shown=shown, by=by, at=at, note=note, reason="")


def decline_policy(
    version: PolicyVersion,
    *,
    person: User,
    shown: Shown,
    reason: str,
    by: Actor,
    at: datetime,
    note: str = "",
) -> Acknowledgement:
    """A person declines a version and says why. An acceptance that was given is not taken back by it.

    :raises WrongState: as for `accept_policy`, or they have accepted it. :raises Invalid: as there, or there is no reason.
    """
    reason = reason.strip()
    if not reason:
        raise required("reason")
    if len(reason) > REASON_LENGTH or "\x00" in reason:
        raise Invalid.one(
            "reason", "too_long", _("Write at most %(n)d readable characters.") % {"n": REASON_LENGTH}
        )
    return _answer(
        version, Answer.DECLINED, person=person, shown=shown, by=by, at=at, note=note, reason=reason
    )


@transaction.atomic
def _answer(
    version: PolicyVersion, answer: Answer, *, person: User, shown: Shown, by: Actor, at: datetime, note: str, reason: str
) -> Acknowledgement:  # fmt: skip
    note = _checked_note(note, person=person, by=by)
    # The person is the lock: two tabs follow each other, and a publication that asks them just now waits.
    person = locked(person)
    version = _in_force(version)
    if not person.is_active:
        raise WrongState(_("%(name)s is inactive.") % {"name": person})
    _check_shown(version, shown)
    rows = PolicyDue.objects.filter(version=version, person=person, until_at__isnull=True)
    owed = list(rows.filter(answer="").select_related("campaign").order_by("due_at", "id"))
    rounds = [row.campaign for row in owed if row.campaign is not None and row.campaign.is_repeated]
    standing = _standing(version, person)
    declined = standing.filter(answer=Answer.DECLINED).order_by("-at", "-id").first()
    if declined is not None:
        if answer == Answer.DECLINED:
            return declined
        raise WrongState(_("You declined this version. Take that back first, then accept it."))
    said = standing.order_by("-at", "-id").first()
    if said is not None and not rounds:
        if answer == Answer.DECLINED:
            raise WrongState(_("This version was accepted; an acceptance stands."))
        _settle(owed, said)
        return said
    given = Acknowledgement.objects.create(
        version=version, person=person, campaign=rounds[0] if rounds else None, answer=answer, reason=reason,
        language=shown.language, sha256=shown.sha256, at=at, person_name=str(person)[:200],
        recorded_by_id=by.user_id if by.user_id != person.pk else None, note=note, created_at=at, updated_at=at,
    )  # fmt: skip
    # A round of one's own is answered by the answer given in it; every other row by any.
    _settle(
        [row for row in owed if row.campaign_id == given.campaign_id or row.campaign not in rounds], given
    )
    line = owed[0].line_id if owed else None
    record(
        f"policy.{answer}",
        given,
        by=by,
        at=at,
        changes=changed({}, snapshot(given)),
        why=reason or note,
        line_id=line,
    )
    note_lines((row.line_id for row in owed), at=at)
    if given.recorded_by_id is not None:
        _tell(given, by=by, at=at)
    return given


def _checked_note(note: str, *, person: User, by: Actor) -> str:
    note = note.strip()
    if by.user_id == person.pk:
        return note[:NOTE_LENGTH]
    if by.user_id is None:
        raise NotAllowed(_("Only a person answers for another person; a token or the hub itself cannot."))
    if not note:
        raise Invalid.one(
            "note", "required", _("Say how you know what they answered, for example on a signed sheet.")
        )
    if len(note) > NOTE_LENGTH or "\x00" in note:
        raise Invalid.one(
            "note", "too_long", _("Write at most %(n)d readable characters.") % {"n": NOTE_LENGTH}
        )
    return note


def _in_force(version: PolicyVersion) -> PolicyVersion:
    """The version as it is now. It is not locked: twenty thousand people answer one version, and a publication goes first or last."""
    fresh = PolicyVersion.objects.select_related("policy").get(pk=version.pk)
    if fresh.state == PolicyVersionState.SUPERSEDED:
        raise WrongState(
            _("Version %(number)s was superseded. Read the version in force, and answer that.")
            % {"number": fresh.number}
        )
    if fresh.state != PolicyVersionState.PUBLISHED:
        raise WrongState(_("Version %(number)s is not published.") % {"number": fresh.number})
    if fresh.policy.archived_at is not None:
        raise WrongState(_("“%(policy)s” is archived.") % {"policy": fresh.policy.title})
    if not fresh.policy.is_acknowledged:
        raise WrongState(_("Nobody needs to acknowledge “%(policy)s”.") % {"policy": fresh.policy.title})
    return fresh


def _check_shown(version: PolicyVersion, shown: Shown) -> None:
    texts = dict(PolicyText.objects.filter(version=version).values_list("language", "sha256"))
    if shown.language not in texts:
        words = _("This version has no text in “%(language)s”; it has: %(known)s.")
        told = {"language": shown.language[:10], "known": ", ".join(sorted(texts))}
        raise Invalid.one("language", "language_unknown", words % told)
    if shown.sha256 != texts[shown.language]:
        words = _("That is not the text of version %(number)s. Load the page again and read it.")
        raise Invalid.one("sha256", "hash_wrong", words % {"number": version.number})


def _standing(version: PolicyVersion, person: User) -> QuerySet[Acknowledgement]:
    """What holds for a version: what was answered to it and not taken back, and acceptances of its major number."""
    own = Q(version=version, withdrawn_at__isnull=True)
    same = Q(version__policy_id=version.policy_id, version__major=version.major, answer=Answer.ACCEPTED)
    return Acknowledgement.objects.filter(own | same, person=person)


def _settle(rows: list[PolicyDue], given: Acknowledgement) -> None:
    PolicyDue.objects.filter(pk__in=[row.pk for row in rows]).update(
        answer=given.answer, settled_by=given, settled_at=given.at
    )


@transaction.atomic
def take_back_decline(
    acknowledgement: Acknowledgement, *, by: Actor, at: datetime, expected_revision: int | None = None
) -> Acknowledgement:
    """A decline is taken back, by whoever gave or recorded it; what it answered is owed again, by the day it was due.

    :raises NotAllowed: by somebody else. :raises WrongState: it is an acceptance, or was taken back already.
    """
    locked(acknowledgement.person)
    row = locked(acknowledgement, expected_revision=expected_revision)
    if by.user_id not in (row.person_id, row.recorded_by_id) or by.user_id is None:
        raise NotAllowed(_("Only whoever gave an answer takes it back."))
    if row.answer != Answer.DECLINED:
        raise WrongState(_("An acceptance stands; it is not taken back."))
    if row.withdrawn_at is not None:
        raise WrongState(_("This decline was taken back already."))
    row.withdrawn_at, row.updated_at, row.revision = at, at, row.revision + 1
    row.save(update_fields=["withdrawn_at", "updated_at", "revision"])
    owed = PolicyDue.objects.filter(settled_by=row, until_at__isnull=True)
    lines = list(owed.values_list("line_id", flat=True))
    owed.update(answer="", settled_by=None, settled_at=None)
    record(
        "policy.decline_taken_back",
        row,
        by=by,
        at=at,
        changes={"withdrawn_at": [None, at]},
        line_id=lines[0] if lines else None,
    )
    note_lines(lines, at=at)
    return row


def _tell(given: Acknowledgement, *, by: Actor, at: datetime) -> None:
    """Nobody answers for another silently."""
    person, policy = given.person, given.version.policy
    with override(person.language):
        told = {"who": by.label, "policy": policy.title}
        subject = (
            _("%(who)s recorded that you accepted “%(policy)s”")
            if given.answer == Answer.ACCEPTED
            else _("%(who)s recorded that you declined “%(policy)s”")
        )
        enqueue(
            key=f"policy.recorded:{given.public_id}", channel=INBOX, recipient=person, kind="policy.recorded",
            subject=subject % told, body=_("Their note: %(note)s") % {"note": given.note},
            url=reverse("policy-acknowledge", args=[policy.code]), at=at,
        )  # fmt: skip
