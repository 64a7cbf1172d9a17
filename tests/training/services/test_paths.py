"""Shipped learning paths: they follow their format, load once, and leave alone what people changed."""

import copy
import datetime as dt
import io
import json
import re

import pytest
import yaml
from django.core.management import CommandError, call_command

from coe.errors import Invalid
from tests.training.world import BY
from training.models import Course, CourseVersion, Curriculum
from training.services.courses import retire_course
from training.services.curricula import edit_curriculum
from training.services.paths import FOLDER, PathFile, load_paths, read_path, shipped_files
from training.services.versions import draft_version

BOTH = {"en": "Text", "fr": "Texte"}
DOCUMENT = {
    "path": "basics",
    "title": BOTH,
    "summary": BOTH,
    "roles": ["viewer"],
    "items": [{"course": "ONE", "due_days": 30}],
    "courses": [
        {
            "code": "ONE", "title": BOTH, "summary": BOTH, "modes": ["self_paced"], "duration_minutes": 20,
            "objectives": {"en": ["Know"], "fr": ["Savoir"]}, "quiz": {"pass_mark": 80, "drawn": 1},
            "lessons": [{"key": "a", "title": BOTH, "body": BOTH}],
            "questions": [
                {"key": "q", "text": BOTH, "choices": {"a": BOTH, "b": BOTH}, "correct": ["a"], "explanation": BOTH}
            ],
        }
    ],
}  # fmt: skip


def path(**changed: object) -> PathFile:
    """The document with parts of the path, or of its course (`course_…`), replaced."""
    document = copy.deepcopy(DOCUMENT)
    for name, value in changed.items():
        if name.startswith("course_"):
            document["courses"][0][name.removeprefix("course_")] = value
        else:
            document[name] = value
    return read_path("basics.yaml", content=yaml.safe_dump(document).encode())


@pytest.mark.parametrize("file", shipped_files(), ids=lambda file: file.stem)
def test_every_shipped_path_follows_the_format_and_is_named_as_its_file(file) -> None:
    document = read_path(file.name, content=file.read_bytes()).document

    assert document["path"] == file.stem
    for course in document.get("courses", []):
        assert len(course.get("questions", [])) >= course.get("quiz", {}).get("drawn", 0)


@pytest.mark.django_db
def test_what_ships_loads_and_loads_again_as_unchanged(at: dt.datetime) -> None:
    first = load_paths(by=BY, at=at)
    again = load_paths(by=BY, at=at)

    stems = [file.stem for file in shipped_files()]
    assert set(stems) <= set(first.created)
    assert (again.created, again.updated, again.kept, again.unchanged) == ([], [], [], stems)
    assert CourseVersion.objects.published().count() == Course.objects.count()


@pytest.mark.parametrize(
    ("content", "field", "code"),
    [
        (b"path: [", "x.yaml", "yaml_broken"),
        (b"\xff\xff", "x.yaml", "yaml_broken"),
        (b"just text", "x.yaml: document", "format"),
        (b"path: a b\ntitle: {}\n", "x.yaml: document", "format"),
        (b"- 1", "x.yaml: document", "format"),
        (b"!!python/object/apply:os.system ['x']", "x.yaml", "yaml_broken"),
        (b"a: " + b"x" * 2_000_001, "x.yaml", "too_large"),
    ],
)
def test_a_file_that_is_no_path_is_refused_by_name(content: bytes, field: str, code: str) -> None:
    with pytest.raises(Invalid) as error:
        read_path("x.yaml", content=content)

    assert (error.value.problems[0].field, error.value.problems[0].code) == (field, code)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"roles": ["king"]}, "basics.yaml: roles"),
        ({"course_modes": ["by_post"]}, "basics.yaml: courses/0/modes/0"),
        ({"course_title": {"en": "Only English"}}, "basics.yaml: courses/0/title"),
        ({"course_duration_minutes": "20"}, "basics.yaml: courses/0/duration_minutes"),
        ({"items": [{"course": "ONE", "due_days": 0}]}, "basics.yaml: items/0/due_days"),
        ({"title": {"en": False, "fr": "x"}}, "basics.yaml: title/en"),
    ],
)
def test_each_problem_names_its_place(changed: dict, field: str) -> None:
    with pytest.raises(Invalid) as error:
        path(**changed)

    assert error.value.problems[0].field == field


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        ({"items": [{"course": "TWO", "due_days": 3}]}, "basics.yaml: items", "course_unknown"),
        ({"course_quiz": {"pass_mark": 80, "drawn": 9}}, "basics.yaml: courses/0/drawn", "bank_too_small"),
        ({"course_questions": []}, "basics.yaml: courses/0/questions", "required"),
        ({"course_lessons": [{"key": "a", "title": BOTH}]}, "basics.yaml: courses/0/lessons/a", "required"),
        ({"items": [{"course": "ONE", "due_days": 3, "after": ["ONE"]}]}, "basics.yaml: /items", "circle"),
    ],
)
def test_a_path_that_cannot_be_taught_is_refused_whole(
    changed: dict, field: str, code: str, at: dt.datetime
) -> None:
    with pytest.raises(Invalid) as error:
        load_paths(by=BY, at=at, files=[path(**changed)])

    assert (error.value.problems[0].field, error.value.problems[0].code) == (field, code)
    assert not Curriculum.objects.exists()
    assert not Course.objects.exists()


