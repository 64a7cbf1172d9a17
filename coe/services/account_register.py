"""Accounts by the thousand: a fixed number of statements for any number of them. `coe.services.accounts` is the door for one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from coe.enums.accounts import ENDED_STATES, AccountState
from coe.errors import Duplicate, Problem
from coe.models import AccountCoOwner, HandleRecord, ImportBatch, Platform, SocialAccount, User
from coe.rules.principals import Actor
from coe.services.effects import Effect, note_effects
from coe.services.facts import note_facts
from coe.services.history import Entry, changed, record_many, snapshot
from coe.services.tags import ensure_tags, tag_key


@dataclass(frozen=True)
class NewAccount:
    """An account to be registered; `fields` went through `account_values.clean_account`."""

    platform: Platform
    line_id: int
    handle: str
    handle_key: str
    url: str = ""
    state: AccountState = AccountState.ACTIVE
    fields: Mapping[str, Any] = field(default_factory=dict)
    co_owner_ids: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()
    requested_by: User | None = None
    why: str = ""


@dataclass(frozen=True)
class AccountRef:
    """What a row of another file knows about an account. `handle_key` and `handle` as `coe.handles.identify` gives them."""

    platform: str
    handle: str
    handle_key: str
    line_id: int
    url: str = ""
    account_id: str = ""
    display_name: str = ""
    seen_at: datetime | None = None


@dataclass(frozen=True)
class EnsuredAccounts:
    """`ids`: each reference's account; `lines`: account → owning line; `problems`: references that could not be placed."""

    ids: Mapping[AccountRef, int]
    lines: Mapping[int, int]
    created: frozenset[int]
    problems: Mapping[AccountRef, Problem]


def duplicate_of(account: SocialAccount, *, field: str = "handle") -> Duplicate:
    """The refusal of an account that is registered already."""
    return Duplicate.one(
        field,
        "duplicate",
        _("%(handle)s on %(platform)s is registered already (%(state)s).")
        % {"handle": account.handle, "platform": account.platform.name, "state": account.get_state_display()},
    )


def registered_like(
    pairs: Iterable[tuple[int, str]], *, by_id: bool = False
) -> dict[tuple[int, str], SocialAccount]:
    """Registered accounts by (platform id, handle key), or by (platform id, the platform's own id)."""
    wanted = set(pairs)
    name = "platform_account_id" if by_id else "handle_key"
    values = sorted({value for _platform, value in wanted if value})
    found: dict[tuple[int, str], SocialAccount] = {}
    for start in range(0, len(values), 5000):
        rows = SocialAccount.objects.exclude(state__in=ENDED_STATES).select_related("platform")
        for row in rows.filter(**{f"{name}__in": values[start : start + 5000]}):
            found[row.platform_id, getattr(row, name)] = row
    return {pair: row for pair, row in found.items() if pair in wanted}


def owners_like(
    pairs: Iterable[tuple[int, str]], *, by_id: bool = False
) -> dict[tuple[int, str], tuple[int, int]]:
    """(account, owning line) of registered accounts by the same keys; for those who need no more of ten thousand accounts."""
    wanted = set(pairs)
    name = "platform_account_id" if by_id else "handle_key"
    values = sorted({value for _platform, value in wanted if value})
    found: dict[tuple[int, str], tuple[int, int]] = {}
    for start in range(0, len(values), 5000):
        rows = SocialAccount.objects.exclude(state__in=ENDED_STATES).order_by()
        rows = rows.filter(**{f"{name}__in": values[start : start + 5000]})
        for platform, value, pk, line_id in rows.values_list("platform_id", name, "pk", "line_id"):
            found[platform, value] = (pk, line_id)
    return {pair: row for pair, row in found.items() if pair in wanted}


@transaction.atomic
def create_accounts(
    wanted: Sequence[NewAccount], *, by: Actor, at: datetime, why: str = "", batch: ImportBatch | None = None
) -> list[SocialAccount]:
    """Register accounts, all or none.

    :raises Duplicate: a handle or platform id is registered already, or appears twice; each problem's `row` is its place in `wanted`.
    """
    if taken := duplicates_among(wanted):
        raise Duplicate(
            next(iter(taken.values())).message,
            problems=tuple(
                Problem(p.field, p.code, p.message, row=place)
                for place, one in taken.items()
                for p in one.problems
            ),
        )
    return store_accounts(wanted, by=by, at=at, why=why, batch=batch)


