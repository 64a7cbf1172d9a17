"""The tree of lines. Nobody else writes the closure table."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from coe.enums.lines import LineStatus
from coe.errors import Duplicate, Invalid, WrongState
from coe.models import BusinessLine, ImportBatch, LineClosure, Organisation
from coe.rules.principals import Actor
from coe.services.effects import Effect, note_effects
from coe.services.facts import note_facts
from coe.services.history import Entry, changed, record, record_many, snapshot
from coe.services.line_codes import EnsuredLines, NewLine, line_code, line_key
from coe.services.line_status import archive_blockers, archive_line, restore_line
from coe.services.records import clean_values, locked, required, save_changed
from coe.services.tags import ensure_tags

__all__ = [
    "EDITABLE", "EnsuredLines", "NewLine", "archive_blockers", "archive_line", "create_line", "edit_line", "ensure_lines",
    "line_code", "line_key", "move_line", "relink_lines", "restore_line",
]  # fmt: skip
EDITABLE = frozenset({"code", "name", "kind", "is_spoke", "description", "time_zone", "calendar", "tags"})


def _checked_code(code: str) -> str:
    code = code.strip()
    if not code:
        raise required("code")
    if line_code(code) != code:
        raise Invalid.one(
            "code",
            "code_form",
            _(
                "A code has letters, digits, “.”, “_” and “-” only and at most 40 characters; for example %(code)s."
            )
            % {"code": line_code(code) or "HR"},
        )
    taken = BusinessLine.objects.filter(code_key=line_key(code)).first()
    if taken:
        raise Duplicate.one(
            "code",
            "duplicate",
            _("The line %(name)s already has the code %(code)s.") % {"name": taken, "code": taken.code},
        )
    return code


def _check_zone(zone: str) -> None:
    if zone and zone not in available_timezones():
        raise Invalid.one(
            "time_zone",
            "time_zone_unknown",
            _("“%(zone)s” is no time zone; write for example Europe/Paris.") % {"zone": zone},
        )


def _lock_tree() -> None:
    # One lock for the shape of the tree: two moves at once could otherwise each be right and together close a circle.
    list(Organisation.objects.select_for_update().filter(pk=1).values_list("pk"))


def _link(lines: list[BusinessLine]) -> None:
    """Write the closure rows of new leaves; parents must be linked already, or come earlier in the list."""
    above: dict[int, list[tuple[int, int]]] = {}
    parents = {line.parent_id for line in lines if line.parent_id is not None}
    for ancestor, descendant, depth in LineClosure.objects.filter(descendant__in=parents).values_list(
        "ancestor", "descendant", "depth"
    ):
        above.setdefault(descendant, []).append((ancestor, depth))
    rows = []
    for line in lines:
        chain = [(line.pk, 0)] + [
            (ancestor, depth + 1) for ancestor, depth in above.get(line.parent_id or 0, [])
        ]
        above[line.pk] = chain
        rows += [
            LineClosure(ancestor_id=ancestor, descendant_id=line.pk, depth=depth) for ancestor, depth in chain
        ]
    LineClosure.objects.bulk_create(rows, batch_size=2000)


@transaction.atomic
def create_line(
    *,
    code: str,
    name: str,
    by: Actor,
    at: datetime,
    parent: BusinessLine | None = None,
    tags: Iterable[str] = (),
    why: str = "",
    batch: ImportBatch | None = None,
    **fields: Any,
) -> BusinessLine:
    """Create a line below a parent, or at the top.

    :raises Invalid: a field is wrong. :raises Duplicate: the code is taken. :raises WrongState: the parent is archived.
    """
    _lock_tree()
    clean = clean_values(BusinessLine, values={"name": name, **fields}, allowed=EDITABLE - {"tags", "code"})
    _check_zone(clean.get("time_zone", ""))
    if parent is not None and parent.status == LineStatus.ARCHIVED:
        raise WrongState(
            _("%(name)s is archived. Restore it first, or choose another parent.") % {"name": parent}
        )
    code = _checked_code(code)
    line = BusinessLine(
        code=code,
        code_key=line_key(code),
        parent=parent,
        depth=parent.depth + 1 if parent else 0,
        created_at=at,
        updated_at=at,
        **clean,
    )
    line.save(force_insert=True)
    _link([line])
    if tags:
        line.tags.set(ensure_tags(tags, at=at).values())
    record(
        "line.created",
        line,
        by=by,
        at=at,
        changes=changed({}, snapshot(line)),
        why=why,
        batch_id=batch and batch.public_id,
    )
    note_effects(batch, effects=[Effect(line, is_create=True)])
    note_facts([(line.pk, "line"), (None, "line")], at=at)
    return line


@transaction.atomic
def edit_line(
    line: BusinessLine,
    *,
    changes: Mapping[str, Any],
    by: Actor,
    at: datetime,
    why: str = "",
    expected_revision: int | None = None,
    batch: ImportBatch | None = None,
) -> BusinessLine:
    """Change what a line says about itself (not its place: see `move_line`). Nothing is written when nothing differs.

    :raises Invalid: a field is wrong. :raises Duplicate: the new code is taken.
    :raises Stale: `expected_revision` is old.
    """
    line = locked(line, expected_revision=expected_revision)
    clean = clean_values(BusinessLine, values=changes, allowed=EDITABLE)
    _check_zone(clean.get("time_zone", ""))
    tags = clean.pop("tags", None)
    if "code" in clean:
        if line_key(clean["code"]) != line.code_key:
            clean["code"] = _checked_code(clean["code"])
        elif line_code(clean["code"]) != clean["code"]:
            clean.pop("code")
    before, raw = (
        snapshot(line),
        {
            line._meta.get_field(name).attname: getattr(line, line._meta.get_field(name).attname)
            for name in clean
        },
    )
    for name, value in clean.items():
        setattr(line, name, value)
    line.code_key = line_key(line.code)
    difference = changed(before, snapshot(line))
    if tags is not None:
        old = sorted(line.tags.values_list("name", flat=True))
        wanted = ensure_tags(tags, at=at)
        new = sorted(tag.name for tag in wanted.values())
        if old != new:
            raw["tags"] = list(line.tags.values_list("pk", flat=True))
            line.tags.set(wanted.values())
            difference["tags"] = [old, new]
    if difference:
        if "code" in difference:
            raw["code_key"] = line_key(before["code"])
        save_changed(line, fields=[*clean, "code_key"], at=at)
        record(
            "line.updated",
            line,
            by=by,
            at=at,
            changes=difference,
            why=why,
            batch_id=batch and batch.public_id,
        )
        note_effects(batch, effects=[Effect(line, is_create=False, before=raw)])
        note_facts([(line.pk, "line")] + ([(None, "line")] if "is_spoke" in difference else []), at=at)
    return line


@transaction.atomic
def move_line(
    line: BusinessLine,
    *,
    parent: BusinessLine | None,
    by: Actor,
    at: datetime,
    why: str = "",
    expected_revision: int | None = None,
    batch: ImportBatch | None = None,
) -> BusinessLine:
    """Hang a line, with all lines below it, under another parent (None: to the top).

    :raises Invalid: the new parent is the line itself or lies below it.
    """
    _lock_tree()
    line = locked(line, expected_revision=expected_revision)
    if line.parent_id == (parent.pk if parent else None):
        return line
    if parent is not None:
        if LineClosure.objects.filter(ancestor=line, descendant=parent).exists():
            raise Invalid.one(
                "parent",
                "line_circle",
                _("A line cannot lie below itself: %(parent)s is part of %(line)s.")
                % {"parent": parent, "line": line},
            )
        if parent.status == LineStatus.ARCHIVED and line.status == LineStatus.ACTIVE:
            raise WrongState(
                _("%(name)s is archived. Restore it first, or choose another parent.") % {"name": parent}
            )
    before = snapshot(line)
    raw = {"parent_id": line.parent_id}
    ids = list(LineClosure.objects.filter(ancestor=line).values_list("descendant", "depth"))
    inside = LineClosure.objects.filter(ancestor=line).values("descendant")
    outer = LineClosure.objects.filter(descendant=line, depth__gt=0).values_list("ancestor", flat=True)
    LineClosure.objects.filter(descendant__in=inside, ancestor__in=list(outer)).delete()
    new_depth = parent.depth + 1 if parent else 0
    if parent is not None:
        above = list(LineClosure.objects.filter(descendant=parent).values_list("ancestor", "depth"))
        LineClosure.objects.bulk_create(
            [
                LineClosure(ancestor_id=ancestor, descendant_id=descendant, depth=up + down + 1)
                for ancestor, up in above
                for descendant, down in ids
            ],
            batch_size=2000,
        )
    BusinessLine.objects.filter(pk__in=inside).update(depth=F("depth") + (new_depth - line.depth))
    line.parent, line.depth = parent, new_depth
    save_changed(line, fields=["parent"], at=at)
    record(
        "line.moved",
        line,
        by=by,
        at=at,
        changes=changed(before, snapshot(line)),
        why=why,
        batch_id=batch and batch.public_id,
    )
    note_effects(batch, effects=[Effect(line, is_create=False, before=raw)])
    touched = {raw["parent_id"], parent.pk if parent else None, line.pk}
    note_facts([(line_id, "line") for line_id in touched], at=at)
    return line


@transaction.atomic
def ensure_lines(
    wanted: Iterable[str | NewLine], *, by: Actor, at: datetime, batch: ImportBatch | None = None
) -> EnsuredLines:
    """Find lines by code or by name, create those that do not exist, and answer with their ids.

    A text is matched as a code (whatever its case and signs) first, then as a name. Idempotent, and a fixed number of
    statements for any number of lines. Callers check scope: ask `selectors.lines.find_lines` first if rows may not create.
    """
    asked: dict[str, NewLine] = {}
    for one in wanted:
        new = NewLine(code=line_code(one), name=one.strip()) if isinstance(one, str) else one
        asked.setdefault(one if isinstance(one, str) else one.code, new)
    by_key: dict[str, int] = {}
    by_name: dict[str, int] = {}
    for pk, key, name in BusinessLine.objects.order_by("-pk").values_list("pk", "code_key", "name"):
        by_key[key] = pk
        by_name[" ".join(name.casefold().split())] = pk
    ids: dict[str, int] = {}
    missing: dict[str, tuple[NewLine, list[str]]] = {}
    for text, new in asked.items():
        key = line_key(new.code)
        if not key:
            raise required("line")
        found = by_key.get(key) or by_name.get(" ".join((new.name or text).casefold().split()))
        if found:
            ids[text] = found
        else:
            missing.setdefault(key, (new, []))[1].append(text)
    if not missing:
        return EnsuredLines(ids, frozenset())
    depths = dict(
        BusinessLine.objects.filter(
            pk__in={new.parent_id for new, _texts in missing.values()} - {None}
        ).values_list("pk", "depth")
    )
    fresh = [
        BusinessLine(
            code=line_code(new.code), code_key=key, name=(new.name or new.code)[:200], kind=new.kind, parent_id=new.parent_id,
            depth=depths[new.parent_id] + 1 if new.parent_id else 0, is_spoke=new.is_spoke, description=new.description,
            created_at=at, updated_at=at,
        )
        for key, (new, _texts) in missing.items()
    ]  # fmt: skip
    fresh = BusinessLine.objects.bulk_create(fresh, batch_size=500)
    _link(fresh)
    for line in fresh:
        ids.update(dict.fromkeys(missing[line.code_key][1], line.pk))
    record_many(
        [Entry("line.created", line, changed({}, snapshot(line)), line.pk) for line in fresh],
        by=by,
        at=at,
        batch_id=batch and batch.public_id,
    )
    note_effects(batch, effects=[Effect(line, is_create=True) for line in fresh])
    note_facts([(line.pk, "line") for line in fresh] + [(None, "line")], at=at)
    return EnsuredLines(ids, frozenset(line.pk for line in fresh))


@transaction.atomic
def relink_lines() -> None:
    """Write closure and depths anew from the parents alone (two reads, a few bulk writes); undo needs it after it moved lines back."""
    _lock_tree()
    parents = dict(BusinessLine.objects.values_list("pk", "parent_id"))
    depths = dict(BusinessLine.objects.values_list("pk", "depth"))
    rows, wrong = [], []
    for pk in parents:
        chain, up = [pk], parents[pk]
        while up is not None and up not in chain:
            chain.append(up)
            up = parents[up]
        rows += [
            LineClosure(ancestor_id=ancestor, descendant_id=pk, depth=depth)
            for depth, ancestor in enumerate(chain)
        ]
        if depths[pk] != len(chain) - 1:
            wrong.append(BusinessLine(pk=pk, depth=len(chain) - 1))
    LineClosure.objects.all().delete()
    LineClosure.objects.bulk_create(rows, batch_size=2000)
    BusinessLine.objects.bulk_update(wrong, ["depth"], batch_size=500)
