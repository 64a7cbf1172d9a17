"""Query strings: search, filters, lines, order. What nobody knows is refused, so that a typing error never returns everything."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from coe.api.base.fields import Filter, Relation, Resource
from coe.errors import Invalid, Problem
from coe.models import BusinessLine
from coe.rules.principals import Principal
from coe.rules.scope import lines_in_scope
from coe.services.line_codes import line_key

GENERAL = frozenset(
    {"limit", "offset", "cursor", "fields", "omit", "q", "ordering", "format", "line", "line_subtree"}
)
_RANGE = {"gt": "__gt", "gte": "__gte", "lt": "__lt", "lte": "__lte"}
SUFFIXES: dict[str, dict[str, str]] = {
    "string": {"in": "__in", "ic": "__icontains", "isw": "__istartswith", "empty": ""},
    "integer": {"in": "__in", **_RANGE, "empty": "__isnull"},
    "date": {**_RANGE, "empty": "__isnull"},
    "datetime": {**_RANGE, "empty": "__isnull"},
    "boolean": {},
    "uuid": {"in": "__in"},
}
_TRUE, _FALSE = {"true", "1", "yes"}, {"false", "0", "no"}


def _bad(name: str, code: str, message: str) -> Invalid:
    return Invalid.one(name, code, message)


def _truth(name: str, text: str) -> bool:
    if text.lower() in _TRUE | _FALSE:
        return text.lower() in _TRUE
    raise _bad(name, "boolean_expected", _("Write true or false."))


def value_of(kind: str, name: str, text: str, declared: Filter | None = None) -> Any:
    """A text of the query string as a value of its kind.

    :raises Invalid: it is none.
    """
    if "\x00" in text:
        raise _bad(name, "control_character", _("The value holds an invisible control character."))
    try:
        match kind:
            case "integer":
                if not -(2**31) <= int(text) < 2**31:
                    raise ValueError
                return int(text)
            case "boolean":
                return _truth(name, text)
            case "uuid":
                return UUID(text)
            case "date":
                return dt.date.fromisoformat(text)
            case "datetime":
                return moment(text)
    except ValueError as error:
        message = _("“%(text)s” is no %(kind)s.") % {"text": text[:80], "kind": kind}
        raise _bad(name, f"{kind}_expected", message) from error
    if declared is not None and declared.choices is not None and text not in declared.choices.values:
        message = _("“%(text)s” is not known here. Known: %(known)s.") % {
            "text": text[:80],
            "known": ", ".join(str(v) for v in declared.choices.values),
        }
        raise _bad(name, "choice_unknown", message)
    return declared.fold(text) if declared is not None and declared.fold is not None else text


def moment(text: str) -> dt.datetime:
    """An instant: RFC 3339, or a day (its end, in the reader's zone).

    :raises ValueError: it is neither.
    """
    # A “+” that nobody escaped arrives as a space.
    found = parse_datetime(text.replace(" ", "+") if text.count(" ") == 1 and "T" in text else text)
    if found is None:
        day = parse_date(text)
        if day is None:
            raise ValueError(text)
        found = dt.datetime.combine(day, dt.time.max)
    aware = timezone.make_aware(found) if timezone.is_naive(found) else found
    try:
        # The first and the last day of the calendar have no UTC in some zones.
        return aware.astimezone(dt.UTC)
    except OverflowError as error:
        raise ValueError(text) from error


def _values(declared: Filter, name: str, suffix: str, texts: list[str]) -> list[Any]:
    if suffix == "in":
        texts = [part for text in texts for part in text.split(",") if part]
    # Part of a word need not be a whole choice.
    chosen = declared if suffix in ("", "in") else None
    return [value_of(declared.kind, name, text, chosen) for text in texts]


def _check_known(
    declared: Filter,
    relation: Relation,
    name: str,
    values: list[Any],
    rows: QuerySet[Any],
    principal: Principal,
) -> None:
    """Refuse what names no record that the caller may know: one of the relation, or one that a row of the list has."""
    for asked, column in ((relation.rows(principal), relation.column), (rows, declared.lookup)):
        if values:
            found = asked.filter(**{f"{column}__in": values}).order_by().values_list(column, flat=True)
            known = set(found.distinct())
            values = [value for value in values if value not in known]
    problems = tuple(
        Problem(
            name, f"{declared.name}_unknown", _("“%(text)s” is not known here.") % {"text": str(value)[:80]}
        )
        for value in values
    )
    if problems:
        raise Invalid(problems[0].message, problems=problems)


def _condition(declared: Filter, name: str, suffix: str, texts: list[str]) -> Q:
    if suffix == "empty":
        wanted = _truth(name, texts[-1])
        condition = (
            Q(**{declared.lookup: ""})
            if declared.kind == "string"
            else Q(**{f"{declared.lookup}__isnull": True})
        )
        return condition if wanted else ~condition
    values = _values(declared, name, suffix, texts)
    if suffix in ("", "in"):
        return (
            Q(**{f"{declared.lookup}__in": values}) if len(values) != 1 else Q(**{declared.lookup: values[0]})
        )
    condition = Q()
    for value in values:
        condition |= Q(**{declared.lookup + SUFFIXES[declared.kind][suffix]: value})
    return condition


def line_condition(resource: Resource, name: str, codes: list[str]) -> Q:
    """Rows of these lines (`line`), or of these lines and all below them (`line_subtree`)."""
    keys = [line_key(code) for text in codes for code in text.split(",")]
    lookup = "code_key__in" if name == "line" else "ancestor_links__ancestor__code_key__in"
    condition = Q(**{f"{resource.line}__{lookup}" if resource.line else lookup: keys})
    return (
        condition
        if resource.also_line is None
        else condition | Q(**{f"{resource.also_line}__{lookup}": keys})
    )


def lines_named(principal: Principal, name: str, texts: list[str]) -> QuerySet[BusinessLine]:
    """The lines in the caller's scope that a `line` or `line_subtree` parameter means."""
    keys = [line_key(code) for text in texts for code in text.split(",")]
    lookup = "code_key__in" if name == "line" else "ancestor_links__ancestor__code_key__in"
    return lines_in_scope(principal).filter(**{lookup: keys})


def narrowed(
    resource: Resource,
    rows: QuerySet[Any],
    asked: QueryDict,
    *,
    principal: Principal,
    extra: frozenset[str] = frozenset(),
) -> QuerySet[Any]:
    """The rows a query string asks for, in its order.

    :raises Invalid: a parameter, a value or a field to sort by is unknown.
    """
    known, everything = {f.name: f for f in resource.filters}, rows
    for parameter in asked:
        texts = asked.getlist(parameter)
        if parameter in ("line", "line_subtree") and resource.on_lines is not None:
            rows = rows.filter(resource.on_lines(lines_named(principal, parameter, texts)))
            continue
        if parameter in ("line", "line_subtree") and resource.line is not None:
            rows = rows.filter(line_condition(resource, parameter, texts))
            if parameter == "line_subtree" and len(texts) + texts[0].count(",") > 1:
                rows = rows.distinct()
            continue
        if parameter in extra or (parameter in GENERAL and parameter not in ("line", "line_subtree")):
            continue
        name, _sep, suffix = parameter.partition("__")
        declared = known.get(name)
        if declared is None or (suffix and suffix not in SUFFIXES[declared.kind]):
            offered = sorted([*known, *(("line", "line_subtree") if resource.has_lines else ())])
            message = _("“%(name)s” is no filter of this list. Known: %(known)s.") % {
                "name": parameter[:80],
                "known": ", ".join(offered),
            }
            raise _bad(parameter[:80], "parameter_unknown", message)
        if declared.relation is not None and suffix in ("", "in"):
            values = _values(declared, parameter, suffix, texts)
            _check_known(declared, declared.relation, parameter, values, everything, principal)
        rows = rows.filter(_condition(declared, parameter, suffix, texts))
    if (words := asked.get("q", "").strip()) and resource.search is not None:
        rows = rows.filter(resource.search(value_of("string", "q", words)))
    return rows.order_by(*_order(resource, asked.get("ordering", "")))


def _order(resource: Resource, text: str) -> list[str]:
    if not text:
        return [*resource.default, "pk"] if resource.default != ("pk",) else ["pk"]
    known, order = resource.ordering or {}, []
    for word in text.split(","):
        lookup = known.get(word.lstrip("-"))
        if lookup is None:
            message = _("Nothing to sort by “%(name)s”. Known: %(known)s.") % {
                "name": word[:80],
                "known": ", ".join(sorted(known)),
            }
            raise _bad("ordering", "field_unknown", message)
        order.append(f"-{lookup}" if word.startswith("-") else lookup)
    return [*order, "pk"]


def check_lines(principal: Principal, asked: QueryDict) -> None:
    """Refuse a line filter that names no line in scope: an empty answer would look like an empty line.

    :raises Invalid: names each unknown code.
    """
    codes = [
        (name, code)
        for name in ("line", "line_subtree")
        for text in asked.getlist(name)
        for code in text.split(",")
    ]
    if not codes:
        return
    found = set(
        lines_in_scope(principal)
        .filter(code_key__in=[line_key(code) for _name, code in codes])
        .values_list("code_key", flat=True)
    )
    problems = tuple(
        Problem(name, "line_unknown", _("No line “%(code)s” in your scope.") % {"code": code[:80]})
        for name, code in codes
        if line_key(code) not in found
    )
    if problems:
        raise Invalid(problems[0].message, problems=problems)
