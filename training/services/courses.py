"""Creates, edits and retires courses. What a course teaches is `training.services.versions`."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from coe.errors import Duplicate, Invalid, Problem, Protected, WrongState
from coe.rules.principals import Actor
from coe.services.facts import note_facts
from coe.services.history import changed, record, snapshot
from coe.services.records import clean_values, locked, save_changed
from training.enums.training import CourseMode, VersionState
from training.models import Course, CourseVersion, Curriculum
from training.services.texts import LONGEST_TEXT, clean_texts

EDITABLE = frozenset(
    {
        "titles", "summaries", "owner", "modes", "validity_months", "renewal_days", "activity_id", "reviewed_on",
    }
)  # fmt: skip
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")


def clean_code(code: str) -> str:
    """A code as people write it.

    :raises Invalid: it is no code.
    """
    code = code.strip()
    if not _CODE.fullmatch(code):
        raise Invalid.one(
            "code", "code_form", _("A code has letters, digits, “-” and “_” only, and at most 40 of them.")
        )
    if code.casefold() == "new":
        raise Invalid.one("code", "code_taken", _("“new” is an address of the pages; choose another code."))
    return code


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    problems: list[Problem] = []
    out = dict(values)
    if "titles" in out:
        out["titles"] = clean_texts("titles", value=out["titles"], problems=problems)
    if "summaries" in out:
        out["summaries"] = clean_texts(
            "summaries", value=out["summaries"], problems=problems, is_required=False, most=LONGEST_TEXT
        )
    if "modes" in out:
        modes = out["modes"]
        if not isinstance(modes, list) or not modes or set(map(str, modes)) - set(CourseMode.values):
            problems.append(
                Problem(
                    "modes", "modes_unknown", _("Choose at least one of: %(modes)s.") % {"modes": ", ".join(CourseMode.values)}
                )
            )  # fmt: skip
        else:
            out["modes"] = [mode for mode in CourseMode.values if mode in modes]
    if "activity_id" in out and not _IRI.fullmatch(str(out["activity_id"])):
        problems.append(
            Problem(
                "activity_id", "iri_expected", _("An activity id is an IRI such as https://lms.example.com/course/1.")
            )
        )  # fmt: skip
    months = out.get("validity_months")
    if months is not None and not 1 <= months <= 120:
        problems.append(
            Problem("validity_months", "out_of_range", _("Choose 1 to 120 months, or leave it empty."))
        )
    if not 0 <= (out.get("renewal_days") or 0) <= 365:
        problems.append(Problem("renewal_days", "out_of_range", _("Choose 0 to 365 days.")))
    if problems:
        raise Invalid(problems[0].message, problems=tuple(problems))
    return out


def _free_activity(activity_id: str, but: int | None = None) -> None:
    other = Course.objects.filter(activity_id=activity_id).exclude(pk=but).first()
    if other is not None:
        raise Duplicate.one(
            "activity_id", "duplicate", _("The course %(code)s has this activity id.") % {"code": other.code}
        )


@transaction.atomic
def create_course(*, code: str, by: Actor, at: datetime, why: str = "", **fields: Any) -> Course:
    """Add a course without content. Without an activity id it gets a name of its own: `urn:coe-hub:course:<code>`.

    :raises Invalid: a field is wrong. :raises Duplicate: code or activity id is taken.
    """
    code = clean_code(code)
    fields = {"modes": [CourseMode.SELF_PACED.value], **fields}
    fields["activity_id"] = fields.get("activity_id") or f"urn:coe-hub:course:{code.casefold()}"
    values = _checked({"titles": {}, **clean_values(Course, values=fields, allowed=EDITABLE)})
    if Course.objects.filter(code_key=code.casefold()).exists():
        raise Duplicate.one("code", "duplicate", _("The course %(code)s exists already.") % {"code": code})
    _free_activity(values["activity_id"])
    course = Course(code=code, code_key=code.casefold(), created_at=at, updated_at=at, **values)
    course.save(force_insert=True)
    record("course.created", course, by=by, at=at, changes=changed({}, snapshot(course)), why=why)
    note_facts([(None, "training")], at=at)
    return course


@transaction.atomic
def edit_course(
    course: Course,
    *,
    changes: Mapping[str, Any],
    by: Actor,
    at: datetime,
    why: str = "",
    expected_revision: int | None = None,
) -> Course:
    """Change what is said about a course. Certificates that exist keep their end; the validity counts for the next ones.

    :raises Invalid: a field is wrong. :raises Duplicate: the activity id is taken. :raises Stale: `expected_revision` is old.
    """
    course = locked(course, expected_revision=expected_revision)
    values = _checked(clean_values(Course, values=changes, allowed=EDITABLE))
    if "activity_id" in values:
        _free_activity(values["activity_id"], but=course.pk)
    before = snapshot(course)
    for name, value in values.items():
        setattr(course, name, value)
    difference = changed(before, snapshot(course))
    if difference:
        save_changed(course, fields=values, at=at)
        record("course.updated", course, by=by, at=at, changes=difference, why=why)
        note_facts([(None, "training")], at=at)
    return course


@transaction.atomic
def retire_course(
    course: Course, *, by: Actor, at: datetime, why: str = "", expected_revision: int | None = None
) -> Course:
    """Take a course out of the offer with its published version. Certificates hold until they end.

    :raises WrongState: it is retired already. :raises Protected: live curricula ask for it.
    """
    course = locked(course, expected_revision=expected_revision)
    if course.retired_at is not None:
        raise WrongState(_("%(course)s is retired already.") % {"course": course.code})
    held = list(
        Curriculum.objects.live()
        .filter(items__course=course)
        .order_by("code_key")
        .values_list("code", flat=True)
    )
    if held:
        raise Protected(
            _("Curricula ask for this course: %(codes)s. Take it out of them first.")
            % {"codes": ", ".join(held)},
            extra={"blockers": held},
        )
    course.retired_at = at
    save_changed(course, fields=["retired_at"], at=at)
    CourseVersion.objects.filter(course=course, state=VersionState.PUBLISHED).update(
        state=VersionState.RETIRED, retired_at=at, updated_at=at
    )
    record("course.retired", course, by=by, at=at, changes={"retired_at": [None, at]}, why=why)
    note_facts([(None, "training")], at=at)
    return course
