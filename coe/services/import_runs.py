"""Imports as they run: receive a file, check it against everything that is known, apply it in commits, resume after a crash.

The truth about a run is its `ImportBatch` row: `progress` counts input rows whose chunk is committed, so a second worker goes on
exactly behind the last commit. A lease keeps two workers apart.
"""

import hashlib
import itertools
import re
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from coe.enums.roles import Permission
from coe.enums.work import ActorKind, BatchState, RowOutcome
from coe.errors import AlreadyRunning, Invalid, NotAllowed, Problem, SecretRefused, WrongState
from coe.intake.errors import IntakeError
from coe.intake.mapping import Mapping as FileMapping, load_mapping, shipped_mappings
from coe.intake.secrets import looks_like_secret
from coe.models import BusinessLine, ImportBatch, ImportProblem
from coe.registries import import_kinds
from coe.rules.principals import Actor, Principal, principal_from_json
from coe.rules.scope import allowed_lines, may
from coe.selectors.saved import saved_mappings
from coe.services.history import record
from coe.services.importing import ImportContext, ImportKind, InputRow, RawRow, RowReader, RowResult, Tally
from coe.services.later import later
from coe.services.reading import as_problem, open_file, row_reader, told_intake
from coe.services.records import locked
from coe.services.rehearsal import let_others_write, rehearsal

LEASE = timedelta(minutes=5)
KEPT_PROBLEMS = 10_000
# A check slower than this has a worker that is no more; the slowest kind of file is ten times as fast.
_BYTES_A_SECOND = 20_000
_COUNTS = ("created", "updated", "unchanged", "skipped", "rejected")


def kind_of(code: str) -> ImportKind:
    """The kind of a name.

    :raises Invalid: nothing of this kind can be imported.
    """
    kind = import_kinds.get(code)
    if kind is None:
        kinds = ", ".join(name for name, _kind in import_kinds.items())
        raise Invalid.one(
            "kind",
            "kind_unknown",
            _("“%(kind)s” cannot be imported; what can: %(kinds)s.") % {"kind": code, "kinds": kinds},
        )
    return kind


def _store(batch: ImportBatch, source: Path | BinaryIO) -> None:
    """Note size and digest of the file. A path is read where it is; a stream is kept under MEDIA_ROOT until the import is old."""
    if isinstance(source, Path):
        path = source.resolve()
        if len(str(path)) <= 255:
            digest, size = hashlib.sha256(), 0
            with path.open("rb") as stream:
                while piece := stream.read(1 << 20):
                    digest.update(piece)
                    size += len(piece)
            batch.stored_path, batch.file_sha256, batch.file_bytes = str(path), digest.hexdigest(), size
            return
        source = path.open("rb")
    folder = Path(settings.MEDIA_ROOT) / "imports" / str(batch.public_id)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (re.sub(r"[^\w.-]+", "_", batch.file_name)[-80:].lstrip(".") or "upload")
    digest, size = hashlib.sha256(), 0
    with path.open("wb") as target:
        while piece := source.read(1 << 20):
            size += len(piece)
            if size > settings.MAX_IMPORT_BYTES:
                break
            digest.update(piece)
            target.write(piece)
    if size > settings.MAX_IMPORT_BYTES:
        shutil.rmtree(folder)
        raise Invalid.one(
            "file",
            "file_too_large",
            _("The file is larger than %(limit)s bytes. Split it and import the parts.")
            % {"limit": settings.MAX_IMPORT_BYTES},
        )
    batch.stored_path, batch.file_sha256, batch.file_bytes = str(path), digest.hexdigest(), size


def mapping_of(
    kind: str, mapping: str | Path | Mapping[str, Any], principal: Principal
) -> tuple[str, dict[str, Any]]:
    """A mapping by value, by the name of a saved or shipped one, or (from the command line only) as a file.

    :raises Invalid: there is none of this name, it is broken, or it is for another kind.
    """
    if not mapping:
        return "", {}
    own = saved_mappings(principal).filter(kind=kind)
    named = list(own.filter(name=mapping)) if isinstance(mapping, str) else []
    mine = principal.user.pk if principal.user else None
    saved = next((one for one in named if one.owner_id == mine), named[0] if named else None)
    if isinstance(mapping, str) and saved is None and mapping not in shipped_mappings():
        names = ", ".join([*own.values_list("name", flat=True), *shipped_mappings(kind)])
        raise Invalid.one(
            "mapping",
            "mapping_unknown",
            _("There is no mapping called “%(name)s”; there are: %(names)s.")
            % {"name": mapping, "names": names},
        )
    try:
        loaded = load_mapping(saved.mapping if saved else mapping)
    except IntakeError as error:
        raise Invalid.one("mapping", error.code, told_intake(error)) from error
    if loaded.kind != kind:
        raise Invalid.one(
            "mapping", "mapping_of_other_kind", _("This mapping is for %(kind)s.") % {"kind": loaded.kind}
        )
    return saved.name if saved else loaded.name, loaded.data


