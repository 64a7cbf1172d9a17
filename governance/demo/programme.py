"""Builds the governance of the demo company: policies published and answered, exceptions, access, certification, discovery."""

from datetime import datetime, timedelta

from coe.demo.company import LINES
from coe.demo.world import World
from coe.enums.accounts import AccountTier
from coe.errors import DomainError
from coe.models import RoleAssignment, SocialAccount, User
from coe.rules.principals import actor_of
from governance.demo.texts import DemoException, DemoFinding, Texts, demo_texts
from governance.enums.access import GrantReviewOutcome, RevokeCause
from governance.enums.certification import CheckKind, CheckOutcome, Question, Standing
from governance.enums.discovery import FindingAction
from governance.enums.exceptions import ExceptionState
from governance.library import shipped
from governance.models import AccessGrant, Policy, PolicyDue, PolicyText, PolicyVersion
from governance.selectors.certification import with_standing
from governance.services.access_rules import make_rule
from governance.services.acknowledgement_campaigns import plan_campaign
from governance.services.acknowledging import Shown, accept_policy, decline_policy
from governance.services.adopting import adopt_model
from governance.services.audience import tell_audiences
from governance.services.certification import certify_account, record_check
from governance.services.certification_campaigns import plan_certification_campaign
from governance.services.exceptions import (
    approve_exception,
    expire_exceptions,
    reject_exception,
    request_exception,
    take_up,
)
from governance.services.findings import adopt_finding, judge_finding, move_finding, report_finding
from governance.services.grant_reviews import review_grant
from governance.services.grants import ask_back, request_access
from governance.services.publishing import publish_policy
from governance.services.reviews import decide_review, renew_policy, submit_version
from governance.services.sweeps import end_sweep, start_sweep
from governance.services.versions import draft_version, edit_version
from training.models import Course

HUB, COUNSEL = "Amara Okafor", "Rui Carvalho"
DAY = timedelta(days=1)
# The core policies come first, the others a good half year later, what changed in them a quarter ago.
_CORE, _OTHERS, _CHANGES = 1, 3, 4
# How likely somebody of the most mature line answers between two steps.
_EAGER = 0.97


def build(world: World) -> None:
    """One step of governance."""
    if world.step in (_CORE, _OTHERS):
        _publish_models(world, is_core=world.step == _CORE)
    if world.step == _CHANGES:
        _change(world)
    _answer(world)
    if world.step == _OTHERS:
        _rules(world)
    if world.step >= _CHANGES:
        _certify(world)
    if world.is_last:
        _exceptions(world)
        _access(world)
        _rounds(world)
        _discover(world)


def _said(texts: Texts) -> str:
    return texts["en"]


def _publish(world: World, version: PolicyVersion) -> PolicyVersion:
    """Reviewed by as many of the hub as it takes, and in force."""
    reviewers = [world.people[COUNSEL], world.people[HUB]][: version.policy.quorum]
    version = submit_version(version, reviewers=reviewers, by=world.by, at=world.at)
    for reviewer in reviewers:
        decide_review(version, outcome="approved", sha256=version.sha256, by=actor_of(reviewer), at=world.at)
    version.refresh_from_db()
    version = publish_policy(version, by=world.by, at=world.at)
    tell_audiences(at=world.at, version_id=version.pk)
    return version


def _publish_models(world: World, *, is_core: bool) -> None:
    library = shipped()
    values = {name: dict(one.examples) for name, one in library.placeholders.items()}
    for model in library.policies:
        if model.is_core == is_core:
            version = adopt_model(model, values=values, by=world.by, at=world.at, owner=world.people[HUB])
            _publish(world, version)


def _change(world: World) -> None:
    """Later versions of three policies; the other old ones are looked at and stay."""
    changed = {change.policy for change in demo_texts().changes}
    for change in demo_texts().changes:
        policy = Policy.objects.get(library_code=change.policy)
        version = draft_version(policy, by=world.by, at=world.at)
        note = _said(change.note)
        bodies = {
            text.language: text.body
            for text in PolicyText.objects.filter(version__policy=policy, version__state="published")
        }
        texts = {
            language: f"{body.rstrip()}\n\n{change.note[language]}\n" for language, body in bodies.items()
        }
        changes = {"is_material": change.is_material, "change_note": note}
        _publish(world, edit_version(version, changes=changes, texts=texts, by=world.by, at=world.at))
    for policy in Policy.objects.exclude(library_code__in=changed).filter(
        last_reviewed_on__lt=world.at - 200 * DAY
    ):
        renew_policy(
            policy, by=world.by, at=world.at, why="Read again by the hub and by legal; nothing to change."
        )


