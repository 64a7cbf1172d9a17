"""Tags appear when somebody uses them."""

import unicodedata
from collections.abc import Iterable
from datetime import datetime

from coe.models import Tag


def tag_key(name: str) -> str:
    """The form in which two spellings of a tag are one."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())[:60]


def ensure_tags(names: Iterable[str], *, at: datetime) -> dict[str, Tag]:
    """Find or create the tags; the answer maps each key to its tag."""
    wanted = {tag_key(name): " ".join(name.split())[:60] for name in names if name.strip()}
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
