"""Claims about any rubric and any data, for a fixed population."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import combinations

from hypothesis import given, settings, strategies as st

from metrics.scoring import (
    Answer,
    Effort,
    Guard,
    IndicatorValue,
    Kind,
    Rubric,
    Rules,
    ValueState,
    combine,
    compile_rubric,
    explain_change,
    next_steps,
    score,
    score_many,
    what_if,
)
from tests.metrics.scoring.builders import TODAY, criterion, rubric


@dataclass(frozen=True)
class Case:
    rubric: Rubric
    values: dict[str, IndicatorValue]
    answers: dict[str, Answer]
    waivers: frozenset[str]
    ops: dict[str, str]

    def facts(self):
        return {"answers": self.answers, "waivers": self.waivers, "as_of": TODAY}

    def score(self):
        return score(self.rubric, self.values, **self.facts())


days = st.one_of(st.none(), st.integers(0, 60).map(lambda back: TODAY - timedelta(days=back)))


@st.composite
def measures(draw):
    """A value of any state; the population is drawn once and stays."""
    return IndicatorValue(
        numerator=draw(st.integers(0, 10)),
        denominator=draw(st.sampled_from([0, 5, 10])),
        evidence_on=draw(days),
        state=draw(st.sampled_from([ValueState.OK] * 6 + [ValueState.NO_DATA, ValueState.ERROR])),
    )


answers = st.one_of(
    st.none(),
    st.builds(
        Answer,
        value=st.sampled_from(["yes", "yes", "no", "not_applicable"]),
        expires_on=days,
        accepted=st.booleans(),
    ),
)


@st.composite
def criteria(draw, code, ops):
    if draw(st.integers(0, 5)) == 0:
        return criterion(code, kind=Kind.ATTESTED, must=draw(st.booleans()))
    name = draw(st.sampled_from(sorted(ops)))
    guards = draw(st.lists(st.sampled_from(sorted(ops)), max_size=2))
    return criterion(
        code,
        indicator=name,
        op=ops[name],
        threshold=draw(st.sampled_from([30, 50, 80, 100])),
        must=draw(st.sampled_from([True, True, False])),
        weight=draw(st.integers(1, 3)),
        max_age_days=draw(st.sampled_from([None, None, 30])),
        effort=draw(st.sampled_from(Effort)),
        guards=tuple(Guard(g, ops[g], 50, {"en": g}, "%") for g in guards),
    )


@st.composite
def cases(draw, most=3):
    names = [f"i.{n}" for n in range(8)]
    ops = {name: draw(st.sampled_from([">=", ">=", "<="])) for name in names}
    codes = [
        f"{dimension}-{letter}{i}"
        for dimension in "ABCD"[: draw(st.integers(1, 4))]
        for letter in "CWR"
        for i in range(draw(st.integers(1, most)))
    ]
    made = [draw(criteria(code, ops)) for code in codes]
    rules = Rules(default_waiver_budget=draw(st.integers(0, 2)))
    return Case(
        rubric=rubric(*made, rules=rules, weights={d: draw(st.integers(1, 3)) for d in "ABCD"}),
        values={name: draw(measures()) for name in names},
        answers={c.code: a for c in made if c.kind is Kind.ATTESTED and (a := draw(answers)) is not None},
        waivers=draw(st.frozensets(st.sampled_from([c.code for c in made]), max_size=4)),
        ops=ops,
    )


def worse(value: IndicatorValue, op: str, kind: int) -> IndicatorValue:
    """The value after some of its evidence is gone; its population stays."""
    step = 1 if op == "<=" else -1
    if kind == 0:
        return replace(value, numerator=max(0, (value.numerator or 0) + 3 * step))
    if kind == 1:
        return replace(value, evidence_on=None)
    if kind == 2:
        return replace(value, evidence_on=value.evidence_on and value.evidence_on - timedelta(days=25))
    if kind == 3 and value.state == ValueState.OK:
        return replace(value, state=ValueState.NO_DATA)
    return value


def lost(answer: Answer, kind: int) -> Answer | None:
    if answer.value == "not_applicable" and answer.accepted:
        return answer  # it says what belongs to the population
    return (None, replace(answer, accepted=False), replace(answer, value="no"), answer)[kind % 4]


def readings(card):
    found = [card.index, -1 if card.score is None else card.score]
    for dimension in card.dimensions:
        found += [dimension.index, -1 if dimension.score is None else dimension.score]
    return found


@given(case=cases(), kinds=st.lists(st.integers(0, 5), min_size=20, max_size=20))
@settings(deadline=None, max_examples=300)
def test_removing_evidence_never_raises_and_adding_it_never_lowers_any_stage_or_score(case, kinds):
    poorer_answers = {
        code: left
        for (code, answer), kind in zip(sorted(case.answers.items()), kinds[8:] * 4, strict=False)
        if (left := lost(answer, kind)) is not None
    }
    poorer = replace(
        case,
        values={
            n: worse(case.values[n], case.ops[n], k) for n, k in zip(sorted(case.values), kinds, strict=False)
        },
        answers=poorer_answers,
    )

    rich, poor = readings(case.score()), readings(poorer.score())

    assert all(low <= high for low, high in zip(poor, rich, strict=True))


@given(case=cases(), rows=st.lists(st.integers(0, 7), min_size=1, max_size=6))
@settings(deadline=None)
def test_neither_the_order_nor_the_chunks_of_lines_change_a_result(case, rows):
    names = sorted(case.values)
    lines = {
        f"line-{i}": {n: case.values[names[(j + shift) % 8]] for j, n in enumerate(names)}
        for i, shift in enumerate(rows)
    }
    compiled = compile_rubric(case.rubric)

    whole = score_many(compiled, lines, as_of=TODAY)
    backwards = score_many(case.rubric, dict(reversed(lines.items())), as_of=TODAY)
    chunks = {
        k: v for line in lines for k, v in score_many(compiled, {line: lines[line]}, as_of=TODAY).items()
    }

    assert whole == backwards == chunks


@given(case=cases())
@settings(deadline=None)
def test_the_present_is_what_if_nothing_changed_and_has_no_change_to_explain(case):
    now = case.score()

    assert what_if(case.rubric, case.values, **case.facts()) == now
    assert not explain_change(now, now)


@given(case=cases(), later=cases())
@settings(deadline=None)
def test_every_change_of_stage_has_a_cause(case, later):
    before = case.score()
    after = score(case.rubric, later.values, **case.facts())

    report = explain_change(before, after)

    moved = {d.code for d, e in zip(before.dimensions, after.dimensions, strict=True) if d.index != e.index}
    assert moved <= {change.dimension for change in report.stages}
    assert all(change.causes for change in (*report.stages, *report.criteria))


@given(case=cases(most=2))
@settings(deadline=None)
def test_next_steps_reach_the_level_and_no_smaller_set_does(case):
    now = case.score()

    found = next_steps(now, case.rubric)

    open_codes = [v.code for v in now.verdicts.values() if v.applicable and v.verdict not in ("pass", "warn")]
    if found.level is None or not assessed(now):
        return
    aim = [level.code for level in case.rubric.levels].index(found.level)

    def reaches(codes):
        return what_if(case.rubric, case.values, met=frozenset(codes), **case.facts()).index >= aim

    assert reaches(found.codes) is found.reachable
    if len(open_codes) <= 9:
        smaller = range(len(found.codes)) if found.reachable else range(len(open_codes) + 1)
        assert not any(reaches(codes) for size in smaller for codes in combinations(open_codes, size))


def assessed(card):
    return any(d.standing != "not_assessed" for d in card.dimensions)


sums = st.lists(
    st.builds(
        IndicatorValue,
        numerator=st.integers(0, 9),
        denominator=st.integers(0, 9),
        evidence_on=st.dates(date(2020, 1, 1), date(2026, 1, 1)),
        records=st.integers(0, 9),
        state=st.sampled_from([ValueState.OK, ValueState.OK, ValueState.NO_DATA, ValueState.NOT_APPLICABLE]),
    ),
    min_size=1,
    max_size=6,
)


@given(found=sums, how=st.sampled_from(["sum", "max", "min"]))
def test_combining_does_not_depend_on_order(found, how):
    assert combine(found, how) == combine(reversed(found), how)


@given(found=sums, cut=st.integers(0, 6))
def test_a_sum_of_sums_is_the_sum(found, cut):
    halves = [part for part in (found[:cut], found[cut:]) if part]

    nested = combine([combine(part, "sum") for part in halves], "sum")

    assert nested.quotient() == combine(found, "sum").quotient()
    assert nested.state == combine(found, "sum").state


@given(found=sums, gone=st.integers(0, 5))
def test_a_line_that_loses_its_data_never_improves_its_ancestor(found, gone):
    poorer = [
        replace(v, state="no_data") if i == gone and v.state == "ok" else v for i, v in enumerate(found)
    ]

    rich, poor = combine(found, "sum").quotient(), combine(poorer, "sum").quotient()

    assert (poor or 0) <= (rich or 0)
