"""Drawing, checking and marking a quiz. Pure: a question is the plain dictionary that an attempt keeps."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from training.enums.training import QuestionKind

FULL = 10_000


def draw(
    bank: Sequence[Mapping[str, Any]], count: int, *, is_shuffled: bool, chance: Random
) -> list[dict[str, Any]]:
    """The questions of one attempt, as a copy: `count` of the bank, in chance order or in the bank's own."""
    count = min(count, len(bank))
    if not is_shuffled:
        return [dict(question) for question in bank[:count]]
    drawn = [dict(question) for question in chance.sample(list(bank), count)]
    for question in drawn:
        question["choices"] = chance.sample(list(question["choices"]), len(question["choices"]))
    return drawn


def wrong_answers(
    questions: Sequence[Mapping[str, Any]], answers: Mapping[str, Sequence[str]]
) -> list[tuple[str, str]]:
    """(question key, code) of each answer that cannot be one: question_unknown, choice_unknown, one_answer_only."""
    known = {question["key"]: question for question in questions}
    found = []
    for key, chosen in answers.items():
        question = known.get(key)
        if question is None:
            found.append((key, "question_unknown"))
        elif set(chosen) - {choice["key"] for choice in question["choices"]}:
            found.append((key, "choice_unknown"))
        elif question["kind"] == QuestionKind.SINGLE and len(set(chosen)) > 1:
            found.append((key, "one_answer_only"))
    return found


def is_right(question: Mapping[str, Any], chosen: Sequence[str]) -> bool:
    """Whether exactly the right choices were made; half of several right answers is not right."""
    return set(chosen) == set(question["correct"])


def mark(questions: Sequence[Mapping[str, Any]], answers: Mapping[str, Sequence[str]]) -> int:
    """The share of questions answered right, in hundredths of a per cent, rounded down. An unanswered question is wrong."""
    if not questions:
        return 0
    right = sum(is_right(question, answers.get(question["key"], ())) for question in questions)
    return right * FULL // len(questions)
