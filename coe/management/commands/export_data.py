"""`manage.py export_data KIND`: everything of one kind as a file that imports again."""

import sys
import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from coe.errors import DomainError
from coe.models import BusinessLine
from coe.rules.principals import Principal
from coe.services.exporting import FORMATS, export_file
from coe.services.line_codes import line_key


class Command(BaseCommand):
    """Export lines, people, accounts and what upper apps register."""

    help = "Export records as CSV, XLSX or JSON, to a file or to the standard output."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind")
        parser.add_argument("--format", default="", choices=["", *FORMATS])
        parser.add_argument("--line", default="", help="code of a line; the lines below it are included")
        parser.add_argument("--output", type=Path, default=None)

    def handle(self, *args: Any, **options: Any) -> None:
        line = None
        if options["line"]:
            line = BusinessLine.objects.filter(code_key=line_key(options["line"])).first()
            if line is None:
                raise CommandError(
                    _("There is no line “%(code)s”.") % {"code": options["line"]}, returncode=2
                )
        output: Path | None = options["output"]
        ending = output.suffix.lstrip(".").lower() if output else ""
        form = options["format"] or (ending if ending in FORMATS else "csv")
        common = {"principal": Principal.system("command line"), "form": form, "line": line}
        try:
            if output is not None:
                count = export_file(options["kind"], target=output, **common)
                self.stderr.write(_("%(count)s rows written to %(path)s") % {"count": count, "path": output})
                return
            with tempfile.TemporaryDirectory() as folder:
                target = Path(folder) / f"export.{form}"
                export_file(options["kind"], target=target, **common)
                if form == "xlsx":
                    sys.stdout.buffer.write(target.read_bytes())
                else:
                    with target.open(encoding="utf-8", newline="") as stream:
                        for piece in stream:
                            self.stdout.write(piece, ending="")
        except DomainError as error:
            raise CommandError(
                "; ".join([problem.message for problem in error.problems] or [error.message]), returncode=2
            ) from error