def duplicates_among(wanted: Sequence[NewAccount]) -> dict[int, Duplicate]:
    """By its place, the refusal of each account whose handle or platform id is registered already, or appears twice (two queries)."""
    found: dict[int, Duplicate] = {}
    seen: set[tuple[int, str]] = set()
    seen_ids: set[tuple[int, str]] = set()
    by_key = registered_like((new.platform.pk, new.handle_key) for new in wanted)
    ids = [(new.platform.pk, str(new.fields.get("platform_account_id", ""))) for new in wanted]
    by_id = registered_like((pair for pair in ids if pair[1]), by_id=True)
    for place, (new, pair) in enumerate(zip(wanted, ids, strict=True)):
        key = (new.platform.pk, new.handle_key)
        taken = by_key.get(key) or by_id.get(pair)
        if taken:
            found[place] = Duplicate.one("handle", "duplicate", duplicate_of(taken).message)
        elif key in seen or (pair[1] and pair in seen_ids):
            found[place] = Duplicate.one(
                "handle", "duplicate", _("%(handle)s appears twice.") % {"handle": new.handle}
            )
        seen.add(key)
        seen_ids.add(pair)
    return found


def store_accounts(
    wanted: Sequence[NewAccount], *, by: Actor, at: datetime, why: str = "", batch: ImportBatch | None = None
) -> list[SocialAccount]:
    """Write accounts that `duplicates_among` found free, inside the caller's transaction."""
    rows = [
        SocialAccount(
            platform=new.platform, line_id=new.line_id, handle=new.handle, handle_key=new.handle_key, state=new.state, state_since=at,
            requested_by=new.requested_by, created_at=at, updated_at=at, **{"url": new.url, **new.fields},
        )
        for new in wanted
    ]  # fmt: skip
    rows = SocialAccount.objects.bulk_create(rows, batch_size=500)
    owners = [
        AccountCoOwner(account=row, line_id=line_id)
        for row, new in zip(rows, wanted, strict=True)
        for line_id in dict.fromkeys(new.co_owner_ids)
        if line_id != new.line_id
    ]
    if owners:
        AccountCoOwner.objects.bulk_create(owners, batch_size=1000)
    if any(new.tags for new in wanted):
        tags = ensure_tags((tag for new in wanted for tag in new.tags), at=at)
        through = SocialAccount.tags.through
        through.objects.bulk_create(
            [
                through(socialaccount_id=row.pk, tag_id=tag_id)
                for row, new in zip(rows, wanted, strict=True)
                for tag_id in dict.fromkeys(tags[tag_key(tag)].pk for tag in new.tags if tag.strip())
            ],
            batch_size=1000,
        )
    record_many(
        [
            Entry("account.registered", row, changed({}, snapshot(row)), row.line_id, new.why)
            for row, new in zip(rows, wanted, strict=True)
        ],
        by=by, at=at, why=why, batch_id=batch.public_id if batch else None,
    )  # fmt: skip
    note_effects(batch, effects=[Effect(row, is_create=True) for row in rows])
    note_facts([(row.line_id, "accounts") for row in rows], at=at)
    return rows


