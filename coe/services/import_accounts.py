"""Importing accounts: a fixed number of statements a chunk for new ones, one service call for each that changed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _, gettext_lazy

from coe import handles
from coe.enums.accounts import ENDED_STATES, TRANSITIONS, AccountState
from coe.enums.lines import LineStatus
from coe.enums.roles import Permission
from coe.enums.work import RowOutcome
from coe.errors import DomainError, Problem
from coe.models import AccountCoOwner, BusinessLine, HandleRecord, Platform, SocialAccount
from coe.rules.scope import people_to_name
from coe.services.account_register import NewAccount, create_accounts, registered_like
from coe.services.account_values import PEOPLE, clean_account
from coe.services.accounts import edit_account, rename_handle, set_co_owners, transition
from coe.services.effects import Effect, note_effects
from coe.services.import_cells import day, moment, read_cells, text, truth, whole, words
from coe.services.importing import ImportContext, ImportKind, InputRow, RowResult
from coe.services.line_codes import NewLine, line_key
from coe.services.lines import ensure_lines
from coe.services.people import people_by_email
from coe.services.platforms import catalogue
from coe.services.reading import told_unidentified
from coe.services.tags import tag_key

FIELDS = (
    "platform", "handle", "url", "line", "co_owners", "display_name", "platform_account_id", "state", "kind", "tier", "purpose",
    "audience", "languages", "tags", "notes", "primary_owner", "backup_owner", "emergency_contact", "publish_method", "custody_kind",
    "vault_reference", "recovery_email", "recovery_kind", "mfa_state", "mfa_method", "mfa_verified_on", "app_review_on",
    "allows_comments", "comment_policy_url", "retention_class", "archive_method", "is_regulated", "is_service", "last_post_at",
    "planned_cadence_days", "dormancy_limit_days", "dormant_decision", "dormant_decision_on", "opened_on", "previous_handles",
)  # fmt: skip
_TEXTS = (
    "display_name", "platform_account_id", "kind", "purpose", "audience", "notes", "publish_method", "custody_kind", "vault_reference",
    "recovery_email", "recovery_kind", "mfa_state", "mfa_method", "comment_policy_url", "retention_class", "archive_method",
    "dormant_decision",
)  # fmt: skip
_DAYS = ("mfa_verified_on", "app_review_on", "dormant_decision_on", "opened_on")
_PARSERS = {
    **dict.fromkeys(_TEXTS, text), **dict.fromkeys(_DAYS, day), **dict.fromkeys(PEOPLE, text), "tier": whole, "languages": words,
    "tags": words, "allows_comments": truth, "is_regulated": truth, "is_service": truth, "last_post_at": moment,
    "planned_cadence_days": whole, "dormancy_limit_days": whole, "state": text, "co_owners": words, "co_owner_names": words,
    "previous_handles": words,
}  # fmt: skip
_BLANKS = {
    **{name: "" for name in _TEXTS if name not in ("kind", "mfa_state")}, **dict.fromkeys(_DAYS), **dict.fromkeys(PEOPLE, ""),
    "languages": (), "tags": (), "last_post_at": None, "planned_cadence_days": None, "dormancy_limit_days": None, "co_owners": (),
}  # fmt: skip
_OWN = ("tags", "state", "co_owners", "co_owner_names", "previous_handles")


@dataclass
class _Wanted:
    """One account that a row wants."""

    row: InputRow
    fields: dict[str, Any]
    values: dict[str, Any]
    parsed: handles.ParsedHandle
    problems: list[Problem] = field(default_factory=list)
    line: BusinessLine | None = None
    outcome: RowOutcome = RowOutcome.UNCHANGED


def import_accounts(ctx: ImportContext, rows: Sequence[InputRow]) -> list[RowResult]:
    """Register accounts that nobody knows and bring the others up to what the file says."""
    problems: dict[int, list[Problem]] = {row.number: [] for row in rows}
    memo = ctx.memo
    if "catalogue" not in memo:
        memo.update(
            catalogue=catalogue(), platforms={one.code: one for one in Platform.objects.all()}, seen={}
        )
    repeats: dict[int, list[int]] = {}
    wanted = [
        one
        for row in rows
        for record in row.records
        if (one := _read(ctx, row, record.fields, problems[row.number], repeats))
    ]
    _place(ctx, wanted, problems)
    wanted = [one for one in wanted if not problems[one.row.number]]
    _people(ctx, wanted, problems)
    _clean(wanted, problems)
    wanted = [one for one in wanted if not problems[one.row.number]]
    _write(ctx, wanted, problems)
    outcomes: dict[int, set[RowOutcome]] = {}
    for one in wanted:
        outcomes.setdefault(one.row.number, set()).add(one.outcome)
    results = []
    for row in rows:
        if problems[row.number]:
            unique = {(one.field, one.code, one.message): one for one in problems[row.number]}
            results.append(ctx.rejected(row, *unique.values()))
        elif row.skip:
            results.append(ctx.skipped(row))
        elif row.records and len(repeats.get(row.number, ())) == len(row.records):
            results.append(ctx.repeated(row, repeats[row.number][0]))
        else:
            found = outcomes.get(row.number, set())
            best = next(
                (name for name in (RowOutcome.CREATED, RowOutcome.UPDATED) if name in found),
                RowOutcome.UNCHANGED,
            )
            results.append(RowResult(row.number, best))
    return results


def _read(
    ctx: ImportContext, row: InputRow, fields: dict[str, Any], problems: list[Problem], repeats: dict[int, list[int]]
) -> _Wanted | None:  # fmt: skip
    values, wrong = read_cells(fields, parsers=_PARSERS, blanks=_BLANKS)
    found = handles.identify(
        ctx.memo["catalogue"], platform=str(fields.get("platform") or ""), handle=str(fields.get("handle") or ""),
        url=str(fields.get("url") or ""), line=str(fields.get("line") or ""), key_by_line=ctx.mapping.key_by_line,
    )  # fmt: skip
    if found.account is None or found.account.platform not in ctx.memo["platforms"]:
        code = found.problem or "platform_unknown"
        field_name = {"url_not_understood": "url", "platform_unknown": "platform"}.get(code, "handle")
        params = dict(found.params) or {"value": found.account.platform if found.account else ""}
        wrong.append(Problem(field_name, code, told_unidentified(code, params, ctx.memo["catalogue"])))
    if wrong or found.account is None:
        problems += wrong
        return None
    key = (found.account.platform, found.account.normalised)
    first = ctx.memo["seen"].get(key)
    if first is not None and first[1] != fields:
        message = _(
            "Row %(row)s claims %(handle)s as well, with other values: %(fields)s. The earlier row counts; keep one row for the account, "
            "and name further lines as co-owners."
        ) % {
            "row": first[0],
            "handle": found.account.handle,
            "fields": ", ".join(_differing(first[1], fields)),
        }
        problems.append(Problem("handle", "doubled_row", message))
        return None
    if first is not None:
        repeats.setdefault(row.number, []).append(first[0])
        return None
    ctx.memo["seen"][key] = (row.number, fields)
    return _Wanted(row, fields, values, found.account)


def _differing(first: dict[str, Any], second: dict[str, Any]) -> list[str]:
    return [name for name in {**first, **second} if first.get(name) != second.get(name)]


def _place(ctx: ImportContext, wanted: list[_Wanted], problems: dict[int, list[Problem]]) -> None:
    """Find the lines that rows name, create them where the mapping says so, and keep to the importer's scope."""
    texts: dict[str, NewLine] = {}
    parents: dict[str, NewLine] = {}
    for one in wanted:
        if code := str(one.fields.get("line_parent") or ""):
            parents.setdefault(
                code, NewLine(code, str(one.fields.get("line_parent_name") or ""), is_spoke=False)
            )
        if code := str(one.fields.get("line") or ""):
            texts.setdefault(code, NewLine(code, str(one.fields.get("line_name") or "")))
        names = one.values.get("co_owner_names", ())
        for place, code in enumerate(one.values.get("co_owners", ())):
            texts.setdefault(code, NewLine(code, names[place] if place < len(names) else ""))
    if ctx.creates_lines:
        common = {"by": ctx.by, "at": ctx.at, "batch": ctx.batch}
        above = ensure_lines(parents.values(), **common).ids if parents else {}
        below = {
            str(one.fields.get("line")): above.get(str(one.fields.get("line_parent") or "")) for one in wanted
        }
        ensure_lines(
            [NewLine(new.code, new.name, parent_id=below.get(code)) for code, new in texts.items()], **common
        )
    every = list(BusinessLine.objects.order_by("-pk"))
    lines = {" ".join(line.name.casefold().split()): line for line in every}
    by_code = {line.code_key: line for line in every}

    def find(code: str) -> BusinessLine | None:
        line = by_code.get(line_key(code)) or lines.get(" ".join(code.casefold().split()))
        return line if line is not None and (ctx.allows(line.pk) or ctx.creates_lines) else None

    for one in wanted:
        code = str(one.fields.get("line") or "")
        one.line = find(code) if code else None
        if code and one.line is None:
            problems[one.row.number] += ctx.outside(one.row, name=code).problems
        if one.line is not None and one.line.status == LineStatus.ARCHIVED:
            problems[one.row.number].append(
                Problem("line", "line_archived", _("%(name)s is archived.") % {"name": one.line})
            )
        if "co_owners" in one.values:
            found = [(code, find(code)) for code in one.values["co_owners"]]
            for code, line in found:
                if line is None:
                    problems[one.row.number] += ctx.outside(one.row, field="co_owners", name=code).problems
            own = one.line.pk if one.line else None
            one.values["co_owners"] = {
                line.pk: line for _code, line in found if line is not None and line.pk != own
            }


