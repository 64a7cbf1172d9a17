"""Walks a caller through a table of routes and compares what happens with what must happen."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.urls import get_resolver

from coe.enums.roles import Permission
from tests.house.routes.use import ACCOUNT, IN, LOG_IN, LOST, NO, Table, Use
from tests.house.routes.world import DRAFT, MARK, NUMBERS, PLACES, mark

_MARK = re.compile(rf"{MARK}(?:draft|{'|'.join(PLACES)})[a-z]+")
DONE = {200, 201, 202, 204, 302}
COMPLAINT = {400, 409, 422}
# What a caller may learn of the lines around it: the name of the parent and where its sessions are; and of the line that shares an
# account with it.
NEIGHBOURS = {
    mark("above", "line"), mark("above", "linename"), mark("above", "place"), mark("above", "campaign"),
    *(mark("shared", kind) for kind in ("line", "linename", "owner", "ownername")),
    *(mark("shared", kind) for kind in ("handle", "figure", "display", "purpose", "vault", "former", "tag", "certifier", "look")),
}  # fmt: skip

# What `come` gives to a person whatever their role.
THEIRS = {
    mark("own", kind) for kind in ("view", "notice", "mapping", "file", "by", "problem", "line", "linename")
}


def routes(patterns: Any = None, prefix: str = "") -> Iterator[str]:
    """Every route of the project as one text."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from routes(pattern.url_patterns, route)
        else:
            yield route


def path_of(route: str, world: Any, place: str) -> str:
    """The address of a place's record."""
    held = world.places[place]
    words = route.split("/")
    kinds = {
        "accounts": held.account, "people": held.person, "imports": held.batch, "views": held.view, "notices": held.notice,
        "tokens": held.token, "targets": held.target, "roles": held.role,
        "calendars": world.calendar, "tags": held.tag, "target-stages": held.stage, "maturity-runs": world.run, "rubrics": world.rubric,
        "runs": world.run,
        "discovery": held.finding, "findings": held.finding, "sweeps": held.sweep,
        "certification": held.certification, "certifications": held.certification, "certification-campaigns": held.campaign,
        "exceptions": held.exception,
        "access": held.account if words[0] == "accounts" else held.grant,
        "access-grants": held.grant,
        # Records of the company: the worlds of some tests hold them.
        "access-rules": getattr(world, "access_rule", None), "policy-courses": getattr(world, "policy_course", None),
        "acknowledgement-campaigns": getattr(world, "campaign", None), "acknowledgements": getattr(world, "acknowledgement", None),
        "seats": held.seat, "enrolments": held.enrolment,
        "acknowledge": held.person,
        "sessions": held.session, "attempts": held.attempt, "certificates": held.certificate, "completions": held.certificate.completion,
    }  # fmt: skip
    subject = next((kinds[word] for word in words if word in kinds), None)
    if "mappings" in words:
        subject = held.mapping
    elif route.startswith("certification/campaigns/"):
        subject = held.campaign
    elif route.startswith("discovery/sweeps/"):
        subject = held.sweep
    common = {
        "metrics": world.metric.code, "platforms": world.platform.code, "courses": world.course.code,
        "curricula": world.curriculum.code, "coverage": world.curriculum.code,
        "calendars": world.calendar.code, "policies": world.policy_version.policy.code,
    }  # fmt: skip
    place_of_code = words[1] if words[0] == "training" else words[0]
    code = common.get(place_of_code, held.line.code)
    path = route.replace("<uuid:role_id>", str(held.role.public_id))
    path = path.replace("<uuid:evidence_id>", str(UUID(int=0)))
    path = path.replace("<str:criterion>", "NO-SUCH").replace("<str:dimension>", "NO-SUCH")
    path = path.replace("<str:number>", "1.0").replace("<slug:language>.<slug:form>", "en.md")
    # The draft's: the second version of the course, with lessons l1, l2 and questions q1 to q4.
    path = path.replace("<slug:key>", "q1" if "questions" in words else "l1").replace(
        "<str:line>", held.line.code
    )
    path = path.replace("<slug:kind>", "accounts").replace("<int:number>", "2")
    path = re.sub(r"<\w+:code>", code, path)
    # A route of a record that the world does not hold is tried with an id that nobody has.
    return path.replace("<uuid:public_id>", str(subject.public_id) if subject else str(UUID(int=0)))