def _eagerness(world: World, person: User, homes: dict[int, str]) -> float:
    known = {one.code: one for one in LINES}
    line = known.get(homes.get(person.pk, ""))
    return _EAGER * (0.35 + 0.65 * world.maturity(line)) if line is not None else _EAGER


def _answer(world: World) -> None:
    """Whoever is asked answers sooner the further their line has come; three say no, with a reason."""
    rows = (
        PolicyDue.objects.filter(until_at__isnull=True, answer="", person__is_active=True)
        .select_related("person", "version__policy").order_by("person__email", "version__policy__code", "id")
    )  # fmt: skip
    homes = dict(
        RoleAssignment.objects.current(world.at)
        .filter(line__isnull=False)
        .values_list("user_id", "line__code")
    )
    texts = {text.version_id: text.sha256 for text in PolicyText.objects.filter(language="en")}
    declines = {(one.policy, one.person): one for one in demo_texts().declines}
    for row in rows:
        decline = declines.get((row.version.policy.library_code, row.person.name))
        chance = world.random("answers", row.person.email, row.version.policy.code, world.step)
        shown = Shown("en", texts[row.version_id])
        moment = min(world.now, world.at + timedelta(days=chance.randrange(1, 25), hours=chance.randrange(9)))
        said = {"person": row.person, "shown": shown, "by": actor_of(row.person), "at": moment}
        if decline is not None:
            if world.is_last:
                decline_policy(row.version, reason=_said(decline.reason), **said)
        elif chance.random() < _eagerness(world, row.person, homes):
            accept_policy(row.version, **said)


def _rules(world: World) -> None:
    """Who publishes or administers has learned how: a rule a level, stricter where the company's own voice is at stake."""
    for level, code, tier in (
        ("publisher", "FND", None), ("admin", "FND", None), ("admin", "ACM", AccountTier.TIER_1.value),
    ):  # fmt: skip
        make_rule(level=level, course=Course.objects.get(code=code), tier=tier, by=world.by, at=world.at)


def _certify(world: World) -> None:
    """Owners look at their accounts and certify those that nothing speaks against, the sooner the further their line has come."""
    known = {one.code: one for one in LINES}
    accounts = with_standing(SocialAccount.objects.live(), at=world.at).exclude(standing=Standing.STANDS)  # type: ignore[attr-defined]  # our queryset words
    for account in accounts.select_related("line", "primary_owner", "platform").order_by(
        "line__code", "handle_key", "id"
    ):
        chance = world.random("certifies", account.line.code, account.handle, world.step)
        line, owner = known.get(account.line.code), account.primary_owner
        if (
            line is None
            or owner is None
            or not owner.is_active
            or chance.random() > 0.35 + 0.65 * world.maturity(line)
        ):
            continue
        at = world.at - timedelta(days=chance.randrange(1, 60))
        for kind in CheckKind:
            record_check(
                account, kind=kind, outcome=CheckOutcome.RIGHT, person=owner, by=actor_of(owner), at=at
            )
        try:
            certify_account(
                account, person=owner, answers=dict.fromkeys(Question.values, True), by=actor_of(owner), at=at
            )
        except DomainError:
            # What the register holds cannot be certified yet: exactly what the page tells the owner.
            continue


def _exceptions(world: World) -> None:
    for text in demo_texts().exceptions:
        _exception(world, text)


def _exception(world: World, text: DemoException) -> None:
    asked = world.now - text.asked_days_ago * DAY
    ends = asked + text.lasts_days * DAY
    approver, requester = world.people[text.approver], world.people[text.requester]
    row = request_exception(
        subject=text.subject, title=_said(text.title), reason=_said(text.reason), compensating_control=_said(text.control), expires_at=ends,
        line=world.lines[text.line], approver=approver, clause=text.clause, criterion=text.criterion,
        policy=Policy.objects.get(library_code=text.policy) if text.policy else None,
        account=world.accounts[text.account] if text.account else None,
        course=Course.objects.get(code=text.course) if text.course else None,
        person=world.people[text.person] if text.person else None, by=actor_of(requester), at=asked,
    )  # fmt: skip
    row = take_up(row, by=actor_of(approver), at=asked + DAY)
    if text.state == ExceptionState.IN_REVIEW:
        return
    decided = {
        "by": actor_of(approver),
        "at": asked + 2 * DAY,
        "expected_revision": row.revision,
        "note": _said(text.decision or {"en": ""}),
    }
    if text.state == ExceptionState.REJECTED:
        reject_exception(row, **decided)
        return
    row = approve_exception(row, **decided)
    if text.state == ExceptionState.EXPIRED:
        expire_exceptions([str(row.public_id)], at=ends)


