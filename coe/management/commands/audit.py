"""Check the invariants of every floor: `manage.py audit [--json]`; exit 1 and the rows if one is broken."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from coe.registries import invariants
from coe.selectors.invariants import broken_invariants


class Command(BaseCommand):
    help = "Check what must always be true of the stored state. Reads only."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        found = broken_invariants()
        if options["json"]:
            self.stdout.write(
                json.dumps(
                    {
                        "checked": list(invariants),
                        "broken": [{"invariant": b.invariant, "row": b.row} for b in found],
                    }
                )
            )
        else:
            for broken in found:
                self.stdout.write(f"{broken.invariant}: {broken.row}")
            if not found:
                self.stdout.write(_("All %(count)d invariants hold.") % {"count": len(list(invariants))})
        if found:
            sys.exit(1)
