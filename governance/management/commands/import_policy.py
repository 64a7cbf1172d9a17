"""`manage.py import_policy FILE [--code CODE] [--language en] [--type TYPE] [--check]`: a Markdown file into a policy's draft."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from coe.errors import DomainError
from coe.rules.principals import Actor
from governance.services.policy_files import import_policy_file


class Command(BaseCommand):
    """Takes words from a file; publishing them is for people."""

    help = "Write a Markdown file into the draft of the policy it names."

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, and what to believe rather than its front matter."""
        parser.add_argument("file", type=Path, metavar="FILE")
        for name in ("code", "language", "type"):
            parser.add_argument(f"--{name}", default="")
        parser.add_argument("--check", action="store_true", help="say what would happen, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import or check; exit 1 with every problem when the file is refused."""
        said = {"code": options["code"], "language": options["language"], "kind": options["type"]}
        try:
            with transaction.atomic():
                path = options["file"]
                done = import_policy_file(
                    path.read_bytes(),
                    name=path.name,
                    by=Actor.system("import_policy"),
                    at=timezone.now(),
                    **said,
                )
                if options["check"]:
                    transaction.set_rollback(True)
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error
        except DomainError as error:
            lines = [f"{problem.field}: {problem.message}" for problem in error.problems] or [error.message]
            raise CommandError("\n".join(lines)) from error
        word = "new policy" if done.is_new else "policy"
        self.stdout.write(f"{word} {done.version.policy.code}: draft {done.version.number}")
        if done.unread:
            self.stdout.write(f"not read from the front matter: {', '.join(done.unread)}")
