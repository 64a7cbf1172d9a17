"""A person leaves, and others take on what they held: all in one transaction, nothing without an owner unsaid."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from coe.errors import Invalid, Problem
from coe.models import SocialAccount, User
from coe.registries import holdings
from coe.rules.principals import Actor
from coe.selectors.ground_holdings import ACCOUNT_KINDS
from coe.selectors.holdings import Holding, holdings_of
from coe.services.accounts import edit_accounts
from coe.services.history import record
from coe.services.people import deactivate_person
from coe.services.records import locked


def _plan(
    person: User,
    *,
    successors: Mapping[str, User | None],
    rest: User | None,
    rest_to_nobody: bool,
    at: datetime,
) -> tuple[dict[tuple[str, User], list[Holding]], list[Holding]]:
    """Who gets what, and what nobody gets.

    :raises Invalid: something is named that the person does not hold, a successor is the person or has left, or something is left unsaid.
    """
    held = [
        row for one in holdings_of([person.pk], at=at)[person.pk] if one.needs_successor for row in one.rows
    ]
    names = {row.name for row in held}
    problems = [
        Problem(
            f"successors/{name[:80]}", "not_found", _("%(person)s does not hold this.") % {"person": person}
        )
        for name in successors
        if name not in names
    ]
    given: dict[tuple[str, User], list[Holding]] = {}
    nobody: list[Holding] = []
    for row in held:
        chosen = successors.get(row.name, rest)
        is_said = row.name in successors or rest is not None or rest_to_nobody
        if chosen is not None and (chosen.pk == person.pk or not chosen.is_active):
            message = _("%(name)s cannot take it on.") % {"name": chosen}
            problems.append(Problem(f"successors/{row.name}", "person_inactive", message))
        elif chosen is not None:
            given.setdefault((row.kind, chosen), []).append(row)
        elif is_said:
            nobody.append(row)
        else:
            message = _("Choose who takes on %(what)s, or say that nobody does.") % {"what": row.label}
            problems.append(Problem(f"successors/{row.name}", "required", message))
    if problems:
        raise Invalid(problems[0].message, problems=tuple(problems))
    return given, nobody


def who_gets_what(
    person: User,
    *,
    at: datetime,
    successors: Mapping[str, User | None] | None = None,
    rest: User | None = None,
    rest_to_nobody: bool = False,
) -> dict[str, str | None]:
    """Name of a holding → the e-mail of who would take it on, None where nobody would. Nothing is written.

    :raises Invalid: something is left unsaid, or a successor cannot take it on.
    """
    given, nobody = _plan(
        person, successors=successors or {}, rest=rest, rest_to_nobody=rest_to_nobody, at=at
    )
    found: dict[str, str | None] = {
        row.name: successor.email for (_kind, successor), rows in given.items() for row in rows
    }
    return found | {row.name: None for row in nobody}


@transaction.atomic
def hand_over(
    person: User,
    *,
    by: Actor,
    at: datetime,
    successors: Mapping[str, User | None] | None = None,
    rest: User | None = None,
    rest_to_nobody: bool = False,
    why: str = "",
) -> int:
    """Give what a person holds to others; returns how many things found somebody.

    `successors` maps names of holdings to people (None: to nobody); `rest` takes everything else. What goes to nobody stays with the
    person's name, and the hub has a duty to find somebody.

    :raises Invalid: something is left unsaid, or a successor cannot take it on; nothing is written then.
    """
    given, nobody = _plan(
        person, successors=successors or {}, rest=rest, rest_to_nobody=rest_to_nobody, at=at
    )
    for (kind, successor), rows in given.items():
        work = holdings[kind].hand_over
        work(rows, successor=successor, by=by, at=at, why=why)
    count = sum(len(rows) for rows in given.values())
    if count or nobody:
        told = [f"{row.label} → {successor}" for (_kind, successor), rows in given.items() for row in rows]
        changes = {
            "handed_over": [None, told[:100]],
            "to_nobody": [None, [row.label for row in nobody][:100]],
        }
        record("person.handed_over", person, by=by, at=at, changes=changes, why=why)
    return count


@transaction.atomic
def leave_company(
    person: User,
    *,
    by: Actor,
    at: datetime,
    successors: Mapping[str, User | None] | None = None,
    rest: User | None = None,
    rest_to_nobody: bool = False,
    why: str = "",
    expected_revision: int | None = None,
) -> User:
    """Hand over what a person holds, close their log-in and end their roles: all of it or nothing.

    :raises Invalid: something is left unsaid. :raises WrongState: they are inactive already. :raises Stale: the revision is old.
    """
    person = locked(person, expected_revision=expected_revision)
    hand_over(
        person,
        successors=successors,
        rest=rest,
        rest_to_nobody=rest_to_nobody,
        by=by,
        at=at,
        why=why,
    )
    return deactivate_person(person, by=by, at=at, why=why)


def hand_over_accounts(
    held: Sequence[Holding], *, successor: User, by: Actor, at: datetime, why: str
) -> None:
    """Make somebody owner, backup or emergency contact of accounts. A backup owner who becomes the owner is no backup any more.

    :raises Invalid: they are the primary owner of an account they should back up.
    """
    field = ACCOUNT_KINDS[held[0].kind]
    accounts = SocialAccount.objects.filter(public_id__in=[row.key for row in held])
    pairs = []
    for account in accounts.select_related("primary_owner", "backup_owner"):
        changes: dict[str, User | None] = {field: successor}
        if field == "primary_owner" and account.backup_owner_id == successor.pk:
            changes["backup_owner"] = None
        if field == "backup_owner" and account.primary_owner_id == successor.pk:
            raise Invalid.one(
                f"successors/account.backup:{account.public_id}",
                "same_person",
                _("%(name)s owns %(account)s already; choose somebody else as backup owner.")
                % {"name": successor, "account": account.handle},
            )
        pairs.append((account, changes))
    edit_accounts(pairs, by=by, at=at, why=why)
