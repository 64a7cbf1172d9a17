"""The middle of the wizard: what the columns of a file mean, and what was said before about a file with such a header.

A file that was received with `wants_columns` waits in the state `matching`. `match_columns` ends the waiting; it also starts a
checked or refused import over with other columns. Nothing of the domain is written here.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils.translation import get_language, gettext as _

from coe.enums.work import BatchState
from coe.errors import Duplicate, Invalid, WrongState
from coe.intake.errors import IntakeError
from coe.intake.mapping import load_mapping, shipped_mappings
from coe.models import ImportBatch, SavedMapping
from coe.rules.principals import Actor, Principal
from coe.selectors.saved import saved_mappings
from coe.services.history import record
from coe.services.import_runs import clear_report, mapping_of
from coe.services.later import later
from coe.services.reading import open_file, told_intake
from coe.services.records import locked

MATCHABLE = (BatchState.MATCHING, BatchState.READY, BatchState.REFUSED)
BY_HAND = "by_hand"
_LONGEST_NAME = 80


@dataclass(frozen=True)
class Offer:
    """A mapping that suits a file: one that somebody saved, or one that ships with the hub."""

    name: str
    title: str
    document: dict[str, Any]
    saved: SavedMapping | None = None


def signature_of(columns: Sequence[str]) -> str:
    """What files of one source have in common: the names of their columns, in any order, case and spacing."""
    names = sorted(" ".join(name.casefold().split()) for name in columns)
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def offers(kind: str, *, columns: Sequence[str], principal: Principal) -> list[Offer]:
    """Mappings for a file with this header: saved ones first, the newest before, then shipped ones that find all they read."""
    saved = (
        saved_mappings(principal)
        .filter(kind=kind, signature=signature_of(columns))
        .order_by("-updated_at", "-pk")
    )
    found = [Offer(one.name, one.name, one.mapping, one) for one in saved[:20]]
    for name in shipped_mappings(kind):
        mapping = load_mapping(name)
        if mapping.fits(columns):
            title = mapping.data.get("title") or name
            if isinstance(title, dict):
                title = title.get((get_language() or "en").split("-")[0]) or title.get("en") or name
            found.append(Offer(name, str(title), mapping.data))
    return found


def files_beside(document: Mapping[str, Any]) -> list[tuple[str, bool]]:
    """The files a mapping joins: the name each must have, and whether the import does without it."""
    return [(join["file"], bool(join.get("optional"))) for join in document.get("joins", {}).values()]


def keep_beside(batch: ImportBatch, *, name: str, stream: BinaryIO) -> None:
    """Store a second file beside the first, under the name the mapping asks for.

    :raises Invalid: it is too large, or the mapping asks for no such file.
    """
    folder = Path(batch.stored_path).parent
    if (
        folder != Path(settings.MEDIA_ROOT) / "imports" / str(batch.public_id)
        or name in ("", Path(batch.stored_path).name)
        or Path(name).name != name
    ):
        raise Invalid.one("file", "file_not_wanted", _("This import takes no second file."))
    size = 0
    with (folder / name).open("wb") as target:
        while piece := stream.read(1 << 20):
            size += len(piece)
            if size > settings.MAX_IMPORT_BYTES:
                break
            target.write(piece)
    if size > settings.MAX_IMPORT_BYTES:
        (folder / name).unlink()
        message = _("The file is larger than %(limit)s MB. Split it and import the parts.")
        raise Invalid.one(
            "file", "file_too_large", message % {"limit": settings.MAX_IMPORT_BYTES // 1_048_576}
        )


@transaction.atomic
def match_columns(
    batch: ImportBatch, *, mapping: str | Mapping[str, Any], principal: Principal, at: datetime
) -> ImportBatch:
    """Say what the columns of a file mean and let a worker check the whole file.

    :raises WrongState: it was applied, is under way or was discarded. :raises Invalid: file and mapping do not fit.
    """
    batch = locked(batch)
    if batch.state not in MATCHABLE or batch.summary.get("wants_apply"):
        raise WrongState(
            _("The columns of this import are settled; it is: %(state)s.")
            % {"state": batch.get_state_display()}
        )
    name, document = mapping_of(batch.kind, mapping, principal)
    try:
        open_file(Path(batch.stored_path), name=batch.file_name, kind=batch.kind, document=document)
    except IntakeError as error:
        raise Invalid.one(error.field or "mapping", error.code, told_intake(error)) from error
    clear_report(batch)
    batch.mapping_name, batch.mapping = ("" if name == BY_HAND else name), document
    batch.state, batch.error, batch.finished_at, batch.updated_at = BatchState.UPLOADED, "", None, at
    batch.revision += 1
    batch.save()
    record("import.matched", batch, by=principal.actor, at=at, batch_id=batch.public_id)
    later("coe.import_apply", batch_id=batch.pk)
    return batch


@transaction.atomic
def save_mapping(
    *, kind: str, name: str, columns: Sequence[str], document: Mapping[str, Any], principal: Principal, at: datetime,
    saved: SavedMapping | None = None, may_replace: bool = False,
) -> SavedMapping:  # fmt: skip
    """Remember what the columns of a source mean; with `saved`, change that mapping and its name.

    :raises Invalid: no name, or the document is broken. :raises Duplicate: another mapping of the same owner has this
        name, and `may_replace` is not said.
    """
    name = " ".join(name.split())[:_LONGEST_NAME]
    if not name or "\x00" in name:
        raise Invalid.one("name", "required", _("Give the mapping a name."))
    if name in shipped_mappings():
        raise Duplicate.one(
            "name", "duplicate", _("A mapping that ships with the hub has this name; choose another.")
        )
    try:
        load_mapping(document)
    except IntakeError as error:
        raise Invalid.one("mapping", error.code, told_intake(error)) from error
    # A name is its owner's: whether somebody else uses it is nothing that anybody is told.
    owner = saved.owner if saved is not None else principal.user
    same = SavedMapping.objects.select_for_update().filter(kind=kind, name=name, owner=owner)
    taken = same.exclude(pk=saved.pk if saved is not None else None).first()
    if taken is not None and not may_replace:
        message = _(
            "A mapping is called “%(name)s” already. Choose another name, or say that this one replaces it."
        )
        raise Duplicate.one("name", "duplicate", message % {"name": name})
    if taken is not None and saved is not None:
        taken.delete()
        taken = None
    found = saved or taken or SavedMapping(kind=kind, owner=principal.user, created_at=at)
    is_new = found.pk is None
    found.name, found.columns, found.mapping = name, list(columns), dict(document)
    found.signature, found.updated_at = signature_of(columns), at
    found.revision = found.revision if is_new else found.revision + 1
    found.save()
    record("mapping.created" if is_new else "mapping.updated", found, by=principal.actor, at=at)
    return found


@transaction.atomic
def forget_mapping(saved: SavedMapping, *, by: Actor, at: datetime) -> None:
    """Remove a saved mapping; imports that were read with it keep their own copy."""
    record("mapping.removed", saved, by=by, at=at)
    saved.delete()
