"""Builds the register: organisation, lines, people, roles, platforms, and accounts that grow better step by step."""

from datetime import timedelta

from coe.demo.company import (
    DOMAIN,
    GROUPS,
    HELPER,
    HUB,
    LEAVER,
    LINES,
    LOGINS,
    NAME,
    PASSWORD,
    RESTRICTED,
    SEATS,
    STAFF,
)
from coe.demo.plan import PLANS, Plan, practice, trouble
from coe.demo.world import World, email_of
from coe.enums.accounts import AccountAction, AccountState, PlatformDecision
from coe.enums.roles import Role
from coe.models import Organisation, User
from coe.rules.principals import actor_of
from coe.services.account_register import NewAccount
from coe.services.account_values import clean_account, handle_of
from coe.services.accounts import create_accounts, edit_accounts, set_co_owners, transition
from coe.services.lines import create_line
from coe.services.organisation import edit_organisation
from coe.services.people import assign_role, create_person, deactivate_person
from coe.services.platforms import decide_platform, ensure_platforms


def build(world: World) -> None:
    """One step of the register."""
    if world.is_first:
        _found(world)
    if world.step == 1:
        _decide_platforms(world)
    _seats(world)
    _register(world)
    _improve(world)
    if world.is_last:
        _trouble(world)


def _found(world: World) -> None:
    at = world.at
    edit_organisation(
        changes={"name": NAME, "time_zone": "Europe/Berlin", "corporate_domains": [DOMAIN]},
        by=world.by,
        at=at,
    )
    Organisation.objects.filter(pk=1).update(is_demo=True)
    for name, title, _role, time in HUB:
        _person(world, name, title, hub_fte_hundredths=time)
    world.by = actor_of(world.people["Amara Okafor"])
    for name, _title, role, _time in HUB:
        assign_role(world.people[name], role=role, by=world.by, at=at)
    for code, name, kind, zone in GROUPS:
        world.lines[code] = create_line(
            code=code, name=name, kind=kind, is_spoke=False, time_zone=zone, by=world.by, at=at
        )
    for line in LINES:
        world.lines[line.code] = create_line(
            code=line.code, name=line.name, kind=line.kind, parent=world.lines[line.parent], time_zone=line.zone,
            description=f"Runs {', '.join(name for _key, name in line.brands)}.", by=world.by, at=at,
        )  # fmt: skip
        for name, (_role, title) in zip(STAFF[line.code], SEATS, strict=True):
            if name:
                _person(world, name, title, time_zone=line.zone)
    for (name, code), title in ((LEAVER, "Social media manager"), (HELPER, "Content producer")):
        _person(world, name, title)
        assign_role(world.people[name], role=Role.CONTRIBUTOR, line=world.lines[code], by=world.by, at=at)
    world.platforms = ensure_platforms(by=world.by, at=at)
    tomasz = world.people["Tomasz Wilk"]
    User.objects.filter(pk=tomasz.pk).update(is_staff=True)


def _person(world: World, name: str, title: str, **fields: object) -> None:
    # Only the three log-ins get a password; hashing one takes as long as creating fifty people.
    password = PASSWORD if name in {login for _title, login in LOGINS} else None
    world.people[name] = create_person(
        email=email_of(name), name=name, job_title=title, password=password, is_demo=True, by=world.by, at=world.at,
        joined_on=(world.at - timedelta(days=world.random("joined", name).randrange(60, 3000))).date(), **fields,
    )  # fmt: skip


def _decide_platforms(world: World) -> None:
    for code, platform in sorted(world.platforms.items()):
        used = any(plan.platform == code for plan in PLANS)
        decision = PlatformDecision.RESTRICTED if code in RESTRICTED else (
            PlatformDecision.APPROVED if used else PlatformDecision.PROHIBITED
        )  # fmt: skip
        decide_platform(
            platform, decision=decision, by=world.by, at=world.at, terms_reviewed_on=world.at.date(),
            terms_review_due_on=world.at.date() + timedelta(days=730),
        )  # fmt: skip


def _seats(world: World) -> None:
    """Leads sit from the start; the other seats of a line are filled as it grows."""
    for line in LINES:
        for seat, (role, _title) in enumerate(SEATS):
            name = STAFF[line.code][seat]
            opens = 0 if seat in (0, 2) else 1 if line.maturity > 0.6 else 3
            if name and world.step == opens:
                assign_role(
                    world.people[name], role=role, line=world.lines[line.code], by=world.by, at=world.at
                )


def _register(world: World) -> None:
    new = []
    plans = [plan for plan in PLANS if plan.step == world.step]
    for plan in plans:
        platform = world.platforms[plan.platform]
        found = handle_of(platform, handle=plan.handle)
        fields = clean_account(
            {
                "display_name": plan.display_name, "kind": plan.kind, "tier": plan.tier, "is_service": plan.is_service,
                "is_regulated": plan.is_regulated, "opened_on": plan.opened_on(world),
            }
        )  # fmt: skip
        new.append(
            NewAccount(
                platform, world.lines[plan.line.code].pk, found.handle, found.normalised, url=found.canonical_url,
                state=AccountState.REQUESTED if plan.is_asked_for else AccountState.ACTIVE, fields=fields,
                tags=(plan.brand,),
            )
        )  # fmt: skip
    if new:
        made = create_accounts(new, by=world.by, at=world.at)
        world.accounts |= {plan.key: account for plan, account in zip(plans, made, strict=True)}
    if world.step == 1:
        world.accounts["CRP-0"] = set_co_owners(
            world.accounts["CRP-0"], lines=[world.lines["TAL"], world.lines["CSV"]], by=world.by, at=world.at
        )


def _owners(world: World, plan: Plan) -> tuple[User | None, User | None]:
    staff = [world.people[name] if name else None for name in STAFF[plan.line.code]]
    primary, backup = staff[2 + plan.place % 2], staff[plan.place % 2]
    if plan.line.code == "LGP":
        primary = staff[2]
    if plan.line.code == LEAVER[1] and plan.place % 4 == 0:
        primary = world.people[LEAVER[0]]
    return primary, backup


def _improve(world: World) -> None:
    pairs = []
    for plan in PLANS:
        account = world.accounts.get(plan.key)
        if account is not None and not plan.is_asked_for:
            pairs.append((account, practice(world, plan, *_owners(world, plan))))
    edited = edit_accounts(pairs, by=world.by, at=world.at)
    by_pk = {account.pk: account for account in edited}
    world.accounts = {key: by_pk.get(account.pk, account) for key, account in world.accounts.items()}


def _trouble(world: World) -> None:
    """What a curious reader finds: each trouble is real data, none is said aloud."""
    edit_accounts(
        [(world.accounts[key], changes) for key, changes in trouble(world).items()], by=world.by, at=world.at
    )
    deactivate_person(world.people[LEAVER[0]], by=world.by, at=world.at, why="Left the company")
    for key, action in (
        ("FDE-9", AccountAction.SUSPEND), ("LGP-7", AccountAction.MARK_DORMANT), ("LGP-12", AccountAction.MARK_DORMANT),
        ("TAL-13", AccountAction.START_CLOSING),
    ):  # fmt: skip
        world.accounts[key] = transition(world.accounts[key], action=action, by=world.by, at=world.at)
