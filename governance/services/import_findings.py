"""Importing a list of found accounts, as an agency or a brand-protection service sends it."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _, gettext_lazy

from coe import handles
from coe.enums.roles import Permission
from coe.enums.work import RowOutcome
from coe.errors import DomainError, Problem
from coe.intake import FieldDef, register_kind
from coe.models import BusinessLine, Platform
from coe.services.import_cells import moment, read_cells, text
from coe.services.importing import ImportContext, ImportKind, InputRow, RowResult
from coe.services.line_codes import line_key
from coe.services.platforms import catalogue
from governance.models import Finding
from governance.services.findings import Pair, Reported, read_finding, registered, store_findings

FIELDS = ("platform", "handle", "url", "display_name", "line", "description", "found_at")
register_kind(
    "findings",
    (
        FieldDef("platform", "text", ("network", "channel", "site", "plateforme", "réseau")),
        FieldDef("handle", "text", ("account", "username", "user name", "screen name", "identifiant", "compte", "pseudo")),
        FieldDef("url", "text", ("link", "address", "profile url", "adresse", "lien")),
        FieldDef("display_name", "text", ("name", "account name", "title", "nom", "nom affiché")),
        FieldDef("line", "text", ("line code", "business line", "department", "métier", "code du métier")),
        FieldDef("description", "text", ("notes", "remarks", "what was seen", "remarques", "constat")),
        FieldDef("found_at", "moment", ("found", "found on", "date", "detected", "trouvé le", "détecté le")),
    ),
)  # fmt: skip
_PARSERS = {name: moment if name == "found_at" else text for name in FIELDS}
_BLANKS = dict.fromkeys(FIELDS, "") | {"found_at": None}


class _Chunk:
    """What rows refer to, read once: platforms with their rules, and lines."""

    def __init__(self, ctx: ImportContext, read: list[dict[str, Any]]) -> None:
        if "platforms" not in ctx.memo:
            ctx.memo["platforms"] = {row.code: row for row in Platform.objects.all()}
            ctx.memo["catalogue"], ctx.memo["rules"] = catalogue(), {}
        self.platforms: dict[str, Platform] = ctx.memo["platforms"]
        self.catalogue: handles.Catalogue = ctx.memo["catalogue"]
        self.rules: dict[int, handles.Catalogue] = ctx.memo["rules"]
        codes = {line_key(str(values["line"])) for values in read if values.get("line")}
        self.lines = {row.code_key: row for row in BusinessLine.objects.filter(code_key__in=codes)}

    def platform(self, name: str, problems: list[Problem]) -> Platform | None:
        """A platform by code, name or other name."""
        key = name.strip().casefold()
        for row in self.platforms.values():
            if key in (row.code.casefold(), row.name.casefold(), *(one.casefold() for one in row.aliases)):
                return row
        message = _("“%(name)s” is no platform of the catalogue.") % {"name": name[:80]}
        problems.append(Problem("platform", "platform_unknown", message))
        return None


def _reported(
    ctx: ImportContext, chunk: _Chunk, values: dict[str, Any], problems: list[Problem]
) -> Reported | None:
    platform = chunk.platform(values["platform"], problems) if values.get("platform") else None
    line = None
    if values.get("line"):
        line = chunk.lines.get(line_key(values["line"]))
        if line is None or not ctx.allows(line.pk):
            message = _("“%(line)s” is not a line you may import for.") % {"line": values["line"][:80]}
            problems.append(Problem("line", "line_unknown", message))
    found_at = values.get("found_at")
    if found_at is not None and found_at > ctx.at:
        problems.append(Problem("found_at", "in_future", _("An account is not found ahead of its time.")))
    if problems:
        return None
    try:
        return read_finding(
            url=values.get("url", ""),
            handle=values.get("handle", ""),
            platform=platform,
            known=chunk.catalogue,
            rules=chunk.rules,
            platforms=chunk.platforms,
            display_name=values.get("display_name", ""),
            description=values.get("description", ""),
            line=line,
            found_at=found_at,
            found_by=ctx.principal.user,
        )
    except DomainError as error:
        problems.extend(error.problems or (Problem("url", error.code, error.message),))
        return None


def import_findings(ctx: ImportContext, rows: Sequence[InputRow]) -> list[RowResult]:
    """Report accounts; one that was found already is unchanged, one of the register is refused with its page."""
    results: dict[int, RowResult] = {}
    read: list[tuple[InputRow, dict[str, Any], list[Problem]]] = []
    for row in rows:
        if row.skip:
            results[row.number] = ctx.skipped(row)
            continue
        values, problems = read_cells(row.records[0].fields, parsers=_PARSERS, blanks=_BLANKS)
        read.append((row, values, problems))
    chunk = _Chunk(ctx, [values for _row, values, _problems in read])
    wanted: dict[Pair, tuple[InputRow, Reported]] = {}
    for row, values, problems in read:
        one = _reported(ctx, chunk, values, problems)
        if one is None:
            results[row.number] = ctx.rejected(row, *problems)
        elif one.pair in wanted:
            results[row.number] = RowResult(row.number, RowOutcome.UNCHANGED)
        else:
            wanted[one.pair] = (row, one)
    known = registered(list(wanted))
    found = set(
        Finding.objects.filter(handle_key__in=[pair[1] for pair in wanted]).values_list(
            "platform_id", "handle_key"
        )
    )
    fresh: list[Reported] = []
    for pair, (row, one) in wanted.items():
        refusal = known.get(pair)
        if refusal is None:
            fresh.append(one)
            results[row.number] = RowResult(row.number, RowOutcome.CREATED)
        elif pair in found:
            results[row.number] = RowResult(row.number, RowOutcome.UNCHANGED)
        else:
            results[row.number] = ctx.rejected(row, *refusal.problems)
    if fresh:
        store_findings(fresh, by=ctx.by, at=ctx.at, batch=ctx.batch)
    return [results[row.number] for row in rows]


FINDINGS = ImportKind(
    "findings", gettext_lazy("Found accounts"), Permission.RUN_DISCOVERY, FIELDS, import_findings, required=("url|handle",),
)  # fmt: skip