@transaction.atomic
def ensure_accounts(
    wanted: Sequence[AccountRef],
    *,
    by: Actor,
    at: datetime,
    batch: ImportBatch | None = None,
    share: bool = False,
) -> EnsuredAccounts:
    """Find the accounts that rows mean, register those nobody knows, and follow renamed handles. Idempotent.

    An account is found by the platform's own id first, then by its handle, then by a handle it had when the row was
    `seen_at`. A newer sighting of a known id under a new handle renames the account and keeps the old handle in its history;
    an older one only enters the history. `share=True` makes the other lines that name an account its co-owners; ask for it
    only when the importer may write on every line, because a co-owner reads the account.
    """
    platforms = {row.code: row for row in Platform.objects.filter(code__in={ref.platform for ref in wanted})}
    refs = [ref for ref in dict.fromkeys(wanted) if ref.platform in platforms]
    problems = {
        ref: Problem(
            "platform",
            "platform_unknown",
            _("“%(value)s” is not a known platform.") % {"value": ref.platform},
        )
        for ref in wanted
        if ref.platform not in platforms
    }
    key = {ref: (platforms[ref.platform].pk, ref.handle_key) for ref in refs}
    by_key = registered_like(key.values())
    by_id = registered_like(
        ((platforms[ref.platform].pk, ref.account_id) for ref in refs if ref.account_id), by_id=True
    )
    loose = [
        ref
        for ref in refs
        if key[ref] not in by_key and not (ref.account_id and (key[ref][0], ref.account_id) in by_id)
    ]
    former: dict[tuple[int, str], list[HandleRecord]] = {}
    if any(ref.seen_at for ref in loose):
        for past in HandleRecord.objects.filter(
            handle_key__in={ref.handle_key for ref in loose}
        ).select_related("account__platform"):
            former.setdefault((past.platform_id, past.handle_key), []).append(past)

    ids: dict[AccountRef, SocialAccount] = {}
    fresh: dict[Any, NewAccount] = {}
    waiting: dict[Any, list[AccountRef]] = {}
    adopt: dict[int, tuple[SocialAccount, str]] = {}
    # The newest sighting of each id names the account; the others are its history.
    for ref in sorted(refs, key=lambda ref: ref.seen_at or at, reverse=True):
        known = by_id.get((key[ref][0], ref.account_id)) if ref.account_id else None
        if known is None:
            known = by_key.get(key[ref])
            if known is not None and ref.account_id and known.platform_account_id not in ("", ref.account_id):
                problems[ref] = Problem(
                    "handle",
                    "handle_of_another",
                    _(
                        "%(handle)s is registered under another id of the platform; it may have been taken over."
                    )
                    % {"handle": ref.handle},
                )
                continue
            if known is not None and ref.account_id and not known.platform_account_id:
                adopt.setdefault(known.pk, (known, ref.account_id))
                by_id.setdefault((key[ref][0], ref.account_id), known)
        if known is None and ref.seen_at is not None:
            held = [past.account for past in former.get(key[ref], []) if past.held_at(ref.seen_at)]
            known = held[0] if len(held) == 1 else None
        if known is not None:
            ids[ref] = known
            continue
        identity = (key[ref][0], "id", ref.account_id) if ref.account_id else key[ref]
        if identity not in fresh and key[ref] in fresh:
            identity = key[ref]
        if identity not in fresh:
            fields = {"display_name": ref.display_name[:200], "platform_account_id": ref.account_id[:120]}
            fresh[identity] = NewAccount(
                platforms[ref.platform], ref.line_id, ref.handle, ref.handle_key, url=ref.url, fields=fields
            )
        waiting.setdefault(identity, []).append(ref)

    # Two ids may claim one handle at different times; the account seen with it last keeps it.
    claimed: dict[tuple[int, str], Any] = {}
    for identity, new in list(fresh.items()):
        if claimed.setdefault((new.platform.pk, new.handle_key), identity) != identity:
            del fresh[identity]
            for ref in waiting.pop(identity):
                problems[ref] = Problem(
                    "handle",
                    "handle_of_another",
                    _("%(handle)s belongs to another account of this file.") % {"handle": ref.handle},
                )
    made = create_accounts(list(fresh.values()), by=by, at=at, batch=batch) if fresh else []
    for identity, account in zip(fresh, made, strict=True):
        ids.update(dict.fromkeys(waiting[identity], account))
    _adopt_ids(list(adopt.values()), by=by, at=at, batch=batch)
    _follow_handles(ids, by=by, at=at, batch=batch)
    if share:
        _share(ids, at=at, batch=batch)
    return EnsuredAccounts(
        {ref: account.pk for ref, account in ids.items()},
        {account.pk: account.line_id for account in ids.values()},
        frozenset(account.pk for account in made),
        problems,
    )


def _adopt_ids(
    pairs: list[tuple[SocialAccount, str]], *, by: Actor, at: datetime, batch: ImportBatch | None
) -> None:
    """Note the platform's own id on accounts that had none: from now on a rename is recognised."""
    if not pairs:
        return
    entries, effects = [], []
    for account, account_id in pairs:
        account.platform_account_id, account.updated_at = account_id, at
        account.revision += 1
        entries.append(
            Entry("account.updated", account, {"platform_account_id": ["", account_id]}, account.line_id)
        )
        effects.append(Effect(account, is_create=False, before={"platform_account_id": ""}))
    SocialAccount.objects.bulk_update(
        [account for account, _id in pairs], ["platform_account_id", "revision", "updated_at"], batch_size=500
    )
    record_many(entries, by=by, at=at, batch_id=batch.public_id if batch else None)
    note_effects(batch, effects=effects)


