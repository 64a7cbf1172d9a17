"""Tags appear when somebody uses them; the hub renames them, merges two spellings, and takes them away."""

import unicodedata
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from coe.errors import Duplicate, Invalid
from coe.models import BusinessLine, SocialAccount, Tag
from coe.rules.principals import Actor
from coe.services.history import changed, record, snapshot
from coe.services.records import locked, save_changed

LONGEST = 60
# Everything a tag hangs on: the model and the name of its relation.
_TAGGED = (BusinessLine.tags.through, SocialAccount.tags.through)


def tag_key(name: str) -> str:
    """The form in which two spellings of a tag are one."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())[:LONGEST]


def ensure_tags(names: Iterable[str], *, at: datetime) -> dict[str, Tag]:
    """Find or create the tags; the answer maps each key to its tag."""
    wanted = {tag_key(name): " ".join(name.split())[:LONGEST] for name in names if name.strip()}
    found = {tag.key: tag for tag in Tag.objects.filter(key__in=wanted)}
    fresh = [
        Tag(key=key, name=name, created_at=at, updated_at=at)
        for key, name in wanted.items()
        if key not in found
    ]
    if fresh:
        Tag.objects.bulk_create(fresh, ignore_conflicts=True)
        found = {tag.key: tag for tag in Tag.objects.filter(key__in=wanted)}
    return found


def _checked(name: str) -> str:
    clean = " ".join(name.split())
    if not clean or len(clean) > LONGEST or "\x00" in clean:
        raise Invalid.one("name", "out_of_range", _("Give the tag a name of at most 60 characters."))
    return clean


@transaction.atomic
def create_tag(*, name: str, by: Actor, at: datetime, why: str = "") -> Tag:
    """Add a tag before anybody uses it.

    :raises Invalid: it has no name, or a name too long. :raises Duplicate: it exists, perhaps in another spelling.
    """
    name = _checked(name)
    taken = Tag.objects.filter(key=tag_key(name)).first()
    if taken is not None:
        raise Duplicate.one("name", "duplicate", _("The tag “%(name)s” exists already.") % {"name": taken})
    tag = Tag(name=name, key=tag_key(name), created_at=at, updated_at=at)
    tag.save(force_insert=True)
    record("tag.created", tag, by=by, at=at, changes=changed({}, snapshot(tag)), why=why)
    return tag


@transaction.atomic
def rename_tag(
    tag: Tag, *, name: str, by: Actor, at: datetime, why: str = "", expected_revision: int | None = None
) -> Tag:
    """Give a tag another name, on everything that carries it.

    :raises Invalid: no name, or a name too long. :raises Duplicate: another tag has it; merge the two instead.
    """
    tag = locked(tag, expected_revision=expected_revision)
    name = _checked(name)
    taken = Tag.objects.filter(key=tag_key(name)).exclude(pk=tag.pk).first()
    if taken is not None:
        raise Duplicate.one(
            "name",
            "duplicate",
            _("The tag “%(name)s” exists already. Merge this tag into it instead.") % {"name": taken},
        )
    before = snapshot(tag)
    tag.name, tag.key = name, tag_key(name)
    difference = changed(before, snapshot(tag))
    if difference:
        save_changed(tag, fields=["name", "key"], at=at)
        record("tag.renamed", tag, by=by, at=at, changes=difference, why=why)
    return tag


@transaction.atomic
def merge_tags(
    tag: Tag, *, into: Tag, by: Actor, at: datetime, why: str = "", expected_revision: int | None = None
) -> Tag:
    """Hang everything that carries a tag on another one, and take the first away; returns the one that stays.

    :raises Invalid: a tag is merged into itself.
    """
    if tag.pk == into.pk:
        raise Invalid.one("into", "same_record", _("Choose another tag to merge into."))
    tag = locked(tag, expected_revision=expected_revision)
    into = locked(into)
    moved = 0
    for through in _TAGGED:
        subject = next(f.attname for f in through._meta.concrete_fields if f.related_model not in (None, Tag))
        has = through._default_manager.filter(tag=into).values(subject)
        moved += through._default_manager.filter(tag=tag).exclude(**{f"{subject}__in": has}).update(tag=into)
    record(
        "tag.merged",
        tag,
        by=by,
        at=at,
        changes={"into": [None, into.name], "records": [None, moved]},
        why=why,
    )
    tag.delete()
    save_changed(into, fields=[], at=at)
    return into


@transaction.atomic
def remove_tag(
    tag: Tag, *, by: Actor, at: datetime, why: str = "", expected_revision: int | None = None
) -> None:
    """Take a tag off everything and away; the records stay."""
    tag = locked(tag, expected_revision=expected_revision)
    carried = sum(through._default_manager.filter(tag=tag).count() for through in _TAGGED)
    gone = {"name": [tag.name, None], "records": [carried, None]}
    record("tag.removed", tag, by=by, at=at, changes=gone, why=why)
    tag.delete()