@pytest.mark.django_db
def test_changed_content_becomes_the_next_version(at: dt.datetime) -> None:
    load_paths(by=BY, at=at, files=[path()])

    loaded = load_paths(
        by=BY, at=at, files=[path(course_duration_minutes=25, summary={"en": "New", "fr": "Neuf"})]
    )

    assert (loaded.updated, loaded.created) == (["ONE", "basics"], [])
    assert list(CourseVersion.objects.order_by("number").values_list("number", "state", "duration_minutes")) == [
        (1, "retired", 20), (2, "published", 25),
    ]  # fmt: skip
    back = load_paths(by=BY, at=at, files=[path()])
    assert back.unchanged == ["ONE"]


@pytest.mark.django_db
def test_what_people_changed_stays_theirs(at: dt.datetime) -> None:
    load_paths(by=BY, at=at, files=[path()])
    draft_version(Course.objects.get(), by=BY, at=at)
    edit_curriculum(Curriculum.objects.get(), roles=["contributor"], by=BY, at=at)

    loaded = load_paths(by=BY, at=at, files=[path(course_duration_minutes=25, roles=["hub_lead"])])

    assert loaded.kept == ["ONE", "basics"]
    assert list(Curriculum.objects.get().roles.values_list("role", flat=True)) == ["contributor"]
    assert CourseVersion.objects.published().get().duration_minutes == 20


@pytest.mark.django_db
def test_a_retired_course_is_not_brought_back(at: dt.datetime) -> None:
    load_paths(by=BY, at=at, files=[path()])
    other = path(
        path="other",
        courses=[{**DOCUMENT["courses"][0], "code": "TWO"}],
        items=[{"course": "ONE", "due_days": 1}],
    )
    load_paths(by=BY, at=at, files=[other])
    retire_course(Course.objects.get(code="TWO"), by=BY, at=at)

    changed = {**DOCUMENT["courses"][0], "code": "TWO", "duration_minutes": 5}
    loaded = load_paths(
        by=BY, at=at, files=[path(path="other", courses=[changed], items=[{"course": "ONE", "due_days": 1}])]
    )

    assert loaded.kept == ["TWO"]


@pytest.mark.django_db
def test_the_command_checks_without_writing_and_tells_what_it_did(tmp_path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(yaml.safe_dump(DOCUMENT))
    out = io.StringIO()

    call_command("load_paths", str(file), "--check", "--json", stdout=out)
    assert json.loads(out.getvalue()) == {
        "created": ["ONE", "basics"],
        "updated": [],
        "unchanged": [],
        "kept": [],
    }
    assert not Course.objects.exists()

    call_command("load_paths", str(file), stdout=io.StringIO())
    assert Curriculum.objects.get().code == "basics"


def test_the_command_names_a_missing_file_and_every_problem(tmp_path, db) -> None:
    with pytest.raises(CommandError, match="nowhere"):
        call_command("load_paths", str(tmp_path / "nowhere.yaml"))
    broken = tmp_path / "broken.yaml"
    broken.write_text(yaml.safe_dump({**DOCUMENT, "title": {}, "summary": 3}))

    with pytest.raises(CommandError) as error:
        call_command("load_paths", str(broken))

    assert "broken.yaml: summary" in str(error.value)
    assert "broken.yaml: title" in str(error.value)


def test_the_schema_is_one() -> None:
    assert json.loads((FOLDER / "schema.json").read_text())["type"] == "object"


def test_eight_paths_ship_and_two_of_them_are_whole() -> None:
    courses = {
        course["code"]: course
        for file in shipped_files()
        for course in read_path(file.name, content=file.read_bytes()).document.get("courses", [])
    }
    whole = {
        code: (len(course["lessons"]), len(course.get("questions", [])))
        for code, course in courses.items()
        if "self_paced" in course["modes"]
    }

    assert sorted(courses) == ["ACM", "COM", "CRI", "EXE", "FND", "HUB", "LEAD", "PRA"]
    assert whole["FND"] >= (6, 20)
    assert whole["ACM"] >= (6, 20)
    for code, course in courses.items():
        assert len(course["lessons"]) >= 4, code
        assert all("body" in lesson for lesson in course["lessons"]) == (code in whole)


@pytest.mark.parametrize("file", shipped_files(), ids=lambda file: file.stem)
def test_french_says_metier_for_a_line_of_business(file) -> None:
    said = re.findall(
        r"\b(?:responsables? de|votre|chaque|toutes les|autre) lignes?\b",
        file.read_text(encoding="utf-8"),
        re.IGNORECASE,
    )

    assert said == []
