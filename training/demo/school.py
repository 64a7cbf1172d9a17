"""Builds the training of the demo company: paths, people who learn as their lines grow up, sessions past and to come."""

from datetime import datetime, timedelta
from random import Random

from coe.demo.company import LINES
from coe.demo.world import World
from coe.enums.roles import Role
from coe.models import RoleAssignment, User
from training.enums.training import CompletionSource
from training.models import Course, Requirement
from training.selectors.coverage import lacking
from training.selectors.versions import version_at, versions_of
from training.services.completions import Finished, record_completions
from training.services.enrolments import sync_enrolments
from training.services.paths import load_paths
from training.services.seats import book_seat, mark_attendance, rate_seat
from training.services.sessions import plan_session

# How likely somebody of the most mature line takes a course that is asked of them between two steps.
_EAGER = 0.75
_REMARKS = (
    "Practical, with cases of our own.",
    "More time for the exercises, please.",
    "",
    "The best hour of the week.",
    "",
)


def build(world: World) -> None:
    """One step of training."""
    if world.is_first:
        load_paths(by=world.by, at=world.at)
    sync_enrolments(by=world.by, at=world.at)
    _learn(world)
    if world.is_last:
        _sessions(world)


def _maturity(world: World, row: Requirement) -> float:
    line = row.enrolment.line
    known = {one.code: one for one in LINES}
    return world.maturity(known[line.code]) if line is not None and line.code in known else 0.7


def _learn(world: World) -> None:
    """Whoever must take a course takes it sooner the further their line has come; certificates then expire by themselves."""
    gaps = (
        lacking(world.at)
        .select_related("user", "course", "enrolment__line")
        .order_by("user__email", "course__code_key", "id")
    )
    versions = versions_of(Course.objects.values_list("pk", flat=True))
    finished: dict[str, Finished] = {}
    for row in gaps:
        chance = world.random("learns", row.user.email, row.course.code, world.step)
        version = version_at(row.course, world.at, versions=versions)
        if version is None or chance.random() > _EAGER * _maturity(world, row):
            continue
        moment = _moment(world, chance)
        if row.user.joined_on is not None and moment.date() <= row.user.joined_on:
            continue
        key = f"demo:{row.user.email}:{row.course.code}:{world.step}"
        source = CompletionSource.XAPI if chance.random() < 0.3 else CompletionSource.QUIZ
        score = 100 * chance.choice((80, 85, 90, 95, 100))
        finished.setdefault(key, Finished(row.user, version, moment, source, key, score=score))
    record_completions(list(finished.values()), by=world.by, at=world.at)


def _moment(world: World, chance: Random) -> datetime:
    day = world.at - timedelta(days=chance.randrange(1, 60))
    return day.replace(hour=chance.randrange(8, 17), minute=chance.randrange(60), second=0, microsecond=0)


def _sessions(world: World) -> None:
    """One session a month ago, with its marks, and three to come."""
    courses = list(Course.objects.offered().filter(modes__icontains="session").order_by("code_key")[:3])
    if not courses:
        return
    trainer = world.people["Amara Okafor"]
    held = RoleAssignment.objects.current(world.at).filter(role=Role.ACCOUNT_MANAGER)
    people = list(User.objects.filter(pk__in=held.values("user_id"), is_active=True).order_by("email"))
    noon = world.at.replace(hour=13, minute=0, second=0, microsecond=0)
    for number, course in enumerate(courses):
        start = noon + timedelta(days=6 + 9 * number)
        session = plan_session(
            course, starts_at=start, ends_at=start + timedelta(minutes=90), time_zone="Europe/Berlin", places=4, trainer=trainer,
            link="https://meet.northwind.example/social", by=world.by, at=world.at,
        )  # fmt: skip
        for person in people[number * 3 : number * 3 + 5]:
            book_seat(session, person=person, by=world.by, at=world.at)
    start = noon - timedelta(days=30)
    past = plan_session(
        courses[0], starts_at=start, ends_at=start + timedelta(minutes=90), time_zone="Europe/Berlin", trainer=trainer,
        place="Room 2.11", by=world.by, at=start - timedelta(days=20),
    )  # fmt: skip
    seats = [
        book_seat(past, person=person, by=world.by, at=start - timedelta(days=9)) for person in people[:9]
    ]
    mark_attendance(
        past, attended={seat.user_id: number != 4 for number, seat in enumerate(seats)}, by=world.by, at=start + timedelta(hours=2)
    )  # fmt: skip
    for number, seat in enumerate(seats):
        if number != 4:
            rate_seat(
                seat, rating=(5, 4, 4, 5, 3)[number % 5], comment=_REMARKS[number % 5], by=world.by, at=start + timedelta(days=1)
            )  # fmt: skip