@contextmanager
def taken_back() -> Iterator[list[str]]:
    """Whatever is written inside is taken back; yields the writing statements."""
    written: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip("( ")[:6].upper() in ("INSERT", "UPDATE", "DELETE"):
            written.append(sql)
        return execute(sql, params, many, context)

    with transaction.atomic(), connection.execute_wrapper(note):
        yield written
        transaction.set_rollback(True)


def outcome(answer: Any, use: Use) -> str:
    """What an answer means."""
    status = answer.status_code
    if status == 401 or (status == 302 and "/auth/login" in answer["Location"]):
        return LOG_IN
    if use.names_line and status in (403, 404, 422):
        # Which of the three depends on how much of the line the caller sees; what counts is that nothing was done.
        return NO
    if status in DONE or (status in COMPLAINT and use.form is None):
        return IN
    return {403: NO, 404: LOST}.get(status, f"{status}: {body_of(answer)[:300]}")


def body_of(answer: Any) -> str:
    """The whole answer as text, also of a streamed one."""
    content = b"".join(answer.streaming_content) if getattr(answer, "streaming", False) else answer.content
    return content.decode(errors="replace")


def tries(table: Table, who: Any) -> Iterator[tuple[str, str, Use, str]]:
    """Route, method, use and place of every try. To those who see everything, or nothing, two places stand for all."""
    near = PLACES if who.has_line else ("own", "sibling")
    for route, methods in table.items():
        for method, use in methods.items():
            for place in near if use.record or use.names_line or callable(use.form) else ("own",):
                if place != "shared" or use.record in (ACCOUNT, "") or use.names_line:
                    yield route, method, use, place


def walk(who: Any, world: Any, table: Table, *, is_api: bool) -> tuple[list[str], list[str], list[str]]:
    """Try everything. Returns wrong outcomes, refused tries that wrote, and marks that leaked."""
    wrong, wrote, leaked = [], [], []
    for route, method, use, place in tries(table, who):
        path = f"{'/api/v1/' if is_api else '/'}{path_of(route, world, place)}"
        form = use.sent(world, place)
        expected = who.expects(use, place, is_api=is_api)
        if use.names_line and expected == LOST:
            expected = NO
        with taken_back() as written:
            answer = knock(who, method, path, form, is_api=is_api)
            met = outcome(answer, use)
            text = body_of(answer).casefold()
        told = f"{who.name}: {method} {path} ({place})"
        if met != expected:
            wrong.append(f"{told}: expected {expected}, met {met}")
        if expected != IN and written:
            wrote.append(f"{told}: {written[0][:120]}")
        sent = marks_in(f"{form} {path}".casefold())
        leaked += [f"{told}: {found}" for found in sorted(marks_in(text) - sent) if is_hidden(who, found)]
    return wrong, wrote, leaked


def marks_in(text: str) -> set[str]:
    """Every mark of a record in a text, figures included."""
    found = set(_MARK.findall(text))
    plain = text.replace(",", "").replace("\u202f", "").replace("\xa0", "")
    return found | {f"{MARK}{place}figure" for place, number in NUMBERS.items() if str(number) in plain}


def is_hidden(who: Any, found: str) -> bool:
    """Whether this caller must not meet this mark."""
    if found.startswith(DRAFT):
        return Permission.MANAGE_TRAINING not in who.company
    if who.sees_all or (who.kind == "person" and found in THEIRS):
        return False
    if who.has_line:
        return not found.startswith((f"{MARK}own", f"{MARK}below")) and found not in NEIGHBOURS
    return True


def knock(who: Any, method: str, path: str, form: Any, *, is_api: bool) -> Any:
    """One request."""
    if is_api:
        return who.call(method, path, None if method in ("GET", "DELETE") else form)
    return who.call.client.get(path) if method == "GET" else who.call.client.post(path, form)
