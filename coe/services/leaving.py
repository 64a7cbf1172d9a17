"""Leaves the demo company: an empty hub that keeps its catalogue of platforms, and what the apps above say they keep."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import DEFAULT_DB_ALIAS, transaction
from django.utils.translation import gettext as _

from coe.enums.roles import Role
from coe.errors import WrongState
from coe.models import (
    AccountCoOwner,
    BusinessLine,
    ChangeEvent,
    HandleRecord,
    Holiday,
    IdempotencyRecord,
    ImportBatch,
    ImportEffect,
    ImportProblem,
    JournalEntry,
    LineClosure,
    LineFact,
    Notice,
    Organisation,
    OutboxMessage,
    Platform,
    RoleAssignment,
    SavedFilter,
    SavedMapping,
    ServiceToken,
    SocialAccount,
    Tag,
    Timer,
    User,
    WorkingCalendar,
)
from coe.registries import demo_leavers
from coe.rules.principals import Actor
from coe.services.history import record
from coe.services.organisation import organisation
from coe.services.people import assign_role, create_person

DEFAULT_ADMIN = "admin@localhost"
# Rows go before what they point at. Platforms stay; people are dealt with apart.
_EMPTIED = (
    HandleRecord, AccountCoOwner, SocialAccount.tags.through, BusinessLine.tags.through, SocialAccount, ServiceToken,
    RoleAssignment, SavedFilter, SavedMapping, JournalEntry, Notice, OutboxMessage, IdempotencyRecord, LineFact, Timer,
    ImportProblem, ImportEffect, ImportBatch, ChangeEvent, LineClosure,
)  # fmt: skip


@dataclass(frozen=True)
class Left:
    """Who administers the empty hub. The password is shown once; None when the caller chose it."""

    administrator: User
    password: str | None


def _refuse_unless_demo() -> Organisation:
    row = organisation()
    if not row.is_demo:
        raise WrongState(_("This hub is not the demo company; nothing was removed."))
    return row


def _empty() -> None:
    files = [path for path in ImportBatch.objects.values_list("stored_path", flat=True) if path]
    for leave in reversed(demo_leavers.values()):
        leave()
    # `_raw_delete` is one statement a table: the order above stands for what Django's collector would find out row by row.
    for model in _EMPTIED:
        model._default_manager.all()._raw_delete(using=DEFAULT_DB_ALIAS)
    for depth in BusinessLine.objects.order_by("-depth").values_list("depth", flat=True).distinct():
        BusinessLine.objects.filter(depth=depth)._raw_delete(using=DEFAULT_DB_ALIAS)
    Tag.objects.all().delete()
    # The catalogue stays; what invented people decided about it does not bind anybody.
    Platform.objects.update(decision="", decision_note="", terms_reviewed_on=None, terms_review_due_on=None)
    User.objects.filter(is_demo=True).delete()
    Session.objects.all().delete()
    Organisation.objects.update(calendar=None)
    Holiday.objects.all().delete()
    WorkingCalendar.objects.all().delete()
    transaction.on_commit(lambda: _forget(files))


def _forget(files: list[str]) -> None:
    for path in files:
        Path(path).unlink(missing_ok=True)
    cache.clear()


@transaction.atomic
def empty_demo(*, at: datetime) -> None:
    """Remove the demo company so that it can be loaded afresh. People who are not part of it stay.

    :raises WrongState: this hub is not the demo company.
    """
    _refuse_unless_demo()
    _empty()
    Organisation.objects.filter(pk=1).delete()
    organisation()


@transaction.atomic
def leave_demo(*, by: Actor, at: datetime, admin_email: str = "", admin_password: str | None = None) -> Left:
    """Empty the hub for good and make a fresh administrator. Platforms, dictionary and rubrics stay.

    :raises WrongState: this hub is not the demo company. :raises Invalid: the e-mail address is none, or is taken.
    """
    _refuse_unless_demo()
    _empty()
    Organisation.objects.filter(pk=1).delete()
    row = organisation()
    password = admin_password or secrets.token_urlsafe(12)
    admin = create_person(
        email=admin_email.strip() or DEFAULT_ADMIN,
        name="",
        password=password,
        by=by,
        at=at,
        why=_("Left the demo"),
    )
    # Whether somebody may open the admin is no field people edit; here it comes with the role.
    admin.is_staff = True
    admin.save(update_fields=["is_staff"])
    assign_role(admin, role=Role.ADMINISTRATOR, by=by, at=at, why=_("Left the demo"))
    record("organisation.demo_left", row, by=by, at=at)
    return Left(admin, None if admin_password else password)
