"""Loads the demo company in steps of the past, each through the services with its own clock, so that its history is honest."""

import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext as _

from coe.demo.company import DOMAIN, LOGINS, PASSWORD, DemoLine
from coe.errors import WrongState
from coe.models import BusinessLine, Platform, SocialAccount, User
from coe.registries import demo_builders
from coe.rules.principals import Actor
from coe.services.duties import count_all_duties
from coe.services.leaving import empty_demo

SEED = 1849
# Days before the day of loading at which the company takes stock; the first is eighteen months back.
STEPS = (547, 410, 300, 200, 100, 0)


@dataclass
class World:
    """The company while it is built: what exists, the step it stands at, and that step's clock."""

    now: datetime
    seed: int = SEED
    step: int = 0
    at: datetime = field(init=False)
    by: Actor = field(default_factory=lambda: Actor.system("demo"))
    lines: dict[str, BusinessLine] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)
    platforms: dict[str, Platform] = field(default_factory=dict)
    accounts: dict[str, SocialAccount] = field(default_factory=dict)
    memory: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.move_to(0)

    def move_to(self, step: int) -> None:
        """Set the clock to a step."""
        self.step, self.at = step, self.now - timedelta(days=STEPS[step])

    @property
    def is_first(self) -> bool:
        """Whether the company is being founded."""
        return self.step == 0

    @property
    def is_last(self) -> bool:
        """Whether this is the day of loading."""
        return self.step == len(STEPS) - 1

    def day_of(self, step: int) -> date:
        """The day of a step."""
        return (self.now - timedelta(days=STEPS[step])).date()

    def random(self, *names: object) -> Random:
        """Chance that depends on the seed and on what it is for, never on what was drawn before."""
        return Random("/".join(map(str, (self.seed, *names))))  # noqa: S311  # invented data, no secret

    def maturity(self, line: DemoLine) -> float:
        """How far a line has come at this step: from two fifths of its present state, a little further each time."""
        share = self.step / (len(STEPS) - 1)
        return line.maturity * (0.4 + 0.6 * share)


def email_of(name: str) -> str:
    """The address of a person of the company."""
    plain = unicodedata.normalize("NFKD", name.casefold().replace("’", "")).encode("ascii", "ignore").decode()
    return f"{plain.replace(' ', '.')}@{DOMAIN}"


class Login(NamedTuple):
    """A log-in of the demo company, known to everybody."""

    role: str
    name: str
    email: str
    password: str


def logins() -> list[Login]:
    """The demo log-ins that exist; none in production and in a hub that left the demo."""
    if not settings.EMBEDDED:
        return []
    known = set(User.objects.filter(is_active=True, is_demo=True).values_list("email", flat=True))
    return [Login(role, name, email_of(name), PASSWORD) for role, name in LOGINS if email_of(name) in known]


@transaction.atomic
def load_demo(*, at: datetime, seed: int = SEED, reset: bool = False) -> World:
    """Found the company eighteen months ago and bring it to the present; all or nothing.

    :raises WrongState: production mode, the database holds lines already, or `reset` of a hub that is not the demo.
    """
    if not settings.EMBEDDED:
        raise WrongState(_("The demo company is for the embedded mode only; this is production."))
    if reset:
        empty_demo(at=at)
    elif BusinessLine.objects.exists():
        raise WrongState(_("This hub holds lines already, so the demo company was not loaded."))
    world = World(at, seed)
    for step in range(len(STEPS)):
        world.move_to(step)
        for build in demo_builders.values():
            build(world)
    count_all_duties(at=at)
    transaction.on_commit(cache.clear)
    return world
