"""What a sweep can find, and the life of a finding, as data."""

from collections.abc import Mapping

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class FindingKind(TextChoices):
    """What an account outside the register turns out to be (domain research, 2.4)."""

    UNKNOWN = "unknown", _("Not judged yet")
    ROGUE = "rogue", _("Rogue: ours, made without approval")
    ORPHAN = "orphan", _("Orphan: ours, nobody owns it")
    IMPOSTOR = "impostor", _("Impostor: pretends to be us")
    PROTEST = "protest", _("Protest or parody: lawful, leave alone")
    LEGACY = "legacy", _("Legacy: of a former brand or company")


class FindingState(TextChoices):
    """Where a finding stands."""

    NEW = "new", _("New")
    TRIAGED = "triaged", _("Judged, to be acted on")
    TAKEDOWN = "takedown", _("Take-down asked")
    LEFT_ALONE = "left_alone", _("Left alone")
    ADOPTED = "adopted", _("Taken into the register")
    TAKEN_DOWN = "taken_down", _("Taken down")
    CLOSED = "closed", _("Closed")


_S = FindingState
FINDING_TRANSITIONS: Mapping[FindingState, frozenset[FindingState]] = {
    _S.NEW: frozenset({_S.TRIAGED, _S.LEFT_ALONE, _S.TAKEDOWN, _S.ADOPTED, _S.CLOSED}),
    _S.TRIAGED: frozenset({_S.TAKEDOWN, _S.LEFT_ALONE, _S.ADOPTED, _S.CLOSED}),
    _S.TAKEDOWN: frozenset({_S.TAKEN_DOWN, _S.TRIAGED, _S.CLOSED}),
    _S.LEFT_ALONE: frozenset({_S.TRIAGED}),
    _S.ADOPTED: frozenset({_S.TRIAGED}),
    _S.TAKEN_DOWN: frozenset({_S.TRIAGED}),
    _S.CLOSED: frozenset({_S.TRIAGED}),
}
# Nothing is left to do about these.
SETTLED_STATES = (_S.LEFT_ALONE, _S.ADOPTED, _S.TAKEN_DOWN, _S.CLOSED)


class SweepState(TextChoices):
    """Where a sweep stands."""

    RUNNING = "running", _("Running")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Called off")


class EvidenceKind(TextChoices):
    """What is kept of a finding."""

    LINK = "link", _("Link")
    FILE = "file", _("File")
    NOTE = "note", _("Note")


# What may become of each kind: protest and parody are left alone, an impostor is never taken into the register, and what nobody has
# judged is only judged.
KIND_STATES: Mapping[FindingKind, frozenset[FindingState]] = {
    FindingKind.UNKNOWN: frozenset({_S.NEW}),
    FindingKind.ROGUE: frozenset({_S.TRIAGED, _S.TAKEDOWN, _S.TAKEN_DOWN, _S.ADOPTED, _S.CLOSED}),
    FindingKind.ORPHAN: frozenset({_S.TRIAGED, _S.TAKEDOWN, _S.TAKEN_DOWN, _S.ADOPTED, _S.CLOSED}),
    FindingKind.IMPOSTOR: frozenset({_S.TRIAGED, _S.TAKEDOWN, _S.TAKEN_DOWN, _S.CLOSED}),
    FindingKind.PROTEST: frozenset({_S.LEFT_ALONE, _S.CLOSED}),
    FindingKind.LEGACY: frozenset({_S.TRIAGED, _S.TAKEDOWN, _S.TAKEN_DOWN, _S.ADOPTED, _S.CLOSED}),
}


class FindingAction(TextChoices):
    """Verbs that move a judged finding."""

    TAKE_DOWN = "take_down", _("Ask for take-down")
    TAKEN_DOWN = "taken_down", _("Taken down")
    CLOSE = "close", _("Close")
    REOPEN = "reopen", _("Open again")


ACTION_STATES: Mapping[FindingAction, FindingState] = {
    FindingAction.TAKE_DOWN: FindingState.TAKEDOWN,
    FindingAction.TAKEN_DOWN: FindingState.TAKEN_DOWN,
    FindingAction.CLOSE: FindingState.CLOSED,
    FindingAction.REOPEN: FindingState.TRIAGED,
}
# Business days from the find to the first judgement.
TRIAGE_DAYS = 2
FINDING_TONES: Mapping[FindingState, str] = {
    FindingState.NEW: "bad",
    FindingState.TRIAGED: "care",
    FindingState.TAKEDOWN: "care",
    FindingState.LEFT_ALONE: "void",
    FindingState.ADOPTED: "good",
    FindingState.TAKEN_DOWN: "good",
    FindingState.CLOSED: "void",
}