def _people(ctx: ImportContext, wanted: list[_Wanted], problems: dict[int, list[Problem]]) -> None:
    emails = {one.values[name] for one in wanted for name in PEOPLE if one.values.get(name)}
    known = people_by_email(emails, among=people_to_name(ctx.principal))
    for one in wanted:
        for name in PEOPLE:
            if name not in one.values:
                continue
            email = one.values[name].lower()
            one.values[name] = known.get(email)
            if email and email not in known:
                message = (
                    _("%(email)s is not a person of this hub. Import people first.")
                    if ctx.principal.sees_all
                    else _(
                        "You see nobody with the e-mail %(email)s. The hub adds people and gives them roles."
                    )
                ) % {"email": email}
                problems[one.row.number].append(Problem(name, "person_unknown", message))


def _clean(wanted: list[_Wanted], problems: dict[int, list[Problem]]) -> None:
    for one in wanted:
        state = one.values.get("state", "")
        if state:
            match = next(
                (s for s in AccountState if state.casefold() in (s.value, str(s.label).casefold())), None
            )
            if match is None:
                listed = ", ".join(AccountState.values)
                message = _("“%(value)s” is not one of: %(choices)s.") % {"value": state, "choices": listed}
                problems[one.row.number].append(Problem("state", "choice_unknown", message))
            one.values["state"] = match
        if one.parsed.account_id and not one.values.get("platform_account_id"):
            one.values["platform_account_id"] = one.parsed.account_id


