"""`manage.py load_paths [FILE …] [--check] [--json]`: the learning paths that ship, or a company's own."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from coe.errors import DomainError
from coe.rules.principals import Actor
from training.services.paths import load_paths, read_path


class Command(BaseCommand):
    """Loads paths. Harmless a second time; what people changed since stays theirs."""

    help = "Load learning paths: those that ship, or the files named."

    def add_arguments(self, parser: CommandParser) -> None:
        """The files and two switches."""
        parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
        parser.add_argument("--check", action="store_true", help="say what would happen, write nothing")
        parser.add_argument("--json", action="store_true", help="answer as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load or check; exit 1 with every problem when a file is refused."""
        try:
            with transaction.atomic():
                files = [read_path(path.name, content=path.read_bytes()) for path in options["files"]] or None
                loaded = load_paths(by=Actor.system("load_paths"), at=timezone.now(), files=files)
                if options["check"]:
                    transaction.set_rollback(True)
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error
        except DomainError as error:
            lines = [f"{problem.field}: {problem.message}" for problem in error.problems] or [error.message]
            raise CommandError("\n".join(lines)) from error
        if options["json"]:
            self.stdout.write(json.dumps(asdict(loaded)))
            return
        for word, codes in asdict(loaded).items():
            self.stdout.write(f"{word}: {', '.join(codes) or '–'}")
