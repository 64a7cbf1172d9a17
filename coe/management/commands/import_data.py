"""`manage.py import_data KIND FILE`: the command-line door to every import kind."""

import json
import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from coe.enums.work import BatchState
from coe.errors import DomainError
from coe.models import ImportBatch, User
from coe.rules.principals import Principal, principal_of
from coe.services.import_runs import apply_import, stage_import


class Command(BaseCommand):
    """Check a file and apply it; a second import of the same file says that all is unchanged."""

    help = "Import a CSV, XLSX, JSON, NDJSON or YAML file. Exit 0: nothing was rejected; 1: rows were; 2: the file could not be used."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind")
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--mapping", default="", help="name of a shipped or saved mapping, or a YAML file"
        )
        parser.add_argument("--as", dest="email", default="", help="import with the rights of this person")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and write nothing")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, **options: Any) -> None:
        began, at = time.monotonic(), timezone.now()
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(_("There is no file %(path)s.") % {"path": path}, returncode=2)
        principal = Principal.system("command line")
        if options["email"]:
            person = User.objects.filter(email=options["email"].strip().lower(), is_active=True).first()
            if person is None:
                raise CommandError(
                    _("%(email)s is no active person of this hub.") % {"email": options["email"]},
                    returncode=2,
                )
            principal = principal_of(person, at)
        name = options["mapping"]
        mapping: str | Path = Path(name) if "/" in name or name.endswith((".yaml", ".yml", ".json")) else name
        try:
            batch = stage_import(
                path,
                kind=options["kind"],
                principal=principal,
                at=at,
                mapping=mapping,
                is_dry_run=options["dry_run"],
            )
            if batch.state == BatchState.READY and not options["dry_run"]:
                batch = apply_import(batch, at=at)
        except DomainError as error:
            raise CommandError(
                "; ".join([problem.message for problem in error.problems] or [error.message]), returncode=2
            ) from error
        self._tell(batch, seconds=round(time.monotonic() - began, 3), as_json=options["as_json"])
        if batch.state == BatchState.REFUSED:
            sys.exit(2)
        if batch.rejected:
            sys.exit(1)

    def _tell(self, batch: ImportBatch, *, seconds: float, as_json: bool) -> None:
        counts = {
            name: getattr(batch, name)
            for name in ("rows", "created", "updated", "unchanged", "skipped", "rejected")
        }
        problems = batch.problems.filter(is_reject=True).order_by("row", "id")[:1000]
        errors = [
            {"row": one.row, "field": one.field, "code": one.code, "message": one.message} for one in problems
        ]
        if as_json:
            answer = {"batch": str(batch.public_id), **counts, "errors": errors, "seconds": seconds}
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
            return
        for note in batch.summary.get("notes", []):
            self.stdout.write(str(note))
        for one in errors[:50]:
            self.stderr.write(f"{one['row']}: {one['field']}: {one['message']}")
        if len(errors) > 50:
            self.stderr.write(_("… and %(count)s more.") % {"count": len(errors) - 50})
        if batch.state == BatchState.REFUSED:
            self.stderr.write(_("The file was refused; nothing was written."))
            return
        if batch.is_dry_run:
            self.stdout.write(_("Dry run: nothing was written. This is what an import would do:"))
        self.stdout.write(
            _(
                "%(rows)s rows: %(created)s created, %(updated)s updated, %(unchanged)s unchanged, "
                "%(skipped)s skipped, %(rejected)s rejected"
            )
            % counts
        )
