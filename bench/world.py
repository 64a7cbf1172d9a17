"""The company the bench measures in: a tree of lines, accounts, people and observations, the same for the same size and day.

It lives in a database of its own, named by its size, and is kept for the next run; another version of the builder or of the
migrations, or an age of two weeks, builds it anew.
"""

import datetime as dt
import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Mod

from coe.enums.accounts import LIVE_STATES, AccountState, MfaState
from coe.enums.lines import LineKind
from coe.enums.roles import Role
from coe.models import (
    BusinessLine,
    LineClosure,
    LineFact,
    Platform,
    RoleAssignment,
    SocialAccount,
    Tag,
    User,
)
from coe.rules.principals import Actor
from coe.services.history import Entry, changed, record_many, snapshot
from metrics.enums.maturity import RunState
from metrics.models import Metric, TargetStage
from metrics.selectors.rubrics import rubric_of
from metrics.services.rubrics import ready_rubric
from metrics.services.runs import run_inline, start_run

ROOT = Path(__file__).resolve().parent.parent
METRICS = ("followers", "posts", "impressions", "engagements", "comments")
SHORTEST = 30  # days an account that reports has values for, at least
KEEP = dt.timedelta(days=14)
_PLATFORMS = 10
_STATES = (
    *[AccountState.ACTIVE] * 17, AccountState.DORMANT, AccountState.REQUESTED, AccountState.SUSPENDED,
)  # fmt: skip


@dataclass(frozen=True)
class Size:
    """How large a world is."""

    lines: int
    accounts: int
    observations: int

    @property
    def name(self) -> str:
        """The size as part of a database's name."""
        return f"{self.lines}_{self.accounts}_{self.observations}"

    def __str__(self) -> str:
        return f"{self.lines:,} lines, {self.accounts:,} accounts, {self.observations:,} observations"


@dataclass(frozen=True)
class World:
    """A built world: its size, the day it was built for, and the places rows measure at."""

    size: Size
    day: dt.date
    lead_id: int
    region: str

    @property
    def at(self) -> dt.datetime:
        """Noon of the world's day."""
        return _noon(self.day)


