"""Loads the learning paths that ship with the hub (`training/paths/*.yaml`), and a company's own in the same format.

One file is one path: a curriculum, and the courses it brings along. Every text is given in English and French. A whole file:

    path: executive                   # code of the curriculum
    title: {en: "…", fr: "…"}
    summary: {en: "…", fr: "…"}
    roles: [executive_sponsor]        # who holds one of these roles is enrolled (names of coe/enums/roles.py); may be left out
    items:                            # the courses of the curriculum, in order; a course of another file is named in the same way
      - {course: FND, due_days: 14}
      - {course: EXE, due_days: 30, after: [FND]}      # `after`: to be completed first, out of this list
    courses:                          # the courses this file brings; may be left out
      - code: EXE
        title: {en: "…", fr: "…"}
        summary: {en: "…", fr: "…"}   # one paragraph, Markdown
        modes: [self_paced, session]  # self_paced needs lesson texts and a quiz; session and external may go without
        validity_months: 24           # left out or null: its certificate never expires
        renewal_days: 60              # how long before its end it may be renewed; 60 when left out
        duration_minutes: 45
        objectives: {en: ["…"], fr: ["…"]}
        quiz: {pass_mark: 80, drawn: 6, attempts: 3, shuffle: true}     # per cent; attempts null: without limit
        lessons:                      # in order
          - key: risk-and-value       # small letters, digits and “-”; once in a course
            title: {en: "…", fr: "…"}
            body: {en: "…", fr: "…"}  # Markdown; start headings at ##
        questions:                    # the bank, larger than what is drawn
          - key: first-hour
            kind: single              # or multiple: every right one must be ticked, and no other; single when left out
            text: {en: "…", fr: "…"}
            choices:
              a: {en: "…", fr: "…"}
              b: {en: "…", fr: "…"}
            correct: [b]
            explanation: {en: "…", fr: "…"}     # shown after handing in

YAML reads bare `no`, `yes`, `on` and `12:30` as something else than text; the check then says so, and quotes are the remedy.

Loading again changes nothing. A changed course becomes its next version and is published; a course or curriculum that people have
edited since stays theirs and is told as kept.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator

from coe.enums.roles import Role
from coe.errors import DomainError, Invalid, Problem
from coe.rules.principals import Actor
from training.models import Course, CourseVersion, Curriculum
from training.services.courses import create_course, edit_course
from training.services.curricula import Item, create_curriculum, edit_curriculum
from training.services.versions import draft_version, edit_version, publish_version

FOLDER = Path(__file__).resolve().parent.parent / "paths"
LARGEST = 2_000_000
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass
class Loaded:
    """What a loading did: codes of courses and curricula."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class PathFile:
    """A file that follows the format."""

    name: str
    sha256: str
    document: Mapping[str, Any]


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads((FOLDER / "schema.json").read_text(encoding="utf-8")))


def shipped_files() -> list[Path]:
    """The files that ship, by name."""
    return sorted(FOLDER.glob("*.yaml"))


def _spot(path: Iterable[Any]) -> str:
    return "/".join(str(part) for part in path) or "document"


def read_path(name: str, *, content: bytes) -> PathFile:
    """Read one file.

    :raises Invalid: it is no YAML or breaks the format; each problem names the file, the place and what is wrong there.
    """
    if len(content) > LARGEST:
        raise Invalid.one(name, "too_large", _("The file is larger than 2 MB."))
    try:
        document = yaml.load(content, Loader=_Loader)  # noqa: S506  # a safe loader, the C one where there is one
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        message = _("This is not valid YAML: %(reason)s.") % {"reason": " ".join(str(error).split())}
        raise Invalid.one(name, "yaml_broken", message) from error
    problems = [
        Problem(f"{name}: {_spot(error.absolute_path)}", "format", error.message[:300])
        for error in sorted(
            _validator().iter_errors(document), key=lambda one: [str(part) for part in one.absolute_path]
        )
    ]
    if not problems:
        problems = [Problem(f"{name}: roles", "role_unknown", _("“%(role)s” is not a role.") % {"role": role})
                    for role in document.get("roles", []) if role not in Role.values]  # fmt: skip
    if problems:
        raise Invalid(
            _("%(file)s does not follow the format of a path.") % {"file": name}, problems=tuple(problems)
        )
    return PathFile(name, hashlib.sha256(content).hexdigest(), document)


def _digest(data: Any) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _named(file: PathFile, where: str, error: DomainError) -> Invalid:
    """A refusal of a service, told as a problem of the file."""
    problems = error.problems or (Problem("", error.code, error.message),)
    return Invalid(
        error.message,
        problems=tuple(
            Problem(f"{file.name}: {where}/{one.field}".rstrip("/"), one.code, one.message)
            for one in problems
        ),
    )


def _questions(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "key": one["key"],
            "kind": one.get("kind", "single"),
            "texts": one["text"],
            "choices": [{"key": key, "texts": texts} for key, texts in one["choices"].items()],
            "correct": one["correct"],
            "explanations": one["explanation"],
        }
        for one in entry.get("questions", [])
    ]


