"""Taking an import back: what it created goes, what it changed is as before; what somebody touched since stays and is reported."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from coe.enums.work import BatchState
from coe.errors import AlreadyRunning, WrongState
from coe.models import (
    AccountCoOwner,
    BusinessLine,
    ImportBatch,
    ImportEffect,
    RoleAssignment,
    SocialAccount,
    User,
)
from coe.registries import account_moved, import_kinds
from coe.rules.principals import Actor
from coe.services.facts import note_facts
from coe.services.history import Entry, changed, record, record_many, snapshot
from coe.services.importing import Kept, UndoContext
from coe.services.later import later
from coe.services.lines import relink_lines
from coe.services.people import lines_of_owners
from coe.services.records import locked

_LEASE = timedelta(minutes=5)
_CHUNK = 2000
_KEPT_SHOWN = 1000


@dataclass(frozen=True)
class MergedEffect:
    """All a batch did to one record: its values before, the revision it left, whether it made the record."""

    object_pk: int
    is_create: bool
    before: dict[str, Any]
    revision_after: int


def merged(effects: Iterable[ImportEffect]) -> list[MergedEffect]:
    """One effect a record: the oldest values before, the newest revision after."""
    out: dict[int, MergedEffect] = {}
    for one in sorted(effects, key=lambda effect: effect.pk):
        first = out.get(one.object_pk)
        before = {**one.before, **first.before} if first else dict(one.before)
        is_create = one.is_create or bool(first and first.is_create)
        out[one.object_pk] = MergedEffect(one.object_pk, is_create, before, one.revision_after)
    return list(out.values())


def undo_import(batch: ImportBatch, *, by: Actor, at: datetime) -> ImportBatch:
    """Take an applied import back, record by record, in commits; `summary["kept"]` tells what stays and why.

    Safe twice: an effect that was undone is gone in the same commit.

    :raises WrongState: it is not applied. :raises AlreadyRunning: somebody undoes it right now.
    """
    batch.refresh_from_db()
    if batch.state not in (BatchState.APPLIED, BatchState.FAILED, BatchState.UNDOING):
        raise WrongState(
            _("Only an applied import can be undone; this one is: %(state)s.")
            % {"state": batch.get_state_display()}
        )
    free = ImportBatch.objects.filter(pk=batch.pk, state=batch.state).filter(
        models.Q(lease_until__isnull=True) | models.Q(lease_until__lte=at)
    )
    if not free.update(state=BatchState.UNDOING, lease_until=at + _LEASE):
        raise AlreadyRunning(_("This import is being undone."))
    batch.refresh_from_db()
    kind = import_kinds.get(batch.kind)
    of_rows = batch.created + batch.updated if kind is not None and kind.undo_batch is not None else 0
    # One that a worker began and did not finish goes on counting where it was.
    batch.summary.setdefault("undo_total", of_rows + batch.effects.count())
    ctx = UndoContext(batch, by, at, taken=batch.summary.get("undo_done", 0))
    try:
        if kind is not None and kind.undo_batch is not None:
            while not ctx.is_done:
                with transaction.atomic():
                    _keep(ctx, kind.undo_batch(ctx))
        handlers = {label: handler for one in import_kinds.values() for label, handler in one.undo.items()}
        labels = batch.effects.order_by("object_type").values_list("object_type", flat=True).distinct()
        for label in dependants_first(labels):
            _undo_type(ctx, label, handlers.get(label))
    except BaseException:
        ImportBatch.objects.filter(pk=batch.pk).update(lease_until=at)
        raise
    with transaction.atomic():
        batch.state, batch.undone_at, batch.updated_at, batch.lease_until = BatchState.UNDONE, at, at, None
        batch.revision += 1
        batch.save()
        record("import.undone", batch, by=by, at=at, batch_id=batch.public_id)
    return batch


def dependants_first(labels: Iterable[str]) -> list[str]:
    """Sorts of records in the order in which they can go: accounts and roles before the lines and people they hang on."""
    left = {label: apps.get_model(label) for label in labels}
    out: list[str] = []
    while left:
        needed = {
            key.related_model
            for model in left.values()
            for key in model._meta.concrete_fields
            if key.is_relation and key.related_model is not model
        }
        free = [label for label, model in left.items() if model not in needed] or list(left)
        out += sorted(free)
        for label in free:
            del left[label]
    return out


@transaction.atomic
def ask_to_undo(batch: ImportBatch, *, by: Actor, at: datetime, why: str = "") -> ImportBatch:
    """Let a worker take an applied import back after commit.

    :raises WrongState: it is not applied.
    """
    batch = locked(batch)
    if batch.state not in (BatchState.APPLIED, BatchState.FAILED):
        raise WrongState(
            _("Only an applied import can be undone; this one is: %(state)s.")
            % {"state": batch.get_state_display()}
        )
    # The lease is over at once: whoever comes first, the task or the sweep after a lost call, takes it.
    batch.state, batch.lease_until, batch.updated_at = BatchState.UNDOING, at, at
    batch.summary["undo_by"] = [by.kind, by.key, by.label, by.user_id]
    batch.save()
    record("import.undo_asked", batch, by=by, at=at, why=why, batch_id=batch.public_id)
    later("coe.import_undo", batch_id=batch.pk)
    return batch


def undo_actor(batch: ImportBatch) -> Actor:
    """Who asked for the undo of a batch; the hub itself when nobody is known."""
    asked = batch.summary.get("undo_by")
    return Actor(*asked) if asked else Actor.system()


def _keep(ctx: UndoContext, kept: list[Kept]) -> None:
    batch = ctx.batch
    batch.summary["undo_done"] = min(ctx.taken, batch.summary["undo_total"])
    shown = batch.summary.setdefault("kept", [])
    shown += [[one.object_type, one.label, one.reason] for one in kept[: max(0, _KEPT_SHOWN - len(shown))]]
    batch.summary["kept_count"] = batch.summary.get("kept_count", 0) + len(kept)
    ImportBatch.objects.filter(pk=batch.pk).update(summary=batch.summary)


def _undo_type(ctx: UndoContext, label: str, handler: Any) -> None:
    while True:
        with transaction.atomic():
            locked(ctx.batch)
            newest = list(
                ctx.batch.effects.filter(object_type=label)
                .order_by("-pk")
                .values_list("object_pk", flat=True)[:_CHUNK]
            )
            if not newest:
                return
            rows = list(ctx.batch.effects.filter(object_type=label, object_pk__in=set(newest)))
            effects = sorted(merged(rows), key=lambda one: -one.object_pk)
            ctx.taken += len(rows)
            _keep(ctx, handler(ctx, effects) if handler else undo_records(ctx, label=label, effects=effects))
            ImportEffect.objects.filter(pk__in=[row.pk for row in rows]).delete()


def undo_records(ctx: UndoContext, *, label: str, effects: list[MergedEffect]) -> list[Kept]:
    """Undo effects on records of one model: the general way, right for every record that has columns only (and tags, co-owners)."""
    model = apps.get_model(label)
    found = {
        obj.pk: obj
        for obj in model._default_manager.select_for_update(of=("self",)).filter(
            pk__in=[one.object_pk for one in effects]
        )
    }
    kept, gone, back = [], [], []
    for one in effects:
        obj = found.get(one.object_pk)
        if obj is None:
            continue
        if getattr(obj, "revision", one.revision_after) != one.revision_after:
            kept.append(Kept(label, str(obj), _("changed since the import")))
        elif one.is_create:
            gone.append(obj)
        else:
            back.append((obj, one.before))
    kept += _remove(ctx, model, label, gone)
    _restore(ctx, model, back)
    return kept


def _facts(model: type[models.Model], objs: Iterable[Any]) -> set[tuple[int | None, str]]:
    if model is BusinessLine:
        return {(None, "line")} | {(obj.parent_id, "line") for obj in objs}
    if model is User:
        owned = lines_of_owners(obj.pk for obj in objs)
        return {(None, "roles")} | {(pk, "accounts") for pk in owned}
    fact = {
        SocialAccount: "accounts", AccountCoOwner: "accounts", RoleAssignment: "roles",
    }.get(model)  # fmt: skip
    return {(getattr(obj, "line_id", None), fact) for obj in objs} if fact else set()


def _remove(ctx: UndoContext, model: type[models.Model], label: str, objs: list[Any]) -> list[Kept]:
    """Delete what the import created, leaves of trees first; what other records hold on to stays."""
    kept: list[Kept] = []
    groups: dict[int, list[Any]] = {}
    for obj in objs:
        groups.setdefault(getattr(obj, "depth", 0) or 0, []).append(obj)
    for depth in sorted(groups, reverse=True):
        wanted = {obj.pk: obj for obj in groups[depth]}
        while wanted:
            try:
                with transaction.atomic():
                    model._default_manager.filter(pk__in=list(wanted)).delete()
                break
            except ProtectedError as error:
                held = {
                    getattr(blocker, key.attname)
                    for blocker in error.protected_objects
                    for key in blocker._meta.concrete_fields
                    if key.is_relation and key.related_model is model
                }
                stuck = held & wanted.keys()
                if not stuck:
                    raise
                kept += [Kept(label, str(wanted.pop(pk)), _("other records need it")) for pk in sorted(stuck)]
        removed = list(wanted.values())
        named = [obj for obj in removed if hasattr(obj, "public_id")]
        record_many(
            [Entry(f"{model._meta.model_name}.removed", obj, changed(snapshot(obj), {})) for obj in named],
            by=ctx.by, at=ctx.at, batch_id=ctx.batch.public_id,
        )  # fmt: skip
        if removed:
            lines = {pair for pair in _facts(model, removed) if pair[0] is not None}
            alive = set(
                BusinessLine.objects.filter(pk__in={pk for pk, _fact in lines}).values_list("pk", flat=True)
            )
            note_facts(
                [(pk, fact) for pk, fact in _facts(model, removed) if pk is None or pk in alive], at=ctx.at
            )
    return kept


def _restore(ctx: UndoContext, model: type[models.Model], pairs: list[tuple[Any, dict[str, Any]]]) -> None:
    """Put the old values back under a new revision, so that nobody who read the import's values can overwrite them unseen."""
    if not pairs:
        return
    columns = {field.attname: field for field in model._meta.concrete_fields}
    fields: set[str] = set()
    entries = []
    facts = _facts(model, [obj for obj, _before in pairs])
    lines_before = {obj.pk: obj.line_id for obj, _before in pairs} if model is SocialAccount else {}
    for obj, before in pairs:
        was = snapshot(obj)
        for name, value in before.items():
            if name in columns:
                target = columns[name]
                setattr(
                    obj,
                    name,
                    target.target_field.to_python(value) if target.is_relation else target.to_python(value),
                )
                fields.add(target.name)
        obj.revision += 1
        obj.updated_at = ctx.at
        entries.append(Entry(f"{model._meta.model_name}.restored", obj, changed(was, snapshot(obj))))
    model._default_manager.bulk_update(
        [obj for obj, _before in pairs], [*fields, "revision", "updated_at"], batch_size=200
    )
    if model is BusinessLine and "parent" in fields:
        relink_lines()
    moved = {
        obj.pk: (lines_before[obj.pk], obj.line_id)
        for obj, _before in pairs
        if model is SocialAccount and lines_before[obj.pk] != obj.line_id
    }
    if moved:
        for tell in account_moved.values():
            tell(moved, at=ctx.at)
    for obj, before in pairs:
        if "tags" in before:
            obj.tags.set(before["tags"])
        if "co_owners" in before and isinstance(obj, SocialAccount):
            AccountCoOwner.objects.filter(account=obj).delete()
            AccountCoOwner.objects.bulk_create(
                [AccountCoOwner(account=obj, line_id=pk) for pk in before["co_owners"]]
            )
    record_many(entries, by=ctx.by, at=ctx.at, batch_id=ctx.batch.public_id)
    note_facts(facts | _facts(model, [obj for obj, _before in pairs]), at=ctx.at)