def _key() -> str:
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for path in sorted(ROOT.glob("*/migrations/*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _stamp() -> tuple[str, dt.date] | None:
    if "bench_world" not in connection.introspection.table_names():
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT key, day FROM bench_world")
        found = cursor.fetchone()
    return (found[0], dt.date.fromisoformat(str(found[1]))) if found else None


def is_current(today: dt.date) -> bool:
    """Whether the database holds a finished world of this version that is not too old."""
    stamp = _stamp()
    return stamp is not None and stamp[0] == _key() and today - KEEP <= stamp[1] <= today


def opened(size: Size) -> World:
    """The world that the database holds."""
    stamp = _stamp()
    assert stamp is not None
    lead = User.objects.get(email="lead@bench.example")
    return World(size, stamp[1], lead.pk, "B0001")


def build(size: Size, today: dt.date) -> None:
    """Fill an empty database; the stamp is written last, so a world that was not finished is never used."""
    call_command("prepare", stdout=io.StringIO())
    populate(size, today)
    _analyze()
    score(today)
    _analyze()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_world (key varchar(64), day date)")
        cursor.execute("INSERT INTO bench_world VALUES (%s, %s)", [_key(), today.isoformat()])


def _noon(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(12), dt.UTC)


@transaction.atomic
def populate(size: Size, today: dt.date) -> None:
    """Write the company and what it observed."""
    lines = _lines(size, _noon(today))
    people = _people(size, lines, _noon(today))
    _accounts(size, lines, people, _noon(today))
    _observations(size, today, _noon(today))


def _lines(size: Size, at: dt.datetime) -> list[BusinessLine]:
    """One company, a hundredth regions, a tenth groups, the rest lines of business."""
    regions, groups = max(2, size.lines // 100), max(4, size.lines // 10)
    rows: list[BusinessLine] = []
    parents: list[int | None] = []
    for n in range(size.lines):
        if n == 0:
            parent, kind, depth = None, LineKind.FUNCTION, 0
        elif n <= regions:
            parent, kind, depth = 0, LineKind.REGION, 1
        elif n <= regions + groups:
            parent, kind, depth = 1 + n % regions, LineKind.BRAND, 2
        else:
            parent, kind, depth = 1 + regions + n % groups, LineKind.LINE, 3
        parents.append(parent)
        code = f"B{n:04d}"
        rows.append(
            BusinessLine(
                code=code, code_key=code.casefold(), name=f"{kind.label} {n:04d}", kind=kind, depth=depth, is_spoke=depth == 3,
                description="What this line does, for whom, and where it stands in the company.", created_at=at, updated_at=at,
                public_id=UUID(int=(7 << 76) | (2 << 62) | (1 << 40) | n),
            )
        )  # fmt: skip
    # By depth, so that a parent has its key before its children name it.
    for depth in range(4):
        page = [(row, parent) for row, parent in zip(rows, parents, strict=True) if row.depth == depth]
        for row, parent in page:
            row.parent = None if parent is None else rows[parent]
        BusinessLine.objects.bulk_create([row for row, _parent in page], batch_size=500)
    links = []
    for n, row in enumerate(rows):
        up, depth = n, 0
        while True:
            links.append(LineClosure(ancestor=rows[up], descendant=row, depth=depth))
            above = parents[up]
            if above is None:
                break
            up, depth = above, depth + 1
    LineClosure.objects.bulk_create(links, batch_size=5000)
    return rows


def _people(size: Size, lines: list[BusinessLine], at: dt.datetime) -> list[User]:
    """Two people a line, most of them lead and deputy; one who leads the hub."""
    names = ["lead", *(f"person{n:05d}" for n in range(2 * size.lines))]
    people = User.objects.bulk_create(
        [
            User(email=f"{name}@bench.example", name=name.title(), password="!", created_at=at, updated_at=at)
            for name in names
        ],
        batch_size=1000,
    )
    since = at - dt.timedelta(days=400)
    held = [RoleAssignment(user=people[0], role=Role.HUB_LEAD, valid_from=since)]
    for n, line in enumerate(lines):
        held.append(RoleAssignment(user=people[1 + 2 * n], role=Role.LINE_LEAD, line=line, valid_from=since))
        if n % 10 < 7:
            held.append(RoleAssignment(user=people[2 + 2 * n], role=Role.DEPUTY, line=line, valid_from=since))
    RoleAssignment.objects.bulk_create(held, batch_size=1000)
    return people


def _accounts(size: Size, lines: list[BusinessLine], people: list[User], at: dt.datetime) -> None:
    """Accounts of every platform, state and degree of care, each with its history row and up to two tags."""
    platforms = list(Platform.objects.order_by("code")[:_PLATFORMS])
    tags = Tag.objects.bulk_create([Tag(name=f"Campaign {n}", key=f"campaign {n}") for n in range(20)])
    since, rows = at - dt.timedelta(days=380), []
    for n in range(size.accounts):
        where = n % size.lines
        platform, handle = platforms[(n // size.lines) % len(platforms)], f"bench{n:06d}"
        rows.append(
            SocialAccount(
                platform=platform, line=lines[where], handle=handle, handle_key=handle, url=f"https://{platform.code}.example/{handle}",
                display_name=f"Company {n:06d}", state=_STATES[n % len(_STATES)], state_since=since, tier=1 + n % 3,
                purpose="Tells customers of this line what is new, answers their questions and points them to the service desk.",
                audience="Customers and applicants", languages=["en", "fr"][: 1 + n % 2], notes="Hosted by the line's own team.",
                primary_owner=people[1 + 2 * where] if n % 9 else None, backup_owner=people[2 + 2 * where] if n % 4 else None,
                publish_method="approved_tool" if n % 3 else "native_shared", custody_kind="vault" if n % 5 else "",
                vault_reference=f"vault/social/{handle}" if n % 5 else "", recovery_email="social@bench.example",
                recovery_kind="shared_mailbox", mfa_state=(MfaState.ON, MfaState.ON, MfaState.OFF, MfaState.UNKNOWN)[n % 4],
                mfa_verified_on=at.date() - dt.timedelta(days=n % 300), app_review_on=at.date() - dt.timedelta(days=n % 400),
                comment_policy_url="https://bench.example/comments", last_post_at=at - dt.timedelta(days=n % 60),
                planned_cadence_days=7, opened_on=at.date() - dt.timedelta(days=900 + n % 900), created_at=since, updated_at=since,
                public_id=UUID(int=(7 << 76) | (2 << 62) | (2 << 40) | n),
            )
        )  # fmt: skip
    rows = SocialAccount.objects.bulk_create(rows, batch_size=1000)
    through = SocialAccount.tags.through
    through.objects.bulk_create(
        [
            through(socialaccount_id=row.pk, tag_id=tags[(n + step) % len(tags)].pk)
            for n, row in enumerate(rows)
            for step in range(n % 3)
        ],
        batch_size=5000,
    )
    record_many(
        (Entry("account.registered", row, changed({}, snapshot(row)), row.line_id) for row in rows),
        by=Actor.system("bench"),
        at=since,
    )


_FILL = """
INSERT INTO metrics_observation (account_id, metric_id, "on", value, source, observed_at)
SELECT a.id, m.id, d."on", (a.n * 7919 + m.n * 104729 + d.n * 31) %% 5000 + 1, 'import', %s
FROM bench_accounts a CROSS JOIN bench_metrics m CROSS JOIN bench_days d
WHERE a.n * {per_account} + m.n * {days} + d.n < {total}
"""
_MONTHS = """
INSERT INTO metrics_accountmonth (account_id, month, observations, imported, last_on)
SELECT o.account_id, d.month, COUNT(*), COUNT(*), MAX(o."on") FROM metrics_observation o
JOIN bench_days d ON d."on" = o."on" GROUP BY o.account_id, d.month
"""
_ROLLUPS = """
INSERT INTO metrics_dailyrollup (line_id, metric_id, "on", total, numerator, denominator, count)
SELECT a.line_id, o.metric_id, o."on", SUM(o.value), 0, 0, COUNT(*) FROM metrics_observation o
JOIN coe_socialaccount a ON a.id = o.account_id GROUP BY a.line_id, o.metric_id, o."on"
"""


def _observations(size: Size, today: dt.date, at: dt.datetime) -> None:
    """Daily values up to the day before, by one statement: of all live accounts when there are enough, else of the first ones."""
    live = list(
        SocialAccount.objects.filter(state__in=LIVE_STATES).order_by("pk").values_list("pk", flat=True)
    )
    each = max(SHORTEST, -(-size.observations // (len(live) * len(METRICS))))
    keys = dict(Metric.objects.filter(code__in=METRICS).values_list("code", "pk"))
    days = [today - dt.timedelta(days=1 + n) for n in range(each)]
    _numbered("bench_accounts", "id bigint", ((pk,) for pk in live))
    _numbered("bench_metrics", "id bigint", ((keys[code],) for code in METRICS))
    _numbered(
        "bench_days", '"on" date, month date', ((d.isoformat(), d.replace(day=1).isoformat()) for d in days)
    )
    fill = _FILL.format(per_account=each * len(METRICS), days=each, total=size.observations)
    with connection.cursor() as cursor:
        cursor.execute(fill, [connection.ops.adapt_datetimefield_value(at)])
        cursor.execute(_MONTHS)
        cursor.execute(_ROLLUPS)


def _numbered(table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """A temporary table of rows with their number."""
    numbered = [(n, *row) for n, row in enumerate(rows)]
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE {table} (n bigint, {columns})")
        marks = ", ".join(["%s"] * len(numbered[0]))
        cursor.executemany(f"INSERT INTO {table} VALUES ({marks})", numbered)


def score(today: dt.date) -> None:
    """A stage aimed at for every third line, and three full runs.

    They are a hundred days ago, ten days ago when a part of the accounts was cared for worse, and today.
    """
    # Nothing is known from an instant to come: a worker that judges before noon would close rows before they began.
    at = min(_noon(today), dt.datetime.now(dt.UTC))
    rubric = ready_rubric(by=Actor.system("bench"), at=at)
    level = rubric_of(rubric).levels[-1].code
    TargetStage.objects.bulk_create(
        TargetStage(
            line_id=pk,
            rubric_code=rubric.code,
            level=level,
            reason="Agreed at the round table.",
            due_on=today,
        )
        for pk in BusinessLine.objects.order_by("pk").values_list("pk", flat=True)[::3]
    )
    for days, share in ((100, 0), (10, 7), (0, 11)):
        if share:
            care = MfaState.OFF if days else MfaState.ON
            pages = SocialAccount.objects.annotate(n=Mod(F("line_id"), share)).filter(n=0)
            pages.update(mfa_state=care, mfa_verified_on=at.date())
        when = at - dt.timedelta(days=days)
        run = run_inline(start_run(by=Actor.system("bench"), at=when, wake=False), at=when)
        assert run.state == RunState.DONE, run.error
    LineFact.objects.all().delete()


def _analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
