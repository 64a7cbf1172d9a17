"""Checks the lessons and questions of a version before they are stored."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext as _

from coe.errors import Problem
from training.enums.training import QuestionKind
from training.models import Lesson, Question
from training.services.texts import LONGEST_TEXT, clean_texts

MOST_CHOICES = 10
MOST_PARTS = 200


def _key(value: Any, where: str, seen: set[str], problems: list[Problem]) -> str:
    key = value if isinstance(value, str) else ""
    if not key or slugify(key) != key or len(key) > 60:
        message = _("A key has small letters, digits and “-” only, and at most 60 of them.")
        problems.append(Problem(f"{where}/key", "key_form", message))
    elif key in seen:
        problems.append(Problem(f"{where}/key", "doubled", _("This key stands twice.")))
    seen.add(key)
    return key


def _too_many(field: str, items: list[Any], problems: list[Problem]) -> bool:
    if len(items) <= MOST_PARTS:
        return False
    problems.append(Problem(field, "too_many", _("At most %(most)d, please.") % {"most": MOST_PARTS}))
    return True


def _objects(field: str, items: Iterable[Any], problems: list[Problem]) -> list[Mapping[str, Any]]:
    """What is given, without what is no object; that becomes a problem at its place."""
    rows: list[Mapping[str, Any]] = []
    for place, item in enumerate(items):
        if not isinstance(item, Mapping):
            problems.append(Problem(f"{field}/{place}", "object_expected", _("Send a JSON object.")))
            continue
        rows.append(item)
    return rows


def clean_lessons(lessons: Iterable[Mapping[str, Any]], *, problems: list[Problem]) -> list[Lesson]:
    """Lessons in their order, not stored yet: `{"key", "titles", "bodies"}` each."""
    before = len(problems)
    lessons, seen, rows = _objects("lessons", lessons, problems), set[str](), []
    if len(problems) > before:
        return []
    if _too_many("lessons", lessons, problems):
        return []
    for order, lesson in enumerate(lessons, start=1):
        where = f"lessons/{order - 1}"
        rows.append(
            Lesson(
                order=order,
                key=_key(lesson.get("key"), where, seen, problems),
                titles=clean_texts(f"{where}/titles", value=lesson.get("titles"), problems=problems),
                bodies=clean_texts(
                    f"{where}/bodies", value=lesson.get("bodies") or {}, problems=problems, is_required=False,
                    most=LONGEST_TEXT,
                ),
            )
        )  # fmt: skip
    return rows


def _choices(value: Any, where: str, problems: list[Problem]) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not 2 <= len(value) <= MOST_CHOICES:
        message = _("A question has 2 to %(most)d choices.") % {"most": MOST_CHOICES}
        problems.append(Problem(f"{where}/choices", "choices_count", message))
        return []
    seen: set[str] = set()
    clean = []
    for index, choice in enumerate(value):
        spot = f"{where}/choices/{index}"
        choice = choice if isinstance(choice, Mapping) else {}
        texts = clean_texts(f"{spot}/texts", value=choice.get("texts"), problems=problems, most=1000)
        clean.append({"key": _key(choice.get("key"), spot, seen, problems), "texts": texts})
    return clean


def clean_questions(questions: Iterable[Mapping[str, Any]], *, problems: list[Problem]) -> list[Question]:
    """Questions in their order, not stored yet: `{"key", "kind", "texts", "choices", "correct", "explanations"}` each."""
    before = len(problems)
    questions, seen, rows = _objects("questions", questions, problems), set[str](), []
    if len(problems) > before:
        return []
    if _too_many("questions", questions, problems):
        return []
    for order, question in enumerate(questions, start=1):
        where = f"questions/{order - 1}"
        kind = question.get("kind", QuestionKind.SINGLE)
        if kind not in QuestionKind.values:
            message = _("“%(kind)s” is no kind of question: write single or multiple.") % {"kind": kind}
            problems.append(Problem(f"{where}/kind", "kind_unknown", message))
        choices = _choices(question.get("choices"), where, problems)
        correct = question.get("correct")
        keys = [choice["key"] for choice in choices]
        right = [key for key in keys if isinstance(correct, list) and key in correct]
        if not isinstance(correct, list) or not right or len(right) != len(set(map(str, correct))):
            message = _("Name the right answers by the keys of their choices; at least one.")
            problems.append(Problem(f"{where}/correct", "correct_unknown", message))
        elif kind == QuestionKind.SINGLE and len(right) != 1:
            message = _("This kind of question has exactly one right answer; use “multiple” for several.")
            problems.append(Problem(f"{where}/correct", "correct_count", message))
        rows.append(
            Question(
                order=order,
                key=_key(question.get("key"), where, seen, problems),
                kind=kind,
                texts=clean_texts(f"{where}/texts", value=question.get("texts"), problems=problems, most=1000),
                choices=choices,
                correct=right,
                explanations=clean_texts(
                    f"{where}/explanations", value=question.get("explanations") or {}, problems=problems,
                    is_required=False, most=2000,
                ),
            )
        )  # fmt: skip
    return rows
