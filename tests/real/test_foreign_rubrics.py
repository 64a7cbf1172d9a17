"""Foreign maturity models, read from their own published texts, stand in our format without code."""

import re
from datetime import date
from pathlib import Path

import pytest

from metrics.scoring import (
    Answer,
    Kind,
    explain_change,
    load_rubric,
    next_steps,
    score,
    shipped_rubrics,
    what_if,
)

pytestmark = pytest.mark.real

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
TODAY = date(2026, 3, 31)


def source(*parts):
    path = DATA.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"The real data is not here: ../shared/data/{'/'.join(parts)}")
    return path.read_text(encoding="utf-8")


def shipped(name):
    return load_rubric(shipped_rubrics()[name].read_bytes())


def test_finops_holds_every_lens_and_level_of_the_playbook():
    text = source("finops-assessment", "project--finops-assessment.md")
    lenses = re.findall(r"^### Lens \d+: (\w+)", text, re.MULTILINE)
    levels = list(dict.fromkeys(re.findall(r"^\| (FinOps \d) \|", text, re.MULTILINE)))

    rubric = shipped("finops")

    assert [d.name["en"] for d in rubric.dimensions] == lenses
    assert [level.name["en"] for level in rubric.levels] == levels
    assert rubric.levels[0].baseline
    assert [(c.dimension, c.level) for c in rubric.criteria] == [
        (d.code, level.code) for d in rubric.dimensions for level in rubric.levels[1:]
    ]


def test_cncf_platform_holds_every_aspect_and_level_of_the_model():
    text = source("cncf-platform-maturity", "index.md")
    aspects = re.findall(r'tabName="(\w+)"', text)
    levels = list(dict.fromkeys(re.findall(r"^### Level \d, (\w+)", text, re.MULTILINE)))

    rubric = shipped("cncf-platform")

    assert [d.name["en"] for d in rubric.dimensions] == aspects
    assert [level.name["en"] for level in rubric.levels] == levels
    assert len(rubric.criteria) == len(aspects) * len(levels) == 20


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("finops", ("finops-assessment", "project--finops-assessment.md")),
        ("cncf-platform", ("cncf-platform-maturity", "index.md")),
    ],
)
def test_foreign_model_is_told_in_our_own_words(name, parts):
    text = re.sub(r"\W+", " ", source(*parts)).lower()

    for criterion in shipped(name).criteria:
        words = re.sub(r"\W+", " ", criterion.statement["en"]).lower().split()
        copied = [" ".join(words[i : i + 8]) for i in range(len(words) - 7)]
        assert [phrase for phrase in copied if phrase in text] == [], criterion.code


def test_finops_total_out_of_twenty_is_the_sum_of_lens_levels():
    source("finops-assessment", "project--finops-assessment.md")
    rubric = shipped("finops")
    heights = {"KNO": 3, "PRO": 3, "MET": 2, "ADO": 2, "AUT": 2}
    answers = {
        f"{lens}-{i}": Answer("yes", answered_on=TODAY)
        for lens, top in heights.items()
        for i in range(1, top + 1)
    }

    card = score(rubric, {}, answers=answers, as_of=TODAY)

    # 12 of 20 is the playbook's own example of a target that is good enough.
    assert {d.code: d.index for d in card.dimensions} == heights
    assert sum(d.index for d in card.dimensions) == 12
    assert [d.score for d in card.dimensions] == [250 * top for top in heights.values()]
    assert (card.level, card.score) == ("level-2", 600)


@pytest.mark.parametrize("name", ["finops", "cncf-platform"])
def test_foreign_model_has_steps_what_if_and_explanations_too(name):
    rubric = shipped(name)
    before = score(rubric, {}, as_of=TODAY)

    steps = next_steps(before, rubric)
    after = what_if(rubric, {}, met=frozenset(steps.codes), as_of=TODAY)

    assert {c.kind for c in rubric.criteria} == {Kind.ATTESTED}
    # Three quarters of five equal dimensions are four.
    assert (steps.reachable, len(steps.codes)) == (True, 4)
    assert after.index == before.index + 1
    assert {s.dimension for s in explain_change(before, after).stages} - {None} == {
        s.dimension for s in steps.steps
    }