@transaction.atomic
def receive_import(
    source: Path | BinaryIO,
    *,
    kind: str,
    principal: Principal,
    at: datetime,
    file_name: str = "",
    mapping: str | Path | Mapping[str, Any] = "",
    is_dry_run: bool = False,
    wants_apply: bool = False,
    wants_columns: bool = False,
) -> ImportBatch:
    """Take a file in; a worker checks it after commit and, with `wants_apply`, applies it.

    With `wants_columns` it waits until somebody has said what its columns mean (`coe.services.import_columns`).

    :raises Invalid: unknown kind or mapping, or the file is too large. :raises NotAllowed: the caller may import this nowhere.
    """
    found = kind_of(kind)
    if not principal.holds_anywhere(found.permission):
        raise NotAllowed()
    name, document = mapping_of(kind, mapping, principal)
    own = principal.line_ids
    batch = ImportBatch(
        kind=kind, file_name=(file_name or getattr(source, "name", "") or "upload").rsplit("/", 1)[-1][-255:], mapping_name=name,
        mapping=document, is_dry_run=is_dry_run, by=principal.user, by_label=principal.label[:200], principal=principal.to_json(),
        line=BusinessLine.objects.filter(pk=own[0]).first() if len(own) == 1 and not principal.sees_all else None,
        summary={"wants_apply": wants_apply and not is_dry_run}, created_at=at, updated_at=at,
    )  # fmt: skip
    _store(batch, source)
    if wants_columns:
        batch.state = BatchState.MATCHING
        batch.save(force_insert=True)
        return batch
    batch.save(force_insert=True)
    later("coe.import_apply", batch_id=batch.pk)
    return batch


def stage_import(
    source: Path | BinaryIO,
    *,
    kind: str,
    principal: Principal,
    at: datetime,
    file_name: str = "",
    mapping: str | Path | Mapping[str, Any] = "",
    is_dry_run: bool = False,
) -> ImportBatch:
    """Take a file in and check it at once: counts and problems say what `apply_import` would do. Nothing of the domain is written.

    A file that cannot be used at all leaves a batch in the state `refused`, with the reason.
    """
    batch = receive_import(
        source,
        kind=kind,
        principal=principal,
        at=at,
        file_name=file_name,
        mapping=mapping,
        is_dry_run=is_dry_run,
    )
    return validate_import(batch, at=at)


def _actor(principal: Principal, batch: ImportBatch) -> Actor:
    return Actor(ActorKind.SYSTEM, "", batch.by_label) if principal.is_root else principal.actor


def context_of(
    batch: ImportBatch, *, kind: ImportKind, mapping: FileMapping, at: datetime, is_check: bool
) -> ImportContext:
    principal = principal_from_json(batch.principal, at)
    everywhere = kind.permission in principal.company_permissions
    allowed = (
        None if everywhere else set(allowed_lines(principal, kind.permission).values_list("pk", flat=True))
    )
    may_create = may(principal, Permission.MANAGE_LINES)
    registers = Permission.REGISTER_ACCOUNT in principal.company_permissions
    registered = allowed_lines(principal, Permission.REGISTER_ACCOUNT).values_list("pk", flat=True)
    return ImportContext(
        batch=batch, mapping=mapping, principal=principal, by=_actor(principal, batch), at=at, allowed=allowed, may_create_lines=may_create,
        creates_lines=may_create and mapping.create["lines"], is_check=is_check,
        creates_metrics=mapping.create["metrics"] and may(principal, Permission.MANAGE_METRICS),
        registers=None if registers else set(registered),
    )  # fmt: skip


def _chunks(rows: Iterable[RawRow], size: int) -> Iterator[list[RawRow]]:
    source = iter(rows)
    while chunk := list(itertools.islice(source, size)):
        yield chunk


def _opened(batch: ImportBatch) -> tuple[Iterator[RawRow], RowReader, list[str]]:
    table, mapping, notes = open_file(
        Path(batch.stored_path), name=batch.file_name, kind=batch.kind, document=batch.mapping
    )
    return iter(table), row_reader(table, mapping=mapping, is_ours=is_ours(batch)), notes