def _follow_handles(
    ids: Mapping[AccountRef, SocialAccount], *, by: Actor, at: datetime, batch: ImportBatch | None
) -> None:
    """Bring handles and their history up to what the sightings say."""
    sightings: dict[int, list[AccountRef]] = {}
    accounts: dict[int, SocialAccount] = {}
    for ref, account in ids.items():
        if ref.account_id and ref.account_id == account.platform_account_id:
            sightings.setdefault(account.pk, []).append(ref)
            accounts[account.pk] = account
    odd = {
        pk for pk, refs in sightings.items() if any(ref.handle_key != accounts[pk].handle_key for ref in refs)
    }
    if not odd:
        return
    past: dict[int, list[HandleRecord]] = {}
    for one in HandleRecord.objects.filter(account__in=odd):
        past.setdefault(one.account_id, []).append(one)
    records: list[HandleRecord] = []
    renamed: list[tuple[SocialAccount, dict[str, Any]]] = []
    for pk in sorted(odd):
        account, known = accounts[pk], {one.handle_key for one in past.get(pk, [])}
        since = max((one.until_at for one in past.get(pk, []) if one.until_at), default=None)
        refs = sorted(sightings[pk], key=lambda ref: ref.seen_at or at)
        names: dict[str, tuple[AccountRef, datetime]] = {}
        for ref in refs:
            names[ref.handle_key] = (ref, ref.seen_at or at)
        newest = refs[-1]
        before = {"handle": account.handle, "handle_key": account.handle_key, "url": account.url}
        old_key = account.handle_key
        if newest.handle_key not in known | {old_key} and (since is None or (newest.seen_at or at) > since):
            first_seen = next(ref.seen_at or at for ref in refs if ref.handle_key == newest.handle_key)
            records.append(
                HandleRecord(
                    account=account, platform_id=account.platform_id, handle=account.handle, handle_key=old_key, url=account.url,
                    from_at=since, until_at=first_seen,
                )
            )  # fmt: skip
            account.handle, account.handle_key, account.url = newest.handle, newest.handle_key, newest.url
            renamed.append((account, before))
        for handle_key, (ref, last_seen) in names.items():
            if handle_key in known or handle_key in (account.handle_key, old_key):
                continue
            after = next(
                (
                    later.seen_at
                    for later in refs
                    if later.seen_at and later.seen_at > last_seen and later.handle_key != handle_key
                ),
                None,
            )
            records.append(
                HandleRecord(
                    account=account, platform_id=account.platform_id, handle=ref.handle, handle_key=handle_key, url=ref.url,
                    from_at=None, until_at=after or last_seen,
                )
            )  # fmt: skip
    for account, _before in renamed:
        account.revision += 1
        account.updated_at = at
    batch_id = batch.public_id if batch else None
    SocialAccount.objects.bulk_update(
        [account for account, _b in renamed],
        ["handle", "handle_key", "url", "revision", "updated_at"],
        batch_size=500,
    )
    records = HandleRecord.objects.bulk_create(records, batch_size=500)
    record_many(
        [
            Entry("account.renamed", account, changed(before, {name: getattr(account, name) for name in before}), account.line_id)
            for account, before in renamed
        ],
        by=by, at=at, batch_id=batch_id,
    )  # fmt: skip
    note_effects(
        batch, effects=[Effect(account, is_create=False, before=before) for account, before in renamed]
    )
    note_effects(batch, effects=[Effect(one, is_create=True) for one in records])


def _share(ids: Mapping[AccountRef, SocialAccount], *, at: datetime, batch: ImportBatch | None) -> None:
    """Make the lines that name an account of another line its co-owners."""
    wanted = {(account.pk, ref.line_id) for ref, account in ids.items() if ref.line_id != account.line_id}
    if not wanted:
        return
    known = set(
        AccountCoOwner.objects.filter(account__in={pk for pk, _line in wanted}).values_list(
            "account_id", "line_id"
        )
    )
    rows = [AccountCoOwner(account_id=pk, line_id=line_id) for pk, line_id in sorted(wanted - known)]
    rows = AccountCoOwner.objects.bulk_create(rows, batch_size=1000)
    note_effects(batch, effects=[Effect(row, is_create=True) for row in rows])
    note_facts([(row.line_id, "accounts") for row in rows], at=at)