def _write(ctx: ImportContext, wanted: list[_Wanted], problems: dict[int, list[Problem]]) -> None:
    platforms = ctx.memo["platforms"]
    keys = {id(one): (platforms[one.parsed.platform].pk, one.parsed.normalised) for one in wanted}
    ids = {
        id(one): (platforms[one.parsed.platform].pk, one.values.get("platform_account_id") or "")
        for one in wanted
    }
    by_key = registered_like(keys.values())
    by_id = registered_like((pair for pair in ids.values() if pair[1]), by_id=True)
    shared: dict[int, set[int]] = {}
    tags: dict[int, set[str]] = {}
    existing = {account.pk for account in (*by_key.values(), *by_id.values())}
    for account_id, line_id in AccountCoOwner.objects.filter(account__in=existing).values_list(
        "account_id", "line_id"
    ):
        shared.setdefault(account_id, set()).add(line_id)
    for account_id, key in SocialAccount.tags.through.objects.filter(socialaccount__in=existing).values_list(
        "socialaccount_id", "tag__key"
    ):
        tags.setdefault(account_id, set()).add(key)
    fresh: list[tuple[_Wanted, NewAccount]] = []
    claimed: set[tuple[int, str]] = set()
    for one in wanted:
        account = by_id.get(ids[id(one)]) if ids[id(one)][1] else None
        other = by_key.get(keys[id(one)])
        try:
            if (
                account is None
                and other is not None
                and ids[id(one)][1]
                and other.platform_account_id not in ("", ids[id(one)][1])
            ):
                message = _(
                    "%(handle)s is registered under another id of the platform; it may have been taken over."
                )
                raise _wrong("handle", "handle_of_another", message % {"handle": one.parsed.handle})
            account = account or other
            if account is None:
                if ids[id(one)][1] and ids[id(one)] in claimed:
                    raise _wrong(
                        "platform_account_id",
                        "duplicate",
                        _("Two accounts cannot have one id of the platform."),
                    )
                claimed.add(ids[id(one)])
                fresh.append((one, _new(one, platforms)))
            else:
                with transaction.atomic():  # a row that fails half-way leaves nothing of itself
                    one.outcome = _bring_up(
                        ctx, one, account, shared.get(account.pk, set()), tags.get(account.pk, set())
                    )
        except DomainError as error:
            problems[one.row.number] += error.problems or (Problem("", error.code, error.message),)
    # A row that asks for several accounts is taken whole or not at all.
    fresh = [(one, new) for one, new in fresh if not problems[one.row.number]]
    made = (
        create_accounts([new for _one, new in fresh], by=ctx.by, at=ctx.at, batch=ctx.batch) if fresh else []
    )
    for one, _new_one in fresh:
        one.outcome = RowOutcome.CREATED
    accounts = list(zip((one for one, _new in fresh), made, strict=True))
    accounts += [
        (one, found)
        for one in wanted
        if (found := by_id.get(ids[id(one)]) or by_key.get(keys[id(one)])) and not problems[one.row.number]
    ]
    _former(ctx, accounts)


