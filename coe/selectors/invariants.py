"""What must always be true of the stored state, each as a query for the rows that break it. Every floor registers its own."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from django.db.models import Count, F, Q

from coe.enums.accounts import ENDED_STATES
from coe.enums.lines import LineStatus
from coe.enums.work import BatchState, TimerState
from coe.models import BusinessLine, ImportBatch, LineClosure, SocialAccount, Timer, User
from coe.models.timers import OPEN
from coe.registries import invariants, timer_kinds

SHOWN = 50
# States in which the uploaded file is still to be read.
_WAITING = (BatchState.UPLOADED, BatchState.VALIDATING, BatchState.READY, BatchState.APPLYING)


@dataclass(frozen=True)
class Broken:
    """One row that breaks an invariant."""

    invariant: str
    row: str


def closure() -> list[str]:
    """The closure holds exactly the pairs that parents imply, with their distances."""
    parents = dict(BusinessLine.objects.values_list("pk", "parent_id"))
    wanted = set()
    for line_id in parents:
        above, depth, seen = line_id, 0, set()
        while above is not None and above not in seen:
            seen.add(above)
            wanted.add((above, line_id, depth))
            above, depth = parents.get(above), depth + 1
        if above is not None:
            return [f"line {line_id} stands above itself"]
    stored = set(LineClosure.objects.values_list("ancestor_id", "descendant_id", "depth"))
    return [f"missing {row}" for row in sorted(wanted - stored)] + [
        f"surplus {row}" for row in sorted(stored - wanted)
    ]


def depths() -> list[str]:
    """A line's depth is one more than its parent's, and a line without a parent has depth 0."""
    odd = BusinessLine.objects.filter(
        Q(parent=None) & ~Q(depth=0) | Q(parent__isnull=False) & ~Q(depth=F("parent__depth") + 1)
    )
    return [f"line {code} has depth {depth}" for code, depth in odd.values_list("code", "depth")[:SHOWN]]


def archived_lines() -> list[str]:
    """Under an archived line nothing is at work: no active line and no account of the register."""
    lines = BusinessLine.objects.filter(parent__status=LineStatus.ARCHIVED, status=LineStatus.ACTIVE)
    accounts = SocialAccount.objects.filter(line__status=LineStatus.ARCHIVED).exclude(state__in=ENDED_STATES)
    return [
        *(
            f"line {code} is active below an archived one"
            for code in lines.values_list("code", flat=True)[:SHOWN]
        ),
        *(
            f"account {key} is of an archived line"
            for key in accounts.values_list("public_id", flat=True)[:SHOWN]
        ),
    ]


def co_owners() -> list[str]:
    """No line co-owns an account it owns."""
    odd = SocialAccount.objects.filter(co_owners__line_id=F("line_id"))
    return [
        f"account {public_id} is co-owned by its owner"
        for public_id in odd.values_list("public_id", flat=True)[:SHOWN]
    ]


def leavers() -> list[str]:
    """Who has left holds no role that is still open."""
    odd = User.objects.filter(is_active=False, role_assignments__valid_until=None).filter(
        role_assignments__isnull=False
    )
    return [
        f"{email} has left and holds a role"
        for email in odd.values_list("email", flat=True).distinct()[:SHOWN]
    ]


def unread_notices() -> list[str]:
    """The number at the bell is the number of notices not yet read."""
    odd = User.objects.annotate(unread=Count("notices", filter=Q(notices__read_at=None))).exclude(
        unread=F("unread_notices")
    )
    return [
        f"{email}: {stored} at the bell, {unread} unread"
        for email, stored, unread in odd.values_list("email", "unread_notices", "unread")[:SHOWN]
    ]


def timers() -> list[str]:
    """No clock has stopped: none is in quarantine, and none waits for a handler that this version does not have."""
    stopped = Q(state=TimerState.QUARANTINED) | Q(state__in=OPEN) & ~Q(kind__in=list(timer_kinds))
    return [
        f"timer {kind} {subject} is {state}: {error or 'its kind is unknown'}"
        for kind, subject, state, error in Timer.objects.filter(stopped).values_list(
            "kind", "subject", "state", "last_error"
        )[:SHOWN]
    ]


def waiting_files() -> list[str]:
    """The file of an import that waits is there, and it is the one that was uploaded (sha256)."""
    found = []
    for batch in ImportBatch.objects.filter(state__in=_WAITING).exclude(stored_path="").iterator():
        path = Path(batch.stored_path)
        if not path.is_file():
            found.append(f"import {batch.public_id}: its file is gone")
            continue
        with path.open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != batch.file_sha256:
                found.append(f"import {batch.public_id}: its file is another one now")
    return found


def broken_invariants() -> list[Broken]:
    """Every row that breaks an invariant of any floor (at most fifty of each)."""
    return [Broken(name, row) for name, rows in invariants.items() for row in rows()[:SHOWN]]
