"""Rubrics from the shell: `manage.py rubric lint|load|publish|diff FILE`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext

from coe.errors import DomainError
from coe.rules.principals import Actor
from metrics.models import RubricVersion
from metrics.scoring import Severity, shipped_rubrics
from metrics.selectors.rubrics import current_rubric
from metrics.services.rubrics import diff_rubric, lint_rubric, load_rubric_version, publish_rubric


class Command(BaseCommand):
    help = "Check, load, publish and compare maturity models. FILE is a YAML file or the name of a shipped model."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        for verb, words in (
            ("lint", "check a file; exit 1 when it could not be published"),
            ("load", "store a file as a draft"),
            ("publish", "store a file and judge every line by it"),
            ("diff", "compare a file with a stored version (default: the current one)"),
        ):
            sub = verbs.add_parser(verb, help=words)
            sub.add_argument("file")
            if verb == "diff":
                sub.add_argument("--against", metavar="CODE@VERSION", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        text = self._read(options["file"])
        try:
            getattr(self, f"_{options['verb']}")(text, options)
        except DomainError as error:
            for problem in error.problems:
                self.stderr.write(f"{problem.field}: {problem.message}")
            raise CommandError(error.message) from error

    def _read(self, name: str) -> bytes:
        path = shipped_rubrics().get(name, Path(name))
        try:
            return path.read_bytes()
        except OSError as error:
            raise CommandError(
                _("%(name)s cannot be read. Give a file, or one of: %(known)s.")
                % {"name": name, "known": ", ".join(shipped_rubrics())}
            ) from error

    def _lint(self, text: bytes, options: dict[str, Any]) -> None:
        findings = lint_rubric(text)
        for found in findings:
            self.stdout.write(f"{found.severity.value}: {found.where}: {found.message} {found.hint}")
        errors = sum(found.severity is Severity.ERROR for found in findings)
        if errors:
            raise CommandError(ngettext("%(count)d error.", "%(count)d errors.", errors) % {"count": errors})
        self.stdout.write(_("Fit to be published."))

    def _load(self, text: bytes, options: dict[str, Any]) -> RubricVersion:
        row = load_rubric_version(text, by=Actor.system("rubric"), at=timezone.now())
        self.stdout.write(f"{row} {row.state} {row.sha256}")
        return row

    def _publish(self, text: bytes, options: dict[str, Any]) -> None:
        row = load_rubric_version(text, by=Actor.system("rubric"), at=timezone.now())
        row = publish_rubric(row, by=Actor.system("rubric"), at=timezone.now())
        self.stdout.write(f"{row} {row.state} {row.sha256}")

    def _diff(self, text: bytes, options: dict[str, Any]) -> None:
        code, _at, version = options["against"].partition("@")
        row = RubricVersion.objects.filter(code=code, version=version).first() if code else current_rubric()
        if row is None:
            raise CommandError(_("There is no such stored rubric to compare with."))
        found = diff_rubric(row, text)
        for word in ("added", "removed", "changed", "reworded"):
            self.stdout.write(f"{word}: {', '.join(getattr(found, word)) or '-'}")
        self.stdout.write(f"rules: {'changed' if found.rules_changed else 'same'}")
        self.stdout.write(f"frame: {'changed' if found.frame_changed else 'same'}")