def _access(world: World) -> None:
    """Owners publish, their seconds administer with a second person's yes, and what a leaver had is asked back."""
    hub = world.people[HUB]
    for account in (
        SocialAccount.objects.live()
        .select_related("primary_owner", "backup_owner", "line")
        .order_by("line__code", "handle_key", "id")
    ):  # type: ignore[attr-defined]  # our queryset words
        chance = world.random("access", account.line.code, account.handle)
        at = world.at - timedelta(days=chance.randrange(5, 85))
        for person in (account.primary_owner, account.backup_owner):
            if person is not None and person.is_active and chance.random() < 0.6:
                _grant(person, account, chance.choice(("publisher", "moderator", "analyst")), hub, at)
    held = list(AccessGrant.objects.filter(state="active").select_related("person", "account").order_by("pk"))
    for grant in held[::5]:
        review_grant(grant, outcome=GrantReviewOutcome.KEEP, note="", by=actor_of(hub), at=world.at - 2 * DAY)
    ask_back(
        held[3:5],
        cause=RevokeCause.ASKED,
        note="Moved to another team",
        by=actor_of(hub),
        at=world.at - 3 * DAY,
    )


def _grant(person: User, account: SocialAccount, level: str, giver: User, at: datetime) -> None:
    try:
        request_access(
            person=person, account=account, level=level, why="Runs the account", by=actor_of(giver), at=at
        )
    except DomainError:
        # Without the course nobody gets in, in the demo as little as anywhere.
        return


def _rounds(world: World) -> None:
    """Rounds of acknowledgement and of certification, past, running and to come."""
    for one in demo_texts().campaigns:
        starts = world.now - one.starts_days_ago * DAY
        plan_campaign(
            name=_said(one.name), policies=list(Policy.objects.filter(library_code__in=one.policies).order_by("code")), starts_at=starts,
            due_at=starts + one.days * DAY, is_repeated=one.is_repeated, by=actor_of(world.people[HUB]), at=min(starts, world.now) - DAY,
        )  # fmt: skip
    for one in demo_texts().certification_campaigns:
        starts = world.now - one.starts_days_ago * DAY
        plan_certification_campaign(
            name=_said(one.name), starts_at=starts, due_at=starts + one.days * DAY, by=actor_of(world.people[HUB]), at=starts - DAY,
        )  # fmt: skip


def _discover(world: World) -> None:
    """Two sweeps, and what became of what they found."""
    sweeps = []
    for one in demo_texts().sweeps:
        starts, lead = world.now - one.started_days_ago * DAY, world.people[one.lead]
        sweep = start_sweep(
            name=_said(one.name), method=_said(one.method), platforms=[world.platforms[code] for code in one.platforms], led_by=lead,
            by=actor_of(lead), at=starts,
        )  # fmt: skip
        sweeps.append(sweep)
        end_sweep(
            sweep, is_done=True, summary=_said(one.result), by=actor_of(lead), at=starts + one.days * DAY
        )
    for found in demo_texts().findings:
        _finding(world, found, sweeps[0])


def _finding(world: World, text: DemoFinding, sweep: object) -> None:
    at, person = world.now - text.found_days_ago * DAY, world.people[text.handled_by]
    row = report_finding(
        platform=world.platforms[text.platform], handle=text.handle, display_name=text.display_name, description=_said(text.seen),
        line=world.lines[text.line], sweep=sweep, by=actor_of(person), at=at,
    )  # fmt: skip
    if text.judgement is None:
        return
    at += text.judged_after_days * DAY
    said = {"by": actor_of(person), "at": at}
    row = judge_finding(
        row, kind=text.kind, judgement=_said(text.judgement), person=person, assignee=person, **said
    )
    if text.state == "adopted":
        adopt_finding(row, line=world.lines[text.line], **said)
    if text.state in ("takedown", "taken_down"):
        row = move_finding(row, action=FindingAction.TAKE_DOWN, reference=text.takedown_reference, **said)
    if text.state == "taken_down":
        move_finding(row, action=FindingAction.TAKEN_DOWN, by=actor_of(person), at=at + 9 * DAY)
    if text.state == "closed":
        move_finding(row, action=FindingAction.CLOSE, why=_said(text.judgement), **said)