def is_ours(batch: ImportBatch) -> bool:
    """Whether the file may be an export of this hub or a copy of one: shipped mappings are for files of others."""
    return batch.mapping_name not in shipped_mappings()


def _settle(batch: ImportBatch, tally: Tally) -> None:
    """Add a chunk's outcomes to the batch and keep the problems with the rows as they were read."""
    for name, many in tally.counts.items():
        setattr(batch, name, getattr(batch, name) + many)
    room = max(KEPT_PROBLEMS - batch.summary.get("problems", 0), 0)
    problems = [(result, one) for result in tally.told for one in result.problems]
    ImportProblem.objects.bulk_create(
        [
            ImportProblem(
                batch=batch, row=result.row, is_reject=result.outcome == RowOutcome.REJECTED, field=one.field[:80], code=one.code[:60],
                message=one.message[:500],
                raw=_short(result.raw, has_secret=any(p.code == SecretRefused.code for p in result.problems)),
            )
            for result, one in problems[:room]
        ],
        batch_size=500,
    )  # fmt: skip
    batch.summary["problems"] = batch.summary.get("problems", 0) + len(problems) + tally.more_problems
    batch.rows += tally.rows
    batch.progress += tally.rows


def _short(raw: Any, *, has_secret: bool) -> dict[str, Any]:
    """The row as it was read, cell by cell; what was refused as a secret is kept here no more than anywhere."""
    return {
        str(key)[:80]: value
        if isinstance(value, (int, float, bool, type(None)))
        else "…"
        if has_secret and looks_like_secret(str(value))
        else str(value)[:300]
        for key, value in raw.items()
    }


def _work(ctx: ImportContext, kind: ImportKind, reader: RowReader, chunk: list[RawRow]) -> Tally:
    if kind.apply_rows is not None:
        return kind.apply_rows(ctx, reader, chunk)
    shaped = [reader(number, row) for number, row in chunk]
    good = [row for row in shaped if isinstance(row, InputRow)]
    work = (kind.check if ctx.is_check else None) or kind.apply
    done = {result.row: result for result in (work(ctx, good) if work and good else [])}
    raws = {row.number: row.raw for row in good} | {
        row.row: row.raw for row in shaped if isinstance(row, RowResult)
    }
    tally = Tally()
    tally.add((row if isinstance(row, RowResult) else done[row.number] for row in shaped), raws)
    return tally


def clear_report(batch: ImportBatch) -> None:
    batch.rows = batch.progress = 0
    for name in _COUNTS:
        setattr(batch, name, 0)
    batch.summary = {key: value for key, value in batch.summary.items() if key != "problems"}
    batch.problems.all().delete()


