"""A scorecard on the terminal: `manage.py scorecard LINE [--as-of DATE] [--json]`."""

import dataclasses
import datetime as dt
import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from coe.models import BusinessLine
from coe.rules.principals import Principal
from metrics.selectors.cards import LineScorecard
from metrics.selectors.scorecards import line_scorecard


class Command(BaseCommand):
    help = "Show the scorecard of a line, as known now or at the end of an earlier day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("line", metavar="LINE", help="the line's code")
        parser.add_argument("--as-of", metavar="DATE", help="YYYY-MM-DD")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            as_of = dt.date.fromisoformat(options["as_of"]) if options["as_of"] else None
        except ValueError:
            raise CommandError(
                _("--as-of: %(value)s is no date. Write YYYY-MM-DD.") % {"value": options["as_of"]}
            ) from None
        line = BusinessLine.objects.filter(code_key=options["line"].casefold()).first()
        if line is None:
            raise CommandError(_("There is no line with the code %(code)s.") % {"code": options["line"]})
        card = line_scorecard(line, Principal.system("scorecard"), timezone.now(), as_of)
        if options["json"]:
            self.stdout.write(json.dumps(as_json(card), default=str))
        else:
            self._show(card)

    def _show(self, card: LineScorecard) -> None:
        self.stdout.write(f"{card.line} · {card.title} · {card.as_of}")
        if not card.is_scored or card.overall is None:
            self.stdout.write(_("Nothing is scored yet. Run: manage.py recompute --full --inline"))
            return
        for cell in (card.overall, *card.dimensions):
            self.stdout.write(
                f"{cell.name:32} {cell.letter:2} {cell.level_name:24} {'' if cell.points is None else cell.points:>4}"
            )
        for row in card.criteria:
            counts = "" if row.denominator is None else f"{row.numerator}/{row.denominator}"
            self.stdout.write(
                f"{row.code:8} {row.verdict:15} {row.value:>8} {row.threshold:>8} {counts:>12}  {row.statement}"
            )
        for step in card.steps:
            self.stdout.write(f"→ {step.code}: {step.remedy}")


def as_json(card: LineScorecard) -> dict[str, Any]:
    """The scorecard as plain data; records are told by code and version."""
    row = {field.name: getattr(card, field.name) for field in dataclasses.fields(card)}
    row["line"] = card.line.code if card.line else None
    row["rubric"] = str(card.rubric) if card.rubric else None
    row["overall"] = dataclasses.asdict(card.overall) if card.overall else None
    for name in ("dimensions", "criteria", "steps", "bands", "trend"):
        row[name] = [dataclasses.asdict(item) for item in getattr(card, name)]
    return row
