"""From the texts of a row to values of a record's fields, with a problem for each cell that cannot be read."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from django.utils.translation import gettext as _

from coe.errors import Problem
from coe.intake.errors import IntakeError
from coe.intake.values import parse_bool, parse_date, parse_int_exact, parse_list, parse_moment, parse_text
from coe.services.reading import as_problem

Parser = Callable[[Any], Any]


def text(value: Any) -> str:
    """A text."""
    return parse_text(str(value))


def truth(value: Any) -> bool:
    """A yes or a no."""
    return value if isinstance(value, bool) else parse_bool(str(value))


def whole(value: Any) -> int:
    """A whole number."""
    return value if isinstance(value, int) else parse_int_exact(str(value))


def day(value: Any) -> date:
    """A date."""
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else parse_date(str(value))


def moment(value: Any) -> datetime:
    """An instant; a plain date is its first minute, a time without zone is UTC."""
    if isinstance(value, datetime):
        found = value
    elif isinstance(value, date):
        found = datetime.combine(value, time(0), UTC)
    else:
        found = parse_moment(str(value))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def words(value: Any) -> tuple[str, ...]:
    """A list of texts."""
    if isinstance(value, (list, tuple)):
        return tuple(dict.fromkeys(str(one).strip() for one in value if str(one).strip()))
    return parse_list(str(value))


def read_cells(
    record: Mapping[str, Any], *, parsers: Mapping[str, Parser], blanks: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Problem]]:
    """Parse the fields a record has. A blank cell is the field's blank value, or left alone when it has none."""
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, parser in parsers.items():
        if name not in record:
            continue
        raw = record[name]
        if raw is None or raw == "" or raw == [] or raw == ():
            if name in blanks:
                values[name] = blanks[name]
            continue
        try:
            values[name] = parser(raw)
        except IntakeError as error:
            one = as_problem(error)
            problems.append(Problem(name, one.code, one.message))
        except (TypeError, ValueError):
            problems.append(
                Problem(name, "not_understood", _("“%(value)s” cannot be read.") % {"value": str(raw)[:80]})
            )
    return values, problems
