"""How bodies name the records of the ground floor."""

from coe.api.base.fields import Relation
from coe.models import Platform, Tag, WorkingCalendar
from coe.rules.scope import (
    account_tags_in_scope,
    accounts_in_scope,
    lines_in_scope,
    people_in_scope,
    people_to_name,
)
from coe.services.line_codes import line_key
from coe.services.tags import tag_key

LINE = Relation("Line", lambda principal: lines_in_scope(principal), "code", "code_key", line_key)
PERSON = Relation(
    "Person",
    lambda principal: people_to_name(principal).filter(is_active=True),
    "email",
    "email",
    lambda text: text.strip().lower(),
)
CALENDAR = Relation(
    "Calendar",
    lambda principal: WorkingCalendar.objects.all(),
    "code",
    "code",
    lambda text: text.strip().casefold(),
)
TAG = Relation("Tag", lambda principal: Tag.objects.all(), "name", "key", tag_key)
PLATFORM = Relation(
    "Platform", lambda principal: Platform.objects.all(), "code", "code", lambda text: text.strip().lower()
)
# What filters name. People of every state: who left is still the owner of something.
ANYBODY = Relation("Person", people_in_scope, "email", "email", PERSON.fold)
ACCOUNT = Relation("Account", accounts_in_scope, "id", "public_id")
ACCOUNT_TAG = Relation("Tag", account_tags_in_scope, "name", "key", tag_key)
LINE_TAG = Relation(
    "Tag",
    lambda principal: Tag.objects.filter(lines__in=lines_in_scope(principal).values("pk")),
    "name",
    "key",
    tag_key,
)
