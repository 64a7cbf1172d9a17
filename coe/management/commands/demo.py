"""`manage.py demo`: load the demo company, tell its log-ins, or leave it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from coe.demo.world import load_demo, logins
from coe.errors import DomainError, WrongState
from coe.models import BusinessLine, Organisation, SocialAccount, User
from coe.rules.principals import Actor
from coe.services.leaving import DEFAULT_ADMIN, leave_demo


class Command(BaseCommand):
    """A door: reads the clock, calls one service, translates refusals."""

    help = "Load the demo company into an empty hub, list its log-ins, or leave it for an empty hub."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options; the three verbs exclude one another."""
        verbs = parser.add_mutually_exclusive_group()
        verbs.add_argument(
            "--if-empty", action="store_true", help="do nothing when the hub holds lines already"
        )
        verbs.add_argument(
            "--reset", action="store_true", help="load the demo company afresh; refuses in a real hub"
        )
        verbs.add_argument(
            "--logins", action="store_true", help="print role, e-mail and password of the demo log-ins"
        )
        verbs.add_argument(
            "--leave", action="store_true", help="remove the demo company and start with an empty hub"
        )
        parser.add_argument(
            "--admin-email", default=DEFAULT_ADMIN, help="with --leave: the administrator's e-mail"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what was asked."""
        if options["logins"]:
            for role, _name, email, password in logins():
                self.stdout.write(f"{role:<14} {email}   {password}")
            return
        try:
            if options["leave"]:
                self._leave(options["admin_email"])
            elif options["if_empty"] and BusinessLine.objects.exists():
                self.stdout.write("The hub holds lines already; the demo company was not loaded.")
            else:
                self._load(options["reset"])
        except WrongState as error:
            raise CommandError(error.message) from error
        except DomainError as error:
            told = "; ".join(f"{problem.field}: {problem.message}" for problem in error.problems)
            raise CommandError(told or error.message) from error

    def _load(self, reset: bool) -> None:
        load_demo(at=timezone.now(), reset=reset)
        name = Organisation.objects.get(pk=1).name
        lines, people = BusinessLine.objects.spokes().count(), User.objects.filter(is_demo=True).count()
        accounts = SocialAccount.objects.count()
        self.stdout.write(f"{name}: {lines} lines, {accounts} accounts, {people} people.")

    def _leave(self, email: str) -> None:
        left = leave_demo(by=Actor.system("demo --leave"), at=timezone.now(), admin_email=email)
        self.stdout.write("The demo company is gone; platforms, dictionary and rubrics stayed.")
        self.stdout.write(f"Administrator: {left.administrator.email}   {left.password}")
        self.stdout.write("The password is shown once. Change it after the first log-in.")
