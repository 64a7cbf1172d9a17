"""What the rows of a file of observations mean. Lines, accounts and metrics come to be on the way as far as mapping and importer allow."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from django.utils.translation import gettext as _

from coe import handles
from coe.errors import Problem
from coe.intake.errors import IntakeError
from coe.intake.values import to_scaled
from coe.models import BusinessLine, Platform
from coe.services.account_register import AccountRef, ensure_accounts, owners_like
from coe.services.importing import ImportContext, InputRow
from coe.services.line_codes import NewLine, line_code, line_key
from coe.services.lines import ensure_lines
from coe.services.platforms import catalogue, ensure_platforms
from coe.services.reading import as_problem, told_unidentified
from metrics.models import Metric
from metrics.services.dictionary import ensure_metrics, shipped_metrics
from metrics.services.observing import NewObservation, problem_of

_ACCOUNT = ("platform", "handle", "url", "platform_account_id")


@dataclass
class Part:
    """One record of one row on its way to an observation."""

    row: int
    values: Mapping[str, Any]
    only_account: bool = False
    line_id: int | None = None
    ref: AccountRef | None = None
    account_id: int | None = None
    observation: NewObservation | None = None


@dataclass
class Chunk:
    """A chunk at work: its parts, and the rows that are out with their reasons."""

    parts: list[Part]
    problems: dict[int, list[Problem]] = field(default_factory=dict)

    def refuse(self, part: Part, where: str, code: str, message: str) -> None:
        """Take a row out."""
        self.problems.setdefault(part.row, []).append(Problem(where, code, message))

    def left(self) -> list[Part]:
        """Parts of rows that are still in."""
        return [part for part in self.parts if part.row not in self.problems]


def read_parts(ctx: ImportContext, rows: Sequence[InputRow]) -> Chunk:
    """Find, or let come to be, what some rows speak of, and read their values. Stores none of these."""
    chunk = Chunk(
        [
            Part(row.number, one.fields, one.kind != "observations" or bool(row.skip))
            for row in rows
            for one in row.records
        ]
    )
    _metrics(ctx, chunk)
    _lines(ctx, chunk)
    _identify(ctx, chunk)
    _accounts(ctx, chunk)
    for part in chunk.left():
        if not part.only_account:
            _observation(ctx, chunk, part)
    return chunk


def _metrics(ctx: ImportContext, chunk: Chunk) -> None:
    """Know the metrics. Shipped ones come to be when a file speaks of them; others only if the mapping says so."""
    if "metrics" not in ctx.memo:
        ctx.memo["metrics"] = {metric.code: metric for metric in Metric.objects.all()}
    known = ctx.memo["metrics"]
    wanted = (
        {str(part.values.get("metric") or "").strip() for part in chunk.parts if not part.only_account}
        - {""}
        - set(known)
    )
    if not wanted:
        return
    shipped = {entry["code"]: entry for entry in shipped_metrics()}
    codes: dict[str, Mapping[str, Any]] = {}
    for code in sorted(wanted):
        if code in shipped:
            codes[code] = {
                **{key: value for key, value in shipped[code].items() if key != "code"},
                "is_builtin": True,
            }
        elif (
            ctx.creates_metrics
            and code.replace("_", "").isalnum()
            and code.isascii()
            and code == code.lower()
            and len(code) <= 60
        ):
            codes[code] = {}
    known.update(ensure_metrics(codes, by=ctx.by, at=ctx.at, batch=ctx.batch))


def _key_of(part: Part) -> str:
    return str(part.values.get("line") or part.values.get("line_name") or "").strip()


def _lines(ctx: ImportContext, chunk: Chunk) -> None:
    """Find the lines of the rows, or let them come to be."""
    if "lines" not in ctx.memo:
        known: dict[str, int] = {}
        for pk, key, name in BusinessLine.objects.order_by("-pk").values_list("pk", "code_key", "name"):
            known[" ".join(name.casefold().split())] = pk
            known[key] = pk
        by_code = dict(BusinessLine.objects.values_list("code_key", "pk"))
        ctx.memo["lines"] = {**known, **by_code}
    known = ctx.memo["lines"]
    fresh: dict[str, Part] = {}
    for part in chunk.parts:
        text = _key_of(part)
        if text and _known_line(known, text) is None:
            fresh.setdefault(line_key(text), part)
    if fresh and ctx.creates_lines:
        parents = {
            str(part.values["line_parent"]): str(
                part.values.get("line_parent_name") or part.values["line_parent"]
            )
            for part in fresh.values()
            if part.values.get("line_parent")
        }
        above = ensure_lines(
            [NewLine(line_code(code), name) for code, name in parents.items()], by=ctx.by, at=ctx.at, batch=ctx.batch
        ).ids if parents else {}  # fmt: skip
        made = ensure_lines(
            [_new_line(part, above) for key, part in fresh.items() if key],
            by=ctx.by,
            at=ctx.at,
            batch=ctx.batch,
        )
        known.update({line_key(code): pk for code, pk in [*made.ids.items(), *above.items()]})
    for part in chunk.parts:
        text = _key_of(part)
        part.line_id = _known_line(known, text) if text else None
        if text and (part.line_id is None or not ctx.allows(part.line_id)):
            message = _("“%(line)s” is not a line you may import for.") % {"line": text}
            chunk.refuse(part, "line", "line_outside_scope", message)


def _known_line(known: Mapping[str, int], text: str) -> int | None:
    return known.get(line_key(text)) or known.get(" ".join(text.casefold().split()))


def _new_line(part: Part, above: Mapping[str, int]) -> NewLine:
    parent = part.values.get("line_parent")
    return NewLine(
        line_code(_key_of(part)), str(part.values.get("line_name") or _key_of(part)),
        **({"kind": part.values["line_kind"]} if part.values.get("line_kind") else {}),
        parent_id=above.get(line_code(str(parent))) if parent else None,
    )  # fmt: skip


def _identify(ctx: ImportContext, chunk: Chunk) -> None:
    """Tell which account each part means, by its address alone."""
    if "catalogue" not in ctx.memo:
        if not Platform.objects.exists():
            ensure_platforms(by=ctx.by, at=ctx.at)
        ctx.memo["catalogue"] = catalogue()
        ctx.memo["platforms"] = dict(Platform.objects.values_list("code", "pk"))
        ctx.memo.update(accounts={}, owners={}, handles={}, seen={})
    by_line = ctx.mapping.key_by_line
    for part in chunk.left():
        values = part.values
        if not any(values.get(name) for name in _ACCOUNT):
            continue
        account_id = str(values.get("platform_account_id") or "").strip()
        found = handles.identify(
            ctx.memo["catalogue"], platform=str(values.get("platform") or ""), handle=str(values.get("handle") or ""),
            url=str(values.get("url") or ""), line=line_code(_key_of(part)), key_by_line=by_line,
        )  # fmt: skip
        if found.account is None:
            if not part.only_account:
                field = {"platform_unknown": "platform", "url_not_understood": "url"}.get(
                    found.problem, "handle"
                )
                told = told_unidentified(found.problem, dict(found.params), ctx.memo["catalogue"])
                chunk.refuse(part, field, found.problem, told)
            continue
        seen = values.get("observed_at") or values.get("date")
        part.ref = AccountRef(
            found.account.platform, found.account.handle, found.account.normalised, part.line_id or 0,
            url=found.account.canonical_url or str(values.get("url") or ""), account_id=account_id or found.account.account_id,
            display_name=str(values.get("display_name") or values.get("account_name") or ""),
            seen_at=_moment(seen) if account_id else None,
        )  # fmt: skip


def _moment(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value
    return datetime.combine(value, time(0), UTC) if isinstance(value, date) else None


def _accounts(ctx: ImportContext, chunk: Chunk) -> None:
    """Find the accounts, or register them; each account once a chunk, and not again where nothing can have changed."""
    known, owners = ctx.memo["accounts"], ctx.memo["owners"]
    parts_of: dict[tuple[Any, ...], list[Part]] = {}
    names: dict[tuple[str, str], set[str]] = {}
    for part in chunk.left():
        if ref := part.ref:
            parts_of.setdefault((ref.platform, ref.handle_key, ref.account_id, ref.line_id), []).append(part)
            if ref.account_id:
                names.setdefault((ref.platform, ref.account_id), set()).add(ref.handle_key)
    wanted: dict[tuple[Any, ...], list[Part]] = {}
    for key, parts in parts_of.items():
        # A handle seen again says nothing new; another one for the same id is a rename, whose days must be told anew.
        latest = ctx.memo["handles"].get((key[0], key[2]), key[1])
        if key in known and latest == key[1] and len(names.get((key[0], key[2]), ())) < 2:
            for part in parts:
                part.account_id = known[key]
            continue
        sightings = sorted(
            parts, key=lambda part: part.ref.seen_at.timestamp() if part.ref and part.ref.seen_at else 0.0
        )
        last = sightings[-1].ref
        for part in parts:
            first = part is sightings[0] and part.ref != last
            wanted.setdefault((*key, "first") if first else key, []).append(part)
        # The newest sighting speaks for all that are not the first one.
        wanted[key].sort(key=lambda part: part.ref != last)
        if key[2]:
            seen = max(
                (at.timestamp() for part in parts if part.ref and (at := part.ref.seen_at)), default=0.0
            )
            if seen >= ctx.memo["seen"].get((key[0], key[2]), 0.0):
                ctx.memo["seen"][key[0], key[2]] = seen
                ctx.memo["handles"][key[0], key[2]] = key[1]
    if not wanted:
        return
    everywhere = ctx.allowed is None
    existing = _registered(ctx, [parts[0].ref for parts in wanted.values() if parts[0].ref])
    asked: dict[tuple[Any, ...], list[Part]] = {}
    for key, parts in wanted.items():
        ref = parts[0].ref
        owner = (
            existing.get((ref.platform, ref.handle_key)) or existing.get((ref.platform, "id", ref.account_id))
            if ref
            else None
        )
        for part in parts:
            if owner is not None and not ctx.allows(owner[1]):
                message = _("The account belongs to a line you may not import for.")
                chunk.refuse(part, "handle", "account_outside_scope", message)
            elif not ref or (ref.line_id == 0 and owner is None):
                chunk.refuse(
                    part, "line", "required", _("The account is not registered; name the line it belongs to.")
                )
            elif owner is None and not (ctx.mapping.create["accounts"] and ctx.may_register(ref.line_id)):
                chunk.refuse(
                    part,
                    "handle",
                    "account_unknown",
                    _("This account is not in the register; register it first."),
                )
            elif owner is not None and _is_settled(ctx, ref, owner[1]):
                part.account_id = owner[0]
                owners[owner[0]] = owner[1]
            else:
                asked.setdefault(key, []).append(part)
    if not asked:
        return
    done = ensure_accounts(
        [parts[0].ref for parts in asked.values() if parts[0].ref],
        by=ctx.by,
        at=ctx.at,
        batch=ctx.batch,
        share=everywhere,
    )
    owners.update(done.lines)
    for key, parts in asked.items():
        ref = parts[0].ref
        for part in parts:
            if ref in done.problems:
                one = done.problems[ref]
                chunk.refuse(part, one.field, one.code, one.message)
            else:
                part.account_id = done.ids[ref]
        if ref in done.ids:
            known[key[:4]] = done.ids[ref]


def _is_settled(ctx: ImportContext, ref: AccountRef, owner: int) -> bool:
    """Whether nothing is to be ensured: no other line that names the account, and no id that might tell of a rename."""
    return ref.line_id == 0 or not ctx.may_register(owner) or (ref.line_id == owner and not ref.account_id)


def _registered(ctx: ImportContext, refs: Iterable[AccountRef]) -> dict[tuple[Any, ...], tuple[int, int]]:
    """(account, owning line) of the accounts that are there already, by handle and by the platform's own id."""
    ids = ctx.memo["platforms"]
    codes = {pk: code for code, pk in ids.items()}
    listed = [ref for ref in refs if ref.platform in ids]
    found: dict[tuple[Any, ...], tuple[int, int]] = {}
    for (platform, key), row in owners_like((ids[ref.platform], ref.handle_key) for ref in listed).items():
        found[codes[platform], key] = row
    pairs = [(ids[ref.platform], ref.account_id) for ref in listed if ref.account_id]
    for (platform, key), row in owners_like(pairs, by_id=True).items() if pairs else ():
        found[codes[platform], "id", key] = row
    return found


def _observation(ctx: ImportContext, chunk: Chunk, part: Part) -> None:
    """Read metric, day and numbers of a part."""
    values = part.values
    code = str(values.get("metric") or "").strip()
    metric = ctx.memo["metrics"].get(code)
    on = values.get("date")
    if not isinstance(on, date):
        chunk.refuse(part, "date", "required", _("A date is needed."))
        return
    numbers: dict[str, int | None] = {}
    for name in ("value", "numerator", "denominator"):
        raw = values.get(name)
        if raw is None or raw == "":
            continue
        try:
            numbers[name] = to_scaled(str(raw), metric.scale if metric else 0, "plain")
        except IntakeError as error:
            one = as_problem(error)
            chunk.refuse(part, name, one.code, one.message)
            return
    line_id = None if part.account_id is not None else part.line_id
    made = NewObservation(
        code,
        on.date() if isinstance(on, datetime) else on,
        account_id=part.account_id,
        line_id=line_id,
        **numbers,
    )
    if problem := problem_of(made, metric, at=ctx.at):
        chunk.refuse(part, problem.field, problem.code, problem.message)
        return
    part.observation = made
