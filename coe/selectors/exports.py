"""What an export holds: one row a record, in the columns its import reads, within the reader's scope, in constant memory."""

import json
from collections.abc import Iterator
from typing import Any

from django.db.models import Prefetch, QuerySet

from coe.models import BusinessLine, ChangeEvent, SocialAccount, User
from coe.rules.principals import Principal
from coe.rules.scope import accounts_in_scope, lines_in_scope, people_in_scope, roles_in_scope

Rows = tuple[tuple[str, ...], Iterator[tuple[Any, ...]]]
LINE_COLUMNS = (
    "code",
    "name",
    "kind",
    "parent",
    "status",
    "is_spoke",
    "description",
    "time_zone",
    "calendar",
    "tags",
)
PEOPLE_COLUMNS = (
    "email",
    "name",
    "job_title",
    "language",
    "time_zone",
    "hub_fte_hundredths",
    "joined_on",
    "left_on",
    "is_active",
)
ROLE_COLUMNS = ("role", "line", "valid_from", "valid_until")
ACCOUNT_COLUMNS = (
    "platform", "handle", "url", "line", "co_owners", "display_name", "platform_account_id", "state", "kind", "tier", "purpose",
    "audience", "languages", "tags", "notes", "primary_owner", "backup_owner", "emergency_contact", "publish_method", "custody_kind",
    "vault_reference", "recovery_email", "recovery_kind", "mfa_state", "mfa_method", "mfa_verified_on", "app_review_on",
    "allows_comments", "comment_policy_url", "retention_class", "archive_method", "is_regulated", "is_service", "last_post_at",
    "planned_cadence_days", "dormancy_limit_days", "dormant_decision", "dormant_decision_on", "opened_on", "previous_handles",
)  # fmt: skip
HISTORY_COLUMNS = (
    "at", "actor_kind", "actor", "action", "type", "object", "object_id", "changes", "why", "request", "import",
)  # fmt: skip
_CHUNK = 1000


def export_lines(principal: Principal, line: BusinessLine | None = None) -> Rows:
    """Lines, parents before children."""
    found = lines_in_scope(principal)
    found = found.below(line) if line else found  # type: ignore[attr-defined]  # a word of the model's queryset
    return line_rows(found.order_by("depth", "code_key"), principal)


def line_rows(found: QuerySet[BusinessLine], principal: Principal) -> Rows:
    """Some lines in their order; the parent of the outermost one is nobody's business who does not see it."""
    found = found.select_related("parent", "calendar").prefetch_related("tags")
    visible = _visible(principal)

    def rows() -> Iterator[tuple[Any, ...]]:
        for one in found.iterator(chunk_size=_CHUNK):
            parent = one.parent if one.parent and (visible is None or one.parent_id in visible) else None
            yield (
                one.code, one.name, one.kind, parent.code if parent else "", one.status, one.is_spoke, one.description,
                one.time_zone, one.calendar.code if one.calendar else "", ";".join(tag.name for tag in one.tags.all()),
            )  # fmt: skip

    return LINE_COLUMNS, rows()


def _visible(principal: Principal) -> set[int] | None:
    return None if principal.sees_all else set(lines_in_scope(principal).values_list("pk", flat=True))


def export_people(principal: Principal, line: BusinessLine | None = None) -> Rows:
    """People, one row for each role the reader may see, ended ones too; of a line: those who hold a role there or below."""
    found = people_in_scope(principal)
    if line:
        found = found.filter(
            pk__in=User.objects.filter(role_assignments__line__ancestor_links__ancestor=line).values("pk")
        )
    return people_rows(found.order_by("email"), principal)


def people_rows(found: QuerySet[User], principal: Principal) -> Rows:
    """Some people in their order, one row for each role the reader may see."""
    roles = Prefetch(
        "role_assignments", roles_in_scope(principal).order_by("valid_from", "pk"), to_attr="roles_seen"
    )
    found = found.prefetch_related(roles)

    def rows() -> Iterator[tuple[Any, ...]]:
        for one in found.iterator(chunk_size=_CHUNK):
            person = tuple(getattr(one, name) for name in PEOPLE_COLUMNS)
            for role in one.roles_seen:
                yield (
                    *person, role.role, role.line.code if role.line else "", role.valid_from, role.valid_until,
                )  # fmt: skip
            if not one.roles_seen:
                yield (*person, "", "", None, None)

    return PEOPLE_COLUMNS + ROLE_COLUMNS, rows()


def export_accounts(principal: Principal, line: BusinessLine | None = None) -> Rows:
    """Accounts that are registered or archived, by platform and handle."""
    found = accounts_in_scope(principal)
    if line:
        found = found.filter(line__ancestor_links__ancestor=line)
    found = found.registered()  # type: ignore[attr-defined]  # a word of the model's queryset
    return account_rows(found.order_by("platform__code", "handle_key", "pk"), principal)


def account_rows(found: QuerySet[SocialAccount], principal: Principal) -> Rows:
    """Some accounts in their order."""
    found = found.select_related(
        "platform", "line", "primary_owner", "backup_owner", "emergency_contact"
    ).prefetch_related("tags", "co_owner_lines", "handle_history")
    visible = _visible(principal)

    def rows() -> Iterator[tuple[Any, ...]]:
        for one in found.iterator(chunk_size=_CHUNK):
            yield tuple(_cell(one, name, visible) for name in ACCOUNT_COLUMNS)

    return ACCOUNT_COLUMNS, rows()


def history_rows(events: QuerySet[ChangeEvent]) -> Rows:
    """Changes in their order; what changed is one JSON text: field → [before, after]."""
    values = events.values_list(
        "at", "actor_kind", "actor_label", "action", "object_type", "object_label", "object_id", "changes", "why", "request_id", "batch_id"
    )  # fmt: skip

    def rows() -> Iterator[tuple[Any, ...]]:
        for *head, changes, why, request_id, batch_id in values.iterator(chunk_size=_CHUNK):
            yield (*head, json.dumps(changes, ensure_ascii=False), why, request_id, batch_id)

    return HISTORY_COLUMNS, rows()


def _cell(account: SocialAccount, name: str, visible: set[int] | None) -> Any:
    if name in ("platform", "line"):
        return getattr(account, name).code
    if name in ("primary_owner", "backup_owner", "emergency_contact"):
        person = getattr(account, name)
        return person.email if person else ""
    if name == "co_owners":
        return ";".join(
            sorted(
                line.code for line in account.co_owner_lines.all() if visible is None or line.pk in visible
            )
        )
    if name == "previous_handles":
        return ";".join(dict.fromkeys(past.handle for past in account.handle_history.all()))
    if name == "tags":
        return ";".join(tag.name for tag in account.tags.all())
    if name == "languages":
        return ";".join(account.languages)
    return getattr(account, name)
