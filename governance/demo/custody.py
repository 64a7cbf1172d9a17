"""Who gets into the accounts of the demo company, and how far their owners certified them."""

from datetime import datetime, timedelta

from coe.demo.company import LINES
from coe.demo.world import World
from coe.enums.accounts import AccountTier
from coe.models import SocialAccount, User
from coe.rules.principals import actor_of
from coe.services.organisation import organisation
from governance.demo.rounds import begin_certification, end_certification
from governance.enums.access import AccessLevel, GrantReviewOutcome, GrantState, RevokeCause
from governance.enums.certification import CheckKind, CheckOutcome, Question, Standing
from governance.models import AccessGrant
from governance.rules.certification import Known, pre_checks
from governance.selectors.access import Wanted, bases
from governance.selectors.certification import with_standing
from governance.services.access_rules import make_rule
from governance.services.certification import certify_account, record_check
from governance.services.grant_reviews import review_grant
from governance.services.grants import ask_back, grant_access, request_access
from training.models import Course

HUB, SECOND = "Amara Okafor", "Jonas Lindqvist"

DAY = timedelta(days=1)
_GIVEN = (AccessLevel.PUBLISHER, AccessLevel.MODERATOR, AccessLevel.ANALYST)


def make_rules(world: World) -> None:
    """Who publishes or administers has learned how: a rule a level, stricter where the company's own voice is at stake."""
    for level, code, tier in (
        (AccessLevel.PUBLISHER, "FND", None), (AccessLevel.ADMIN, "FND", None), (AccessLevel.ADMIN, "ACM", AccountTier.TIER_1.value),
    ):  # fmt: skip
        make_rule(level=level, course=Course.objects.get(code=code), tier=tier, by=world.by, at=world.at)


def _live() -> list[SocialAccount]:
    rows = SocialAccount.objects.live().select_related("line", "platform", "primary_owner", "backup_owner")
    return list(rows.order_by("line__code", "platform__code", "handle_key"))


def _allowed(wanted: list[Wanted], *, at: datetime) -> list[Wanted]:
    """Those who lack no course: in the demo as little as anywhere does anybody else get in."""
    found = zip(wanted, bases(wanted, at=at), strict=True)
    return [one for one, basis in found if not basis.missing]


def give_access(world: World) -> None:
    """Owners get into half of the greater accounts; the highest level is given by a second person of the hub."""
    hub, second = world.people[HUB], world.people[SECOND]
    people: dict[int, User] = {}
    wanted = []
    for account in _live():
        chance = world.random("access", account.line.code, account.platform.code, account.handle)
        for owner in (account.primary_owner, account.backup_owner):
            if (
                owner is None
                or not owner.is_active
                or account.tier == AccountTier.TIER_3
                or chance.random() > 0.55
            ):
                continue
            is_tier_1 = account.tier == AccountTier.TIER_1
            people[owner.pk] = owner
            wanted.append(
                Wanted(owner.pk, account, AccessLevel.ADMIN if is_tier_1 else chance.choice(_GIVEN))
            )
    for one in _allowed(wanted, at=world.at):
        grant = request_access(
            person=people[one.person_id], account=one.account, level=one.level, why="Runs the account", by=actor_of(hub), at=world.at,
        )  # fmt: skip
        if one.level == AccessLevel.ADMIN:
            grant_access(grant, by=actor_of(second), at=world.at + DAY)


def look_at_access(world: World) -> None:
    """A quarter later half of it is kept, the rest is due to be looked at; some is asked back, some asked for."""
    hub = actor_of(world.people[HUB])
    rows = AccessGrant.objects.filter(state=GrantState.ACTIVE, person__is_active=True).exclude(
        level=AccessLevel.ADMIN
    )
    held = list(
        rows.select_related("account").order_by(
            "account__line__code", "account__handle_key", "person__email", "level"
        )
    )
    for grant in held[::2]:
        review_grant(grant, outcome=GrantReviewOutcome.KEEP, by=hub, at=world.at - 12 * DAY)
    ask_back(held[1:4:2], cause=RevokeCause.ASKED, note="Moved to another team", by=hub, at=world.at)
    _ask(world)


def _ask(world: World) -> None:
    """Two owners wait for the highest level on an account of theirs."""
    accounts = [one for one in _live() if one.tier == AccountTier.TIER_2]
    owners = {
        one.primary_owner.pk: one.primary_owner for one in accounts if one.primary_owner is not None and one.primary_owner.is_active
    }  # fmt: skip
    wanted = [
        Wanted(one.primary_owner_id, one, AccessLevel.ADMIN)
        for one in accounts
        if one.primary_owner_id in owners
    ]
    asked: dict[int, Wanted] = {}
    for one in _allowed(wanted, at=world.at):
        asked.setdefault(one.person_id, one)
    for one in list(asked.values())[:2]:
        owner = owners[one.person_id]
        request_access(
            person=owner, account=one.account, level=one.level, why="Connects the publishing suite", by=actor_of(owner), at=world.at
        )  # fmt: skip


def certify(world: World) -> None:
    """Owners look at their accounts and certify what the register lets them, the sooner the further their line has come.

    What changes hands at a later step is open again by itself. On the last step only what still stands, or did until its date, is
    certified: the custody of the others changed on that very day.
    """
    begin_certification(world)
    for at, account, owner in sorted(_to_certify(world), key=lambda row: row[0]):
        end_certification(world, at=at)
        by = actor_of(owner)
        for kind in CheckKind:
            record_check(account, kind=kind, outcome=CheckOutcome.RIGHT, person=owner, by=by, at=at)
        certify_account(account, person=owner, answers=dict.fromkeys(Question.values, True), by=by, at=at)
    end_certification(world, at=world.at)


def _to_certify(world: World) -> list[tuple[datetime, SocialAccount, User]]:
    known = {one.code: one for one in LINES}
    domains = organisation().corporate_domains
    rows = with_standing(SocialAccount.objects.live(), at=world.at)
    rows = rows.select_related("line", "platform", "primary_owner", "backup_owner")
    found, share = [], 0.4 if world.is_last else 1.0
    for account in rows.order_by("line__code", "platform__code", "handle_key"):
        line, owner = known.get(account.line.code), account.primary_owner
        chance = world.random(
            "certifies", account.line.code, account.platform.code, account.handle, world.step
        )
        if line is None or owner is None or chance.random() > share * (0.3 + 0.7 * world.maturity(line)):
            continue
        if world.is_last and account.standing in (Standing.NEVER, Standing.REOPENED):
            continue
        if not world.is_last and account.standing in (Standing.STANDS, Standing.SOON):
            continue
        days, hours = chance.randrange(1, 36 if world.is_last else 60), chance.randrange(9)
        away = timedelta(days=days, hours=hours)
        at = world.at - away if world.is_last else world.at + away
        looked = {kind: (CheckOutcome.RIGHT, at.date()) for kind in CheckKind}
        if not any(one.blocks for one in pre_checks(account, Known(domains, at.date(), looked))):
            found.append((at, account, owner))
    return found
