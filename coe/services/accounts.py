"""Social accounts: register, edit, move through their life, rename, share."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from coe import handles
from coe.enums.accounts import ENDED_STATES, TRANSITIONS, AccountAction, AccountState
from coe.enums.lines import LineStatus
from coe.errors import DomainError, Invalid, Protected, SomeRefused, Stale, WrongState
from coe.models import AccountCoOwner, BusinessLine, HandleRecord, ImportBatch, Platform, SocialAccount, User
from coe.registries import account_moved, blockers
from coe.rules.principals import Actor
from coe.services.account_register import (
    AccountRef,
    EnsuredAccounts,
    NewAccount,
    create_accounts,
    duplicate_of,
    duplicates_among,
    ensure_accounts,
    registered_like,
    store_accounts,
)
from coe.services.account_values import EDITABLE, clean_account, handle_of, put_on
from coe.services.effects import Effect, note_effects
from coe.services.facts import note_facts
from coe.services.history import Entry, changed, record, record_many, snapshot
from coe.services.records import locked, required, save_changed
from coe.services.secrets import refuse_secrets
from coe.services.tags import ensure_tags, tag_key

__all__ = [
    "EDITABLE", "AccountRef", "EnsuredAccounts", "NewAccount", "create_account", "create_accounts", "edit_account", "edit_accounts",
    "ensure_accounts", "register_accounts", "rename_handle", "set_co_owners", "transition",
]  # fmt: skip


@transaction.atomic
def create_account(
    *,
    line: BusinessLine,
    platform: Platform,
    by: Actor,
    at: datetime,
    why: str = "",
    batch: ImportBatch | None = None,
    **fields: Any,
) -> SocialAccount:
    """Register an account by its handle or its address. `fields` are those of `register_accounts`.

    :raises Invalid: a field is wrong, or handle and platform do not fit. :raises SecretRefused: a value looks like a secret.
    :raises Duplicate: the handle is registered already; the message names the account.
    """
    new = _new_account(
        {"line": line, "platform": platform, **fields}, requested_by=_person_behind(by), rules={}
    )
    if taken := duplicates_among([new]):
        raise taken[0]
    return store_accounts([new], by=by, at=at, why=why, batch=batch)[0]


@transaction.atomic
def register_accounts(wanted: Sequence[Mapping[str, Any]], *, by: Actor, at: datetime) -> list[SocialAccount]:
    """Register many accounts, all or none, with a number of statements that does not depend on how many.

    Each item has `line`, `platform`, `handle` or `url`, and may have `state`, `co_owners`, `tags`, `why` and editable fields.

    :raises SomeRefused: names every refused item by its place, with all that is wrong with it.
    """
    requested_by = _person_behind(by)
    rules: dict[int, handles.Catalogue] = {}
    refused: dict[int, DomainError] = {}
    news: dict[int, NewAccount] = {}
    for place, values in enumerate(wanted):
        try:
            news[place] = _new_account(values, requested_by=requested_by, rules=rules)
        except DomainError as error:
            refused[place] = error
    places = list(news)
    refused |= {places[n]: error for n, error in duplicates_among(list(news.values())).items()}
    if refused:
        raise SomeRefused(refused)
    return store_accounts(list(news.values()), by=by, at=at)


def _person_behind(by: Actor) -> User | None:
    return User.objects.filter(pk=by.user_id).first() if by.user_id else None


def _new_account(
    values: Mapping[str, Any], *, requested_by: User | None, rules: dict[int, handles.Catalogue]
) -> NewAccount:
    """One account to be registered, checked by itself."""
    fields = dict(values)
    line, platform = fields.pop("line"), fields.pop("platform")
    handle, url = fields.pop("handle", ""), fields.pop("url", "")
    state = fields.pop("state", AccountState.REQUESTED)
    co_owners, tags, why = fields.pop("co_owners", ()), tuple(fields.pop("tags", ())), fields.pop("why", "")
    if not handle.strip() and not url.strip():
        raise required("handle")
    if line.status == LineStatus.ARCHIVED:
        raise WrongState(_("%(name)s is archived.") % {"name": line})
    if state in ENDED_STATES:
        raise Invalid.one("state", "state_not_possible", _("A new account cannot be archived or rejected."))
    refuse_secrets({"handle": handle, "tags": list(tags)}, fields=("handle", "tags"))
    found = handle_of(platform, handle=handle, url=url, rules=rules)
    if found.account_id and not fields.get("platform_account_id"):
        fields["platform_account_id"] = found.account_id
    clean = clean_account({**fields, "url": url.strip() or found.canonical_url})
    return NewAccount(
        platform, line.pk, found.handle, found.normalised, state=state, fields=clean, tags=tags,
        co_owner_ids=tuple(one.pk for one in co_owners), requested_by=requested_by, why=why,
    )  # fmt: skip


@transaction.atomic
def edit_account(
    account: SocialAccount,
    *,
    changes: Mapping[str, Any],
    by: Actor,
    at: datetime,
    why: str = "",
    expected_revision: int | None = None,
    batch: ImportBatch | None = None,
) -> SocialAccount:
    """Change fields of an account; `line` moves it. Nothing is written when nothing differs.

    An edit of a custody field raises the custody revision. Handles change by `rename_handle`, states by `transition`.

    :raises Invalid: a field is wrong. :raises SecretRefused: a value looks like a secret. :raises Stale: old revision.
    """
    account = locked(account, expected_revision=expected_revision)
    return _edit([(account, changes)], by=by, at=at, why=why, batch=batch)[0]


@transaction.atomic
def edit_accounts(
    pairs: Sequence[tuple[SocialAccount, Mapping[str, Any]]],
    *,
    by: Actor,
    at: datetime,
    why: str = "",
    batch: ImportBatch | None = None,
) -> list[SocialAccount]:
    """Change many accounts, all or none, with a fixed number of statements. Changed accounts carry a higher revision.

    :raises Invalid: a value is wrong; nothing is written. :raises Stale: one was changed since the caller read it.
    """
    read = {account.pk: account.revision for account, _changes in pairs}
    held = (
        SocialAccount.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=read).order_by("pk")
    )
    if any(revision != read[pk] for pk, revision in held.values_list("pk", "revision")):
        raise Stale(
            _("Somebody else changed this record since you read it. Load it again and repeat your change.")
        )
    return _edit(pairs, by=by, at=at, why=why, batch=batch)


def _edit(
    pairs: Sequence[tuple[SocialAccount, Mapping[str, Any]]],
    *,
    by: Actor,
    at: datetime,
    why: str,
    batch: ImportBatch | None,
) -> list[SocialAccount]:
    """The work of both, on accounts that are locked."""
    fields: set[str] = set()
    entries, effects, facts, moved = [], [], [], {}
    touched: list[SocialAccount] = []
    wanted_tags = {
        account.pk: changes["tags"] for account, changes in pairs if changes.get("tags") is not None
    }
    tags = ensure_tags((tag for names in wanted_tags.values() for tag in names), at=at) if wanted_tags else {}
    tagged: dict[int, dict[int, int]] = {}
    labels: dict[int, str] = {tag.pk: tag.name for tag in tags.values()}
    if wanted_tags:
        for link in SocialAccount.tags.through.objects.filter(socialaccount__in=wanted_tags).select_related(
            "tag"
        ):
            tagged.setdefault(link.socialaccount_id, {})[link.tag_id] = link.pk
            labels[link.tag_id] = link.tag.name
    new_links: list[tuple[int, int]] = []
    gone_links: list[int] = []
    for account, changes in pairs:
        clean = clean_account(changes)
        names = clean.pop("tags", None)
        old_line = account.line_id
        if "line" in clean and clean["line"].pk != old_line and clean["line"].status == LineStatus.ARCHIVED:
            raise WrongState(_("%(name)s is archived.") % {"name": clean["line"]})
        difference, raw = put_on(account, clean=clean)
        if names is not None:
            new = {tags[tag_key(name)].pk for name in names if name.strip()}
            old = tagged.get(account.pk, {})
            if new != old.keys():
                raw["tags"] = sorted(old)
                difference["tags"] = [sorted(labels[pk] for pk in old), sorted(labels[pk] for pk in new)]
                new_links += [(account.pk, pk) for pk in new - old.keys()]
                gone_links += [link for pk, link in old.items() if pk not in new]
        if not difference:
            continue
        account.revision += 1
        account.updated_at = at
        touched.append(account)
        fields |= set(clean)
        entries.append(Entry("account.updated", account, difference, account.line_id))
        effects.append(Effect(account, is_create=False, before=raw))
        facts += [(account.line_id, "accounts"), (old_line, "accounts")]
        if account.line_id != old_line:
            moved[account.pk] = (old_line, account.line_id)
    if not touched:
        return [account for account, _changes in pairs]
    _check_platform_ids(touched if "platform_account_id" in fields else [])
    SocialAccount.objects.bulk_update(
        touched, [*fields, "custody_revision", "revision", "updated_at"], batch_size=200
    )
    through = SocialAccount.tags.through
    if gone_links:
        through.objects.filter(pk__in=gone_links).delete()
    through.objects.bulk_create(
        [through(socialaccount_id=pk, tag_id=tag) for pk, tag in new_links], batch_size=1000
    )
    if moved:
        # A line that now owns the account no longer shares it.
        AccountCoOwner.objects.filter(account__in=moved, line=F("account__line")).delete()
        for tell in account_moved.values():
            tell(moved, at=at)
    record_many(entries, by=by, at=at, why=why, batch_id=batch.public_id if batch else None)
    note_effects(batch, effects=effects)
    note_facts(facts, at=at)
    return [account for account, _changes in pairs]


def _check_platform_ids(accounts: Sequence[SocialAccount]) -> None:
    pairs = [
        (account.platform_id, account.platform_account_id)
        for account in accounts
        if account.platform_account_id
    ]
    taken = registered_like(pairs, by_id=True) if pairs else {}
    own = {account.pk for account in accounts}
    if len(set(pairs)) != len(pairs):
        raise Invalid.one(
            "platform_account_id", "duplicate", _("Two accounts cannot have one id of the platform.")
        )
    for other in taken.values():
        if other.pk not in own:
            raise duplicate_of(other, field="platform_account_id")


@transaction.atomic
def transition(
    account: SocialAccount,
    *,
    action: AccountAction,
    by: Actor,
    at: datetime,
    why: str = "",
    expected_revision: int | None = None,
    batch: ImportBatch | None = None,
) -> SocialAccount:
    """Move an account to the state an action leads to.

    :raises WrongState: the action is not possible from here. :raises Protected: upper apps hold records of it.
    :raises Duplicate: a restored handle was registered again meanwhile.
    """
    account = locked(account, expected_revision=expected_revision)
    new = TRANSITIONS.get((AccountState(account.state), AccountAction(action)))
    if new is None:
        possible = [str(verb.label) for (state, verb) in TRANSITIONS if state == account.state]
        raise WrongState(
            _("“%(action)s” is not possible for an account that is %(state)s. Possible: %(possible)s.")
            % {
                "action": AccountAction(action).label,
                "state": account.get_state_display(),
                "possible": ", ".join(possible),
            },
            extra={"state": account.state},
        )
    if new in ENDED_STATES:
        found = [label for ask in blockers.values() for label in ask(account)]
        if found:
            raise Protected(
                _("%(name)s cannot be archived before these are closed: %(blockers)s.")
                % {"name": account, "blockers": ", ".join(found[:10])},
                extra={"blockers": found},
            )
    if account.state in ENDED_STATES:
        pair = (account.platform_id, account.handle_key)
        same_id = (account.platform_id, account.platform_account_id)
        taken = registered_like([pair]).get(pair) or (
            registered_like([same_id], by_id=True).get(same_id) if same_id[1] else None
        )
        if taken is not None:
            raise duplicate_of(taken)
    before = snapshot(account)
    raw = {"state": account.state, "state_since": account.state_since}
    account.state, account.state_since = new, at
    save_changed(account, fields=["state", "state_since"], at=at)
    record(
        f"account.{action}",
        account,
        by=by,
        at=at,
        changes=changed(before, snapshot(account)),
        why=why,
        batch_id=batch.public_id if batch else None,
    )
    note_effects(batch, effects=[Effect(account, is_create=False, before=raw)])
    note_facts([(account.line_id, "accounts")], at=at)
    return account


@transaction.atomic
def rename_handle(
    account: SocialAccount,
    *,
    handle: str = "",
    url: str = "",
    by: Actor,
    at: datetime,
    renamed_at: datetime | None = None,
    why: str = "",
    expected_revision: int | None = None,
    batch: ImportBatch | None = None,
) -> SocialAccount:
    """Give an account a new handle and keep the old one in its history. A new spelling of the same handle leaves no history.

    :raises Invalid: no handle of this platform. :raises Duplicate: another account has it.
    """
    account = locked(account, expected_revision=expected_revision)
    if not handle.strip() and not url.strip():
        raise required("handle")
    refuse_secrets({"handle": handle}, fields=("handle",))
    found = handle_of(account.platform, handle=handle, url=url)
    pair = (account.platform_id, found.normalised)
    if found.normalised != account.handle_key and (taken := registered_like([pair]).get(pair)):
        raise duplicate_of(taken)
    before = {name: getattr(account, name) for name in ("handle", "handle_key", "url")}
    address = url.strip() or found.canonical_url
    if (account.handle, account.handle_key, account.url) == (found.handle, found.normalised, address):
        return account
    if found.normalised != account.handle_key:
        since = (
            HandleRecord.objects.filter(account=account)
            .order_by("-until_at")
            .values_list("until_at", flat=True)
            .first()
        )
        past = HandleRecord.objects.create(
            account=account, platform_id=account.platform_id, handle=account.handle, handle_key=account.handle_key, url=account.url,
            from_at=since, until_at=renamed_at or at,
        )  # fmt: skip
        note_effects(batch, effects=[Effect(past, is_create=True)])
    account.handle, account.handle_key, account.url = found.handle, found.normalised, address
    save_changed(account, fields=list(before), at=at)
    difference = changed(before, {name: getattr(account, name) for name in before})
    record(
        "account.renamed",
        account,
        by=by,
        at=at,
        changes=difference,
        why=why,
        batch_id=batch.public_id if batch else None,
    )
    note_effects(batch, effects=[Effect(account, is_create=False, before=before)])
    note_facts([(account.line_id, "accounts")], at=at)
    return account


@transaction.atomic
def set_co_owners(
    account: SocialAccount,
    *,
    lines: Iterable[BusinessLine],
    by: Actor,
    at: datetime,
    why: str = "",
    expected_revision: int | None = None,
    batch: ImportBatch | None = None,
) -> SocialAccount:
    """Make exactly these lines the co-owners of an account; they read it and never write it.

    :raises Invalid: the owning line is among them.
    """
    account = locked(account, expected_revision=expected_revision)
    wanted = {line.pk: line for line in lines}
    if account.line_id in wanted:
        raise Invalid.one(
            "co_owners", "owner_is_co_owner", _("The owning line cannot be a co-owner as well.")
        )
    old = {
        link.line_id: link for link in AccountCoOwner.objects.filter(account=account).select_related("line")
    }
    if wanted.keys() == old.keys():
        return account
    gone = [link.pk for line_id, link in old.items() if line_id not in wanted]
    AccountCoOwner.objects.filter(pk__in=gone).delete()
    AccountCoOwner.objects.bulk_create(
        [AccountCoOwner(account=account, line_id=pk) for pk in wanted if pk not in old]
    )
    save_changed(account, fields=[], at=at)
    codes = sorted(link.line.code for link in old.values()), sorted(line.code for line in wanted.values())
    record(
        "account.shared",
        account,
        by=by,
        at=at,
        changes={"co_owners": list(codes)},
        why=why,
        batch_id=batch.public_id if batch else None,
    )
    note_effects(batch, effects=[Effect(account, is_create=False, before={"co_owners": sorted(old)})])
    note_facts([(pk, "accounts") for pk in {account.line_id, *wanted, *old}], at=at)
    return account