def _fill(version: CourseVersion, entry: Mapping[str, Any], digest: str, *, by: Actor, at: datetime) -> None:
    quiz = entry.get("quiz", {})
    version = edit_version(
        version,
        changes={
            "objectives": entry["objectives"], "duration_minutes": entry["duration_minutes"],
            "pass_mark": quiz.get("pass_mark", 80), "drawn": quiz.get("drawn", 10), "attempts_allowed": quiz.get("attempts"),
            "is_shuffled": quiz.get("shuffle", True),
        },
        lessons=[
            {"key": one["key"], "titles": one["title"], "bodies": one.get("body", {})} for one in entry["lessons"]
        ],
        questions=_questions(entry),
        by=by,
        at=at,
    )  # fmt: skip
    CourseVersion.objects.filter(pk=version.pk).update(source_sha256=digest)
    version = CourseVersion.objects.select_related("course").get(pk=version.pk)
    publish_version(version, by=by, at=at, why=_("Shipped content"))


def _load_course(entry: Mapping[str, Any], loaded: Loaded, *, by: Actor, at: datetime) -> None:
    code, digest = entry["code"], _digest(entry)
    told = {"titles": entry["title"], "summaries": entry["summary"], "modes": entry["modes"]}
    course = Course.objects.filter(code_key=code.casefold()).first()
    if course is None:
        course = create_course(
            code=code, validity_months=entry.get("validity_months"), renewal_days=entry.get("renewal_days", 60), by=by, at=at,
            **told,
        )  # fmt: skip
        _fill(draft_version(course, by=by, at=at), entry, digest, by=by, at=at)
        loaded.created.append(code)
        return
    versions = list(course.versions.order_by("-number").values_list("source_sha256", flat=True))
    if digest in versions:
        loaded.unchanged.append(code)
    elif course.retired_at is not None or not versions or not versions[0]:
        loaded.kept.append(code)
    else:
        course = edit_course(course, changes=told, by=by, at=at)
        _fill(draft_version(course, by=by, at=at), entry, digest, by=by, at=at)
        loaded.updated.append(code)


def _items(file: PathFile, courses: Mapping[str, Course]) -> list[Item]:
    wanted = file.document["items"]
    codes = {code for one in wanted for code in (one["course"], *one.get("after", []))}
    missing = sorted(code for code in codes if code.casefold() not in courses)
    if missing:
        message = _("No such course: %(codes)s.") % {"codes": ", ".join(missing)}
        raise Invalid(message, problems=(Problem(f"{file.name}: items", "course_unknown", message),))
    return [
        Item(
            courses[one["course"].casefold()],
            one["due_days"],
            tuple(courses[code.casefold()] for code in one.get("after", [])),
        )
        for one in wanted
    ]


def _load_curriculum(
    file: PathFile, courses: Mapping[str, Course], loaded: Loaded, *, by: Actor, at: datetime
) -> None:
    document = file.document
    code = document["path"]
    parts = {
        "titles": document["title"], "summaries": document["summary"], "roles": document.get("roles", []),
    }  # fmt: skip
    curriculum = Curriculum.objects.filter(code_key=code.casefold()).first()
    if curriculum is None:
        curriculum = create_curriculum(code=code, items=_items(file, courses), by=by, at=at, **parts)
        loaded.created.append(code)
    elif curriculum.source_sha256 == file.sha256:
        loaded.unchanged.append(code)
        return
    elif curriculum.archived_at is not None or not curriculum.source_sha256:
        loaded.kept.append(code)
        return
    else:
        before = curriculum.revision
        curriculum = edit_curriculum(curriculum, items=_items(file, courses), by=by, at=at, **parts)
        (loaded.unchanged if curriculum.revision == before else loaded.updated).append(code)
    Curriculum.objects.filter(pk=curriculum.pk).update(source_sha256=file.sha256)


@transaction.atomic
def load_paths(*, by: Actor, at: datetime, files: Sequence[PathFile] | None = None) -> Loaded:
    """Load paths: those given, or those that ship. All of them or, when one is refused, none.

    Courses come first, so that a curriculum may name a course of any file.

    :raises Invalid: a file breaks the format, names an unknown course, or holds a course that cannot be published.
    """
    loaded = Loaded()
    if files is None:
        stored = set(Curriculum.objects.values_list("source_sha256", flat=True))
        files = []
        for path in shipped_files():
            content = path.read_bytes()
            # A start of the hub must not parse what it loaded before.
            if hashlib.sha256(content).hexdigest() in stored:
                loaded.unchanged.append(path.stem)
            else:
                files.append(read_path(path.name, content=content))
    for file in files:
        for index, entry in enumerate(file.document.get("courses", [])):
            try:
                _load_course(entry, loaded, by=by, at=at)
            except DomainError as error:
                raise _named(file, f"courses/{index}", error) from error
    courses = {course.code_key: course for course in Course.objects.all()} if files else {}
    for file in files:
        try:
            _load_curriculum(file, courses, loaded, by=by, at=at)
        except DomainError as error:
            if error.problems and error.problems[0].field.startswith(file.name):
                raise
            raise _named(file, "", error) from error
    return loaded