def _leased(batch: ImportBatch, state: BatchState, *, at: datetime, until: datetime) -> bool:
    """Take the batch for this worker and count the attempt; False when another one has it."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=at)
    taken = ImportBatch.objects.filter(free, pk=batch.pk, state=batch.state).update(
        state=state, lease_until=until
    )
    if taken:
        batch.refresh_from_db()
        batch.summary["attempts"] = batch.summary.get("attempts", 0) + 1
        ImportBatch.objects.filter(pk=batch.pk).update(summary=batch.summary)
    return bool(taken)


def _let_go(batch: ImportBatch, error: BaseException, *, at: datetime) -> None:
    """Give the lease back and note why; what failed is tried again, five times at most."""
    note = (str(error) or type(error).__name__)[:500]
    states = [BatchState.VALIDATING, BatchState.APPLYING]
    ImportBatch.objects.filter(pk=batch.pk, state__in=states).update(lease_until=at, error=note)


def validate_import(batch: ImportBatch, *, at: datetime) -> ImportBatch:
    """Read the whole file and find out, row by row, what applying it would do; only the batch's own report is written.

    :raises WrongState: it is past checking. :raises AlreadyRunning: another worker checks it.
    """
    kind = kind_of(batch.kind)
    batch.refresh_from_db()
    if batch.state not in (BatchState.UPLOADED, BatchState.VALIDATING, BatchState.READY):
        raise WrongState(_("This import is past checking."))
    # The check is one transaction, so its lease cannot be renewed on the way: a large file gets a long one.
    until = at + LEASE + timedelta(seconds=batch.file_bytes // _BYTES_A_SECOND)
    if not _leased(batch, BatchState.VALIDATING, at=at, until=until):
        raise AlreadyRunning(_("This import is being checked."))
    notes: list[str] = []
    report = Tally()
    try:
        rows, reader, notes = _opened(batch)
        ctx = context_of(batch, kind=kind, mapping=reader.mapping, at=at, is_check=True)
        with rehearsal():
            # Exact because it is the real work; rolled back because nobody has agreed to it yet. Problems are kept outside.
            for chunk in _chunks(rows, kind.chunk_rows):
                report.absorb(_work(ctx, kind, reader, chunk), most=KEPT_PROBLEMS)
    except IntakeError as error:
        return _refuse(batch, as_problem(error), at=at)
    except (OSError, UnicodeError) as error:
        return _refuse(
            batch,
            Problem("file", "file_unreadable", _("The file cannot be read: %(reason)s.") % {"reason": error}),
            at=at,
        )
    except BaseException as error:
        _let_go(batch, error, at=at)
        raise
    with transaction.atomic():
        clear_report(batch)
        _settle(batch, report)
        # What is asked for next has its own five attempts.
        batch.summary.pop("attempts", None)
        batch.lease_until, batch.error = None, ""
        batch.progress = 0
        batch.summary["notes"] = notes
        batch.state, batch.updated_at = BatchState.READY, at
        batch.save()
    return batch


@transaction.atomic
def _refuse(batch: ImportBatch, problem: Problem, *, at: datetime) -> ImportBatch:
    clear_report(batch)
    ImportProblem.objects.create(
        batch=batch,
        row=problem.row or 0,
        is_reject=True,
        field=problem.field[:80],
        code=problem.code[:60],
        message=problem.message[:500],
    )
    batch.state, batch.error, batch.updated_at, batch.finished_at = (
        BatchState.REFUSED,
        problem.message[:500],
        at,
        at,
    )
    batch.lease_until = None
    batch.save()
    return batch


def apply_import(batch: ImportBatch, *, at: datetime) -> ImportBatch:
    """Apply a checked import in commits of one chunk each; goes on behind the last commit when it was cut off.

    Safe twice: a second worker finds the lease taken, and a row's work is an upsert.

    :raises WrongState: it was not checked, was a dry run, or is applied. :raises AlreadyRunning: another worker has the lease.
    """
    kind = kind_of(batch.kind)
    batch.refresh_from_db()
    if batch.is_dry_run or batch.state not in (BatchState.READY, BatchState.APPLYING):
        raise WrongState(
            _("Only a checked import that is no dry run can be applied; this one is: %(state)s.")
            % {"state": batch.get_state_display()}
        )
    began = time.monotonic()
    is_fresh = batch.state == BatchState.READY
    if not _leased(batch, BatchState.APPLYING, at=at, until=at + LEASE):
        raise AlreadyRunning(_("This import is being applied."))
    if is_fresh:
        batch.started_at = at
        batch.summary["preview"] = {name: getattr(batch, name) for name in ("rows", *_COUNTS)}
        with transaction.atomic():
            clear_report(batch)
            batch.save()
    try:
        rows, reader, _notes = _opened(batch)
        ctx = context_of(batch, kind=kind, mapping=reader.mapping, at=at, is_check=False)
        for _skip, _row in zip(range(batch.progress), rows, strict=False):
            pass
        held = 0.0
        for chunk in _chunks(rows, kind.chunk_rows):
            let_others_write(held)
            since = time.monotonic()
            with transaction.atomic():
                fresh = locked(batch)
                if fresh.progress != batch.progress or fresh.state != BatchState.APPLYING:
                    raise AlreadyRunning(_("This import is being applied."))
                _settle(batch, _work(ctx, kind, reader, chunk))
                batch.lease_until = at + timedelta(seconds=time.monotonic() - began) + LEASE
                batch.save()
            held = time.monotonic() - since
    except BaseException as error:
        _let_go(batch, error, at=at)
        raise
    with transaction.atomic():
        batch.state, batch.lease_until, batch.error = BatchState.APPLIED, None, ""
        batch.finished_at = batch.updated_at = at + timedelta(seconds=time.monotonic() - began)
        batch.revision += 1
        batch.save()
        counts = {name: [None, getattr(batch, name)] for name in ("rows", *_COUNTS)}
        record("import.applied", batch, by=ctx.by, at=at, changes=counts, batch_id=batch.public_id)
    return batch


def carry_on(batch: ImportBatch, *, at: datetime) -> ImportBatch:
    """Do the next thing a batch waits for: check it, and apply it when its owner asked for that. Safe twice."""
    if batch.state in (BatchState.UPLOADED, BatchState.VALIDATING):
        batch = validate_import(batch, at=at)
    if batch.state == BatchState.APPLYING or (
        batch.state == BatchState.READY and batch.summary.get("wants_apply")
    ):
        batch = apply_import(batch, at=at)
    return batch
