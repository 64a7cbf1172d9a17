"""Recompute scores: `manage.py recompute [--line CODE | --full] [--as-of DATE] [--inline] [--json]`."""

import datetime as dt
import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from coe.errors import DomainError
from coe.models import BusinessLine
from coe.rules.principals import Actor
from metrics.enums.maturity import RunKind
from metrics.models import MaturityRun
from metrics.services.runs import run_inline, start_run


class Command(BaseCommand):
    help = "Measure and judge all lines, or one line with the lines below and above it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument(
            "--line", metavar="CODE", help="only this line, the lines below it, and what stands above"
        )
        what.add_argument("--full", action="store_true", help="all lines (the default)")
        parser.add_argument(
            "--as-of",
            metavar="DATE",
            help="measure ages as of the end of this day (YYYY-MM-DD); the next run measures today again",
        )
        parser.add_argument(
            "--inline", action="store_true", help="do the work here instead of asking a worker"
        )
        parser.add_argument("--json", action="store_true", help="print the run as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        try:
            as_of = dt.date.fromisoformat(options["as_of"]) if options["as_of"] else None
        except ValueError:
            raise CommandError(
                _("--as-of: %(value)s is no date. Write YYYY-MM-DD.") % {"value": options["as_of"]}
            ) from None
        if as_of and as_of > timezone.localdate(now) + dt.timedelta(days=1):
            raise CommandError(_("--as-of: %(value)s lies in the future.") % {"value": options["as_of"]})
        lines = None
        if options["line"]:
            line = BusinessLine.objects.filter(code_key=options["line"].casefold()).first()
            if line is None:
                raise CommandError(_("There is no line with the code %(code)s.") % {"code": options["line"]})
            lines = list(BusinessLine.objects.below(line).order_by("pk"))
        kind = RunKind.INCREMENTAL if lines is not None else RunKind.FULL
        try:
            run = start_run(
                kind,
                lines=lines,
                as_of=as_of,
                by=Actor.system("recompute"),
                at=now,
                wake=not options["inline"],
            )
        except DomainError as error:
            raise CommandError(error.message) from error
        if options["inline"]:
            run = run_inline(run, at=timezone.now())
        self._tell(run, options["json"])

    def _tell(self, run: MaturityRun, as_json: bool) -> None:
        row = {
            "run": str(run.public_id),
            "kind": run.kind,
            "state": run.state,
            "rubric": str(run.rubric),
            "as_of": run.as_of.isoformat(),
            "lines": run.lines,
            "changed": run.changed,
            "digest": run.digest,
        }
        if as_json:
            self.stdout.write(json.dumps(row))
        else:
            self.stdout.write("\n".join(f"{key}: {value}" for key, value in row.items()))
