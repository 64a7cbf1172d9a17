"""What the people of the demo company answer to policies: one sitting a person and step, written in bulk as the service would."""

from collections import defaultdict
from datetime import datetime, timedelta

from coe.demo.company import LINES
from coe.demo.world import World
from coe.models import RoleAssignment, User
from coe.rules.principals import actor_of
from coe.services.history import Entry, changed, record_many, snapshot
from governance.demo.texts import demo_texts
from governance.enums.policies import Answer
from governance.models import Acknowledgement, PolicyDue, PolicyText
from governance.services.acknowledging import Shown, decline_policy
from governance.services.due_rows import note_lines

# How likely somebody of the most mature line answers what they are asked between two steps.
_EAGER = 0.97
_BATCH = 500
_SETTLED = ("answer", "settled_by", "settled_at")


def answer(world: World) -> None:
    """Whoever is asked answers sooner the further their line has come; some say no, with a reason.

    A thousand acceptances one by one would take longer than the rest of the demo: they are written as `accept_policy` writes them.
    """
    reasons = {(one.policy, one.person): one.reason["en"] for one in demo_texts().declines}
    texts = dict(PolicyText.objects.filter(language="en").values_list("version_id", "sha256"))
    homes = _homes(world)
    settled: list[PolicyDue] = []
    for person, rows in _asked(world).items():
        moment, given, lines = _sitting(world, person), list[Acknowledgement](), list[int | None]()
        for owed in _by_version(rows, moment):
            version = owed[0].version
            code = version.policy.library_code
            reason = reasons.get((code, person.name))
            if reason is not None:
                decline_policy(
                    version, person=person, shown=Shown("en", texts[version.pk]), reason=reason, by=actor_of(person), at=moment
                )  # fmt: skip
            elif world.random("answers", person.email, code, world.step).random() < _eagerness(
                world, person, homes
            ):
                given.append(_accepted(owed, sha256=texts[version.pk], at=moment))
                lines.append(owed[0].line_id)
                settled += owed
        _keep(person, given, lines, at=moment)
    PolicyDue.objects.bulk_update(settled, _SETTLED, batch_size=_BATCH)
    note_lines({row.line_id for row in settled}, at=world.at)


def _asked(world: World) -> dict[User, list[PolicyDue]]:
    rows = (
        PolicyDue.objects.filter(until_at__isnull=True, answer="", person__is_active=True)
        .select_related("person", "version__policy", "campaign")
        .order_by("person__email", "version__policy__code", "due_at", "id")
    )
    found: dict[User, list[PolicyDue]] = defaultdict(list)
    for row in rows:
        found[row.person].append(row)
    return found


def _by_version(rows: list[PolicyDue], moment: datetime) -> list[list[PolicyDue]]:
    """What was owed already at an instant, version by version."""
    found: dict[int, list[PolicyDue]] = defaultdict(list)
    for row in rows:
        if row.from_at <= moment:
            found[row.version_id].append(row)
    return list(found.values())


def _sitting(world: World, person: User) -> datetime:
    """When somebody sits down to read: within weeks of a step, and before the day of loading."""
    chance = world.random("sits down", person.email, world.step)
    days, hours = chance.randrange(1, 18), chance.randrange(9)
    return (
        world.at - timedelta(days=days, hours=hours)
        if world.is_last
        else world.at + timedelta(days=days, hours=hours)
    )


def _homes(world: World) -> dict[int, str]:
    rows = RoleAssignment.objects.current(world.at).filter(line__isnull=False).order_by("pk")
    return dict(rows.values_list("user_id", "line__code"))


def _eagerness(world: World, person: User, homes: dict[int, str]) -> float:
    line = {one.code: one for one in LINES}.get(homes.get(person.pk, ""))
    return _EAGER * (0.35 + 0.65 * world.maturity(line)) if line is not None else _EAGER


def _accepted(owed: list[PolicyDue], *, sha256: str, at: datetime) -> Acknowledgement:
    """An acceptance of what one person owes of one version; a round that asks everybody again is answered within it."""
    rounds = [row.campaign for row in owed if row.campaign is not None and row.campaign.is_repeated]
    given = Acknowledgement(
        version=owed[0].version, person=owed[0].person, campaign=rounds[0] if rounds else None, answer=Answer.ACCEPTED, language="en",
        sha256=sha256, at=at, person_name=str(owed[0].person)[:200], created_at=at, updated_at=at,
    )  # fmt: skip
    for row in owed:
        row.answer, row.settled_by, row.settled_at = Answer.ACCEPTED, given, at
    return given


def _keep(person: User, given: list[Acknowledgement], lines: list[int | None], *, at: datetime) -> None:
    Acknowledgement.objects.bulk_create(given, batch_size=_BATCH)
    entries = [
        Entry("policy.accepted", one, changed({}, snapshot(one)), line)
        for one, line in zip(given, lines, strict=True)
    ]
    record_many(entries, by=actor_of(person), at=at)
