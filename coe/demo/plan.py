"""What each of the 180 accounts is, and which good practices it follows at a step."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from coe.demo.company import DOMAIN, LINES, SLOTS, DemoLine
from coe.demo.world import STEPS, World
from coe.enums.accounts import (
    AccountKind,
    CustodyKind,
    MfaMethod,
    MfaState,
    PublishMethod,
    RecoveryKind,
)
from coe.models import User

# How far a line must have come before half of its accounts follow a practice.
HURDLES = {
    "owner": 0.08, "described": 0.24, "mfa": 0.26, "recovery": 0.28, "comments": 0.3, "backup": 0.42, "tool": 0.46,
    "custody": 0.5, "retention": 0.54, "reviewed": 0.6, "cadence": 0.74,
}  # fmt: skip
# From none to all takes this much of a line's way.
SLOPE = 0.28
LATE = 9


@dataclass(frozen=True)
class Plan:
    """One account: which line and brand it speaks for, and when it enters the register."""

    line: DemoLine
    place: int
    platform: str
    brand_key: str
    brand: str

    @property
    def key(self) -> str:
        """A short name that never changes, such as RTE-4."""
        return f"{self.line.code}-{self.place}"

    @property
    def handle(self) -> str:
        """The handle on its platform."""
        return f"{self.brand_key}.bsky.social" if self.platform == "bluesky" else self.brand_key

    @property
    def display_name(self) -> str:
        """The name people see."""
        return self.brand

    @property
    def is_asked_for(self) -> bool:
        """Whether the line has asked for it and the hub has not decided yet."""
        return self.key in {"RTP-14", "FDA-14", "LGA-14"}

    @property
    def step(self) -> int:
        """The step at which it is registered."""
        if self.is_asked_for:
            return len(STEPS) - 1
        return 1 + self.place % 3 if self.place % LATE == 7 else 0

    @property
    def tier(self) -> int:
        """The first brand's big networks are tier 1."""
        return 1 if self.place < 2 else 2 if self.place < 10 else 3

    @property
    def is_service(self) -> bool:
        """Whether customers ask for help there."""
        return (self.line.code == "CSV" and self.place < 6) or (
            self.line.code in {"RTE", "RTA", "FDA"} and self.place == 2
        )

    @property
    def is_regulated(self) -> bool:
        """Whether its posts must be kept by law."""
        return self.line.code == "CRP" and self.place < 2

    @cached_property
    def kind(self) -> AccountKind:
        """What it is for."""
        if self.is_service:
            return AccountKind.SUPPORT
        if self.line.code == "CRP" and self.place < 5:
            return AccountKind.CORPORATE
        return AccountKind.RECRUITING if self.line.code == "TAL" else AccountKind.BRAND

    def opened_on(self, world: World) -> date:
        """The day it was opened on its platform."""
        days = world.random("opened", self.key).randrange(30, 2400)
        return world.day_of(self.step) - timedelta(days=0 if self.is_asked_for else days)


PLANS = tuple(
    Plan(line, 5 * row + column, platform, *line.brands[row])
    for line in LINES
    for row, platforms in enumerate(SLOTS)
    for column, platform in enumerate(platforms)
)


def follows(world: World, plan: Plan, name: str) -> bool:
    """Whether an account follows a practice at this step. What it follows once, it follows from then on."""
    share = (world.maturity(plan.line) - HURDLES[name]) / SLOPE + 0.5
    return world.random(name, plan.key).random() < share


def practice(world: World, plan: Plan, owner: User | None, backup: User | None) -> dict[str, Any]:
    """The fields an account has at this step."""
    chance = world.random("state", plan.key, world.step)
    today = world.at.date()
    values: dict[str, Any] = {
        "publish_method": PublishMethod.NATIVE_SHARED,
        "planned_cadence_days": None,
        "last_post_at": world.at - timedelta(hours=chance.randrange(5, 100)),
    }
    if follows(world, plan, "owner"):
        values["primary_owner"] = owner
    if follows(world, plan, "backup"):
        values["backup_owner"] = backup
    if follows(world, plan, "described"):
        values |= {
            "purpose": f"What {plan.brand} has to say and to show on this network.",
            "audience": "Customers and neighbours" if plan.line.code != "TAL" else "Applicants and alumni",
            "languages": list(plan.line.languages[:2]),
        }
    if follows(world, plan, "mfa"):
        values |= {
            "mfa_state": MfaState.ON,
            "mfa_method": MfaMethod.KEY if plan.tier == 1 else MfaMethod.APP,
            "mfa_verified_on": today - timedelta(days=chance.randrange(2, 80)),
        }
    if follows(world, plan, "recovery"):
        values |= {
            "recovery_email": f"social.{plan.line.code.casefold()}@{DOMAIN}",
            "recovery_kind": RecoveryKind.SHARED_MAILBOX,
        }
    if follows(world, plan, "comments"):
        values["comment_policy_url"] = f"https://www.{DOMAIN}/house-rules"
    if follows(world, plan, "tool"):
        values["publish_method"] = PublishMethod.APPROVED_TOOL
    if follows(world, plan, "custody"):
        values |= {
            "custody_kind": CustodyKind.VAULT,
            "vault_reference": f"social/{plan.line.code.casefold()}/{plan.place}",
        }
    if follows(world, plan, "retention"):
        values |= {"retention_class": "public-communications", "archive_method": "monthly export"}
    if follows(world, plan, "reviewed"):
        values["app_review_on"] = today - timedelta(days=chance.randrange(5, 120))
    if follows(world, plan, "cadence"):
        values["planned_cadence_days"] = 7
    return values


def trouble(world: World) -> dict[str, dict[str, Any]]:
    """Problems worth finding, by account: a single owner, no second factor, a private mailbox, silence."""
    silent = {"last_post_at": world.at - timedelta(days=190)}
    private = {"recovery_email": "altemuhle.shop@mail.example", "recovery_kind": RecoveryKind.PERSONAL}
    off = {"mfa_state": MfaState.OFF, "mfa_method": MfaMethod.UNKNOWN, "mfa_verified_on": None}
    return {
        "LGA-0": off | {"backup_owner": None},
        "LGE-3": off,
        "FDP-1": {"backup_owner": None},
        "LGE-0": private,
        "LGE-4": private,
        "LGP-7": silent,
        "LGP-12": silent,
        "LGP-13": {"last_post_at": world.at - timedelta(days=420)},
        "TAL-12": silent,
        "FDE-11": silent,
        "RTP-11": {"last_post_at": world.at - timedelta(days=97)},
    }
