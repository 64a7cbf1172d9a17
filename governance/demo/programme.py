"""Builds the governance of the demo company: policies published and answered, exceptions, access, certification, discovery."""

from datetime import timedelta

from coe.demo.world import World
from coe.rules.principals import actor_of
from governance.demo import custody, rounds
from governance.demo.answers import answer
from governance.demo.texts import DemoException, DemoFinding, Texts, demo_texts
from governance.enums.discovery import FindingAction
from governance.enums.exceptions import ExceptionState
from governance.library import shipped
from governance.models import DiscoverySweep, Policy, PolicyText, PolicyVersion
from governance.services.adopting import adopt_model
from governance.services.audience import tell_audiences
from governance.services.exceptions import (
    approve_exception,
    expire_exceptions,
    reject_exception,
    request_exception,
    take_up,
)
from governance.services.findings import adopt_finding, judge_finding, move_finding, report_finding
from governance.services.publishing import publish_policy
from governance.services.reviews import decide_review, renew_policy, submit_version
from governance.services.sweeps import end_sweep, start_sweep
from governance.services.versions import draft_version, edit_version
from training.models import Course

HUB, COUNSEL = "Amara Okafor", "Rui Carvalho"
DAY = timedelta(days=1)
# The core policies come first, the others a good half year later, what changed in them a quarter ago.
_CORE, _OTHERS, _CHANGES = 1, 3, 4


def build(world: World) -> None:
    """One step of governance."""
    if world.step in (_CORE, _OTHERS):
        _publish_models(world, is_core=world.step == _CORE)
    if world.step == _OTHERS:
        custody.make_rules(world)
    if world.step == _CHANGES:
        _change(world)
        custody.give_access(world)
    if world.is_last:
        rounds.ask_again(world)
        for text in demo_texts().exceptions:
            _exception(world, text)
        custody.look_at_access(world)
        _discover(world)
    answer(world)
    if not world.is_first:
        custody.certify(world)


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


def _finding(world: World, text: DemoFinding, sweep: DiscoverySweep) -> None:
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