def _wrong(field_name: str, code: str, message: str) -> DomainError:
    return DomainError(message, problems=(Problem(field_name, code, message),))


def _plain(one: _Wanted) -> dict[str, Any]:
    return {name: value for name, value in one.values.items() if name not in _OWN}


def _new(one: _Wanted, platforms: dict[str, Platform]) -> NewAccount:
    if one.line is None:
        raise _wrong("line", "required", _("A value is needed."))
    values = {name: value for name, value in _plain(one).items() if value not in (None, "")}
    clean = clean_account({**values, "tags": list(one.values.get("tags", ()))})
    clean.pop("tags")
    state = one.values.get("state") or AccountState.ACTIVE
    if state in ENDED_STATES:
        raise _wrong("state", "state_not_possible", _("A new account cannot be archived or rejected."))
    url = str(one.fields.get("url") or "") or one.parsed.canonical_url
    return NewAccount(
        platforms[one.parsed.platform], one.line.pk, one.parsed.handle, one.parsed.normalised, url=url[:500], state=state, fields=clean,
        co_owner_ids=tuple(one.values.get("co_owners", ())), tags=tuple(one.values.get("tags", ())),
    )  # fmt: skip


def _bring_up(
    ctx: ImportContext, one: _Wanted, account: SocialAccount, shared: set[int], tags: set[str]
) -> RowOutcome:
    if not ctx.allows(account.line_id):
        raise _wrong(
            "handle",
            "line_outside_scope",
            _("%(handle)s is not an account you may change.") % {"handle": one.parsed.handle},
        )
    common = {"by": ctx.by, "at": ctx.at, "batch": ctx.batch}
    revision = account.revision
    if account.handle_key != one.parsed.normalised:
        account = rename_handle(
            account, handle=one.parsed.handle, url=str(one.fields.get("url") or ""), **common
        )
    changes: dict[str, Any] = {}
    for name, value in _plain(one).items():
        if name == "languages":
            value = [code.lower() for code in value]
        if getattr(account, name) != value:
            changes[name] = value
    if one.fields.get("url") and account.url != one.fields["url"]:
        changes["url"] = one.fields["url"]
    if one.line is not None and one.line.pk != account.line_id:
        changes["line"] = one.line
    if "tags" in one.values and {tag_key(tag) for tag in one.values["tags"]} != tags:
        changes["tags"] = list(one.values["tags"])
    if changes:
        account = edit_account(account, changes=changes, **common)
    if "co_owners" in one.values and one.values["co_owners"].keys() - {account.line_id} != shared:
        account = set_co_owners(
            account,
            lines=[line for pk, line in one.values["co_owners"].items() if pk != account.line_id],
            **common,
        )
    if (state := one.values.get("state")) and state != account.state:
        action = next(
            (verb for (start, verb), end in TRANSITIONS.items() if start == account.state and end == state),
            None,
        )
        if action is None:
            message = _("An account that is %(old)s cannot become %(new)s.") % {
                "old": account.get_state_display(),
                "new": state.label,
            }
            raise _wrong("state", "state_not_possible", message)
        account = transition(account, action=action, **common)
    return RowOutcome.UPDATED if account.revision != revision else RowOutcome.UNCHANGED


def _former(ctx: ImportContext, pairs: list[tuple[_Wanted, SocialAccount]]) -> None:
    """Note handles that accounts had, as far as they are not known yet; when each ended the file does not say, so: before now."""
    asked = [(one, account) for one, account in pairs if one.values.get("previous_handles")]
    if not asked:
        return
    known = set(
        HandleRecord.objects.filter(account__in={account.pk for _one, account in asked}).values_list(
            "account_id", "handle_key"
        )
    )
    rows = []
    for one, account in asked:
        entry = ctx.memo["catalogue"].by_code[one.parsed.platform]
        for name in one.values["previous_handles"]:
            key = handles.normalise_handle(entry, name)
            if key is None or key == account.handle_key or (account.pk, key) in known:
                continue
            known.add((account.pk, key))
            rows.append(
                HandleRecord(
                    account=account,
                    platform_id=account.platform_id,
                    handle=name.lstrip("@"),
                    handle_key=key,
                    until_at=ctx.at,
                )
            )
            one.outcome = one.outcome if one.outcome == RowOutcome.CREATED else RowOutcome.UPDATED
    rows = HandleRecord.objects.bulk_create(rows, batch_size=500)
    note_effects(ctx.batch, effects=[Effect(row, is_create=True) for row in rows])


ACCOUNTS = ImportKind("accounts", gettext_lazy("Accounts"), Permission.EDIT_ACCOUNT, FIELDS, import_accounts)
