"""`manage.py prepare`: migrate, then lay in what every hub needs before its first record."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from coe.rules.principals import Actor
from coe.services.organisation import organisation
from coe.services.platforms import ensure_platforms
from metrics.services.dictionary import ensure_dictionary
from metrics.services.rubrics import ensure_rubrics
from training.services.paths import load_paths


class Command(BaseCommand):
    """Run at every start: the migrations, the organisation's row, the platform catalogue, the metric dictionary, the shipped
    rubrics and learning paths.

    Harmless a second time: each part adds only what is missing and leaves alone what people changed.
    """

    help = "Migrate and lay in the catalogue of platforms, the metric dictionary, the shipped rubrics and learning paths."

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare the database."""
        call_command("migrate", interactive=False, verbosity=0)
        by, at = Actor.system("prepare"), timezone.now()
        with transaction.atomic():
            organisation()
            ensure_platforms(by=by, at=at)
            ensure_dictionary(by=by, at=at)
            ensure_rubrics(by=by, at=at)
            load_paths(by=by, at=at)
        self.stdout.write("The database is ready.")
