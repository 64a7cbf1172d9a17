"""A small school: what every test of training builds on."""

import datetime as dt
from typing import Any

from coe.enums.roles import Role
from coe.models import User
from coe.rules.principals import Actor
from tests.factories import UserFactory
from training.models import Course, CourseVersion, Curriculum
from training.services.completions import Finished
from training.services.courses import create_course
from training.services.curricula import Item, create_curriculum
from training.services.versions import draft_version, edit_version, publish_version

# Before the instant of every test, so that courses are taught when it happens.
SINCE = dt.datetime(2025, 1, 6, 8, 0, tzinfo=dt.UTC)
BY = Actor.system("tests")


def question(number: int, **fields: Any) -> dict[str, Any]:
    """A question whose right answer is “a”."""
    return {
        "key": f"q{number}",
        "kind": "single",
        "texts": {"en": f"Question {number}?", "fr": f"Question {number} ?"},
        "choices": [{"key": key, "texts": {"en": f"{key} {number}"}} for key in ("a", "b", "c")],
        "correct": ["a"],
        "explanations": {"en": f"Because {number}."},
        **fields,
    }


def lesson(number: int) -> dict[str, Any]:
    """A lesson with a text."""
    return {"key": f"l{number}", "titles": {"en": f"Lesson {number}"}, "bodies": {"en": f"## Text {number}"}}


def drafted(course: Course, *, questions: int = 4, at: dt.datetime = SINCE, **settings: Any) -> CourseVersion:
    """A draft that can be published."""
    version = draft_version(course, by=BY, at=at)
    return edit_version(
        version,
        changes={"objectives": {"en": ["Know it"]}, "duration_minutes": 30, "pass_mark": 75, "drawn": questions, **settings},
        lessons=[lesson(1), lesson(2)],
        questions=[question(number) for number in range(1, questions + 1)],
        by=BY,
        at=at,
    )  # fmt: skip


def taught(code: str = "FND", *, at: dt.datetime = SINCE, **fields: Any) -> CourseVersion:
    """A course with a published version; fields of the version's quiz go by name too."""
    settings = {
        name: fields.pop(name) for name in ("pass_mark", "attempts_allowed", "is_shuffled") if name in fields
    }
    course = create_course(
        code=code, by=BY, at=at,
        **{"titles": {"en": f"Course {code}", "fr": f"Cours {code}"}, "modes": ["self_paced", "session"], "validity_months": 12, **fields},
    )  # fmt: skip
    version = publish_version(drafted(course, at=at, **settings), by=BY, at=at)
    version.course.refresh_from_db()
    return version


def curriculum(
    code: str = "path", *courses: Course, roles: tuple[Role, ...] = (), **fields: Any
) -> Curriculum:
    """A curriculum of courses, each due after thirty days."""
    items = fields.pop("items", [Item(course, 30) for course in courses])
    return create_curriculum(
        code=code, titles={"en": f"Path {code}"}, items=items, roles=roles, by=BY, at=fields.pop("at", SINCE), **fields
    )  # fmt: skip


def finished(version: CourseVersion, at: dt.datetime, user: User | None = None, **fields: Any) -> Finished:
    """Somebody completed a version, as a learning system would tell it."""
    user = user or UserFactory()
    values = {"source": "xapi", "key": f"test:{user.pk}:{version.pk}:{at.isoformat()}"}
    return Finished(user, version, at, **values | fields)
