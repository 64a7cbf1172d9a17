"""Archiving lines and bringing them back."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from coe.enums.accounts import ENDED_STATES
from coe.enums.lines import LineStatus
from coe.errors import Protected, WrongState
from coe.models import BusinessLine, ImportBatch, SocialAccount
from coe.registries import blockers
from coe.rules.principals import Actor
from coe.services.effects import Effect, note_effects
from coe.services.facts import note_facts
from coe.services.history import changed, record, snapshot
from coe.services.records import locked, save_changed


def archive_blockers(line: BusinessLine) -> list[str]:
    """What stands in the way of an archive: live lines below, accounts in the register, and what upper apps hold."""
    found = [
        _("line %(name)s") % {"name": child} for child in line.children.filter(status=LineStatus.ACTIVE)[:20]
    ]
    accounts = (
        SocialAccount.objects.filter(line=line)
        .exclude(state__in=ENDED_STATES)
        .select_related("platform")[:20]
    )
    found += [
        _("account %(name)s on %(platform)s") % {"name": account.handle, "platform": account.platform.name}
        for account in accounts
    ]
    for ask in blockers.values():
        found += list(ask(line))
    return found


@transaction.atomic
def archive_line(
    line: BusinessLine,
    *,
    by: Actor,
    at: datetime,
    why: str = "",
    expected_revision: int | None = None,
    batch: ImportBatch | None = None,
) -> BusinessLine:
    """Take a line out of work; its records and history stay.

    :raises WrongState: it is archived already. :raises Protected: names the lines and accounts that stand in the way.
    """
    line = locked(line, expected_revision=expected_revision)
    if line.status == LineStatus.ARCHIVED:
        raise WrongState(_("%(name)s is archived already.") % {"name": line})
    found = archive_blockers(line)
    if found:
        raise Protected(
            _("%(name)s cannot be archived before these are moved or archived: %(blockers)s.")
            % {"name": line, "blockers": ", ".join(found[:10])},
            extra={"blockers": found},
        )
    return _set_status(
        line,
        status=LineStatus.ARCHIVED,
        archived_at=at,
        action="line.archived",
        by=by,
        at=at,
        why=why,
        batch=batch,
    )


@transaction.atomic
def restore_line(
    line: BusinessLine,
    *,
    by: Actor,
    at: datetime,
    why: str = "",
    expected_revision: int | None = None,
    batch: ImportBatch | None = None,
) -> BusinessLine:
    """Bring an archived line back to work.

    :raises WrongState: it is not archived, or its parent is.
    """
    line = locked(line, expected_revision=expected_revision)
    if line.status == LineStatus.ACTIVE:
        raise WrongState(_("%(name)s is not archived.") % {"name": line})
    if line.parent is not None and line.parent.status == LineStatus.ARCHIVED:
        raise WrongState(
            _("Restore %(name)s first: an active line cannot lie below an archived one.")
            % {"name": line.parent}
        )
    return _set_status(
        line,
        status=LineStatus.ACTIVE,
        archived_at=None,
        action="line.restored",
        by=by,
        at=at,
        why=why,
        batch=batch,
    )


def _set_status(
    line: BusinessLine,
    *,
    status: LineStatus,
    archived_at: datetime | None,
    action: str,
    by: Actor,
    at: datetime,
    why: str,
    batch: ImportBatch | None,
) -> BusinessLine:
    before, raw = snapshot(line), {"status": line.status, "archived_at": line.archived_at}
    line.status, line.archived_at = status, archived_at
    save_changed(line, fields=["status", "archived_at"], at=at)
    record(
        action,
        line,
        by=by,
        at=at,
        changes=changed(before, snapshot(line)),
        why=why,
        batch_id=batch and batch.public_id,
    )
    note_effects(batch, effects=[Effect(line, is_create=False, before=raw)])
    note_facts([(line.pk, "line"), (line.parent_id, "line"), (None, "line")], at=at)
    return line
