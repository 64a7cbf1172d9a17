"""The verdict on one criterion, from one line's values and answers."""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import date, timedelta

from metrics.scoring.compiled import Bound, CompiledCriterion
from metrics.scoring.model import Answer, IndicatorValue, ValueState
from metrics.scoring.results import CriterionVerdict, GuardVerdict, Reason, Verdict

Waivers = Mapping[str, date | None] | Set[str]
NO_ANSWERS: Mapping[str, Answer] = {}
ONE_DAY = timedelta(days=1)
COVERABLE = frozenset({Verdict.FAIL, Verdict.NO_DATA, Verdict.STALE, Verdict.ERROR})

Pair = tuple[int | None, int | None]


def _pair(value: IndicatorValue) -> Pair:
    """Numerator and denominator of a value; a bare value counts with its own fraction."""
    if value.numerator is None and value.value is not None:
        return value.value.numerator, value.value.denominator
    return value.numerator, value.denominator


def _obstacle(value: IndicatorValue | None) -> tuple[Verdict, Reason] | None:
    """What keeps a value from being compared at all, if anything."""
    if value is None:
        return Verdict.NO_DATA, Reason.NO_VALUE
    state = value.state
    if state == ValueState.ERROR:
        return Verdict.ERROR, Reason.COLLECTOR_ERROR
    if state == ValueState.NOT_APPLICABLE:
        return Verdict.NOT_APPLICABLE, Reason.NOT_APPLICABLE
    if value.denominator == 0:
        return Verdict.NOT_APPLICABLE, Reason.EMPTY_POPULATION
    if state == ValueState.NO_DATA or (value.numerator is None and value.value is None):
        return Verdict.NO_DATA, Reason.NO_VALUE
    if value.denominator is not None and value.denominator < 0:
        return Verdict.ERROR, Reason.BAD_DENOMINATOR
    return None


def _compare(bound: Bound, pair: Pair) -> tuple[bool, int]:
    numerator, denominator = pair
    assert numerator is not None
    below = 1 if denominator is None else denominator
    if bound.holds(numerator, below):
        return True, 1000
    return False, bound.credit(numerator, below)


def _guards(
    criterion: CompiledCriterion, values: Mapping[str, IndicatorValue]
) -> tuple[tuple[GuardVerdict, int], ...]:
    """Judge every guard, so that a reader sees all that stands in the way and not only the first."""
    judged = []
    for guard in criterion.guards:
        value = values.get(guard.indicator)
        obstacle = _obstacle(value)
        pair: Pair = (None, None) if value is None else _pair(value)
        if obstacle:
            # A guard over an empty population binds nobody; the criterion's own population is not empty.
            verdict, credit = obstacle[0], 1000 if obstacle[0] is Verdict.NOT_APPLICABLE else 0
        else:
            held, credit = _compare(guard.bound, pair)
            verdict = Verdict.PASS if held else Verdict.FAIL
        judged.append(
            (GuardVerdict(guard.index, guard.indicator, verdict, *pair, guard.bound.threshold), credit),
        )
    return tuple(judged)


GUARD_OUTCOMES = {
    Verdict.FAIL: (Verdict.FAIL, Reason.GUARD_FAILED),
    Verdict.NO_DATA: (Verdict.NO_DATA, Reason.GUARD_NO_DATA),
    Verdict.ERROR: (Verdict.ERROR, Reason.GUARD_ERROR),
}


def _measured(c: CompiledCriterion, values: Mapping[str, IndicatorValue], as_of: date) -> CriterionVerdict:
    assert c.bound is not None
    assert c.indicator is not None
    value = values.get(c.indicator)
    guards: tuple[GuardVerdict, ...] = ()
    guard_name: str | None = None
    changes_on: date | None = None
    pair: Pair = (None, None) if value is None else _pair(value)
    evidence_on = None if value is None else value.evidence_on
    credit = 0
    obstacle = _obstacle(value)
    if obstacle:
        verdict, reason = obstacle
    else:
        held, credit = _compare(c.bound, pair)
        verdict, reason = (
            (Verdict.PASS, Reason.THRESHOLD_MET) if held else (Verdict.FAIL, Reason.THRESHOLD_MISSED)
        )
        if c.guards:
            judged = _guards(c, values)
            guards = tuple(g for g, _ in judged)
            credit = min(credit, *(points for _, points in judged))
            if held:
                for guard in guards:
                    if guard.verdict in GUARD_OUTCOMES:
                        verdict, reason = GUARD_OUTCOMES[guard.verdict]
                        guard_name = guard.indicator
                        break
        if verdict is Verdict.PASS and c.warn is not None and not _compare(c.warn, pair)[0]:
            verdict, reason = Verdict.WARN, Reason.NEAR_THRESHOLD
        if c.max_age_days is not None:
            if evidence_on is None:
                # Undated evidence cannot show that it is young enough; a miss stays the plainer "fail".
                # Neither earns credit: losing the date must not be worth more than evidence grown old.
                credit = 0
                if held:
                    verdict, reason, guard_name = Verdict.STALE, Reason.EVIDENCE_UNDATED, None
            elif (as_of - evidence_on).days > c.max_age_days:
                verdict, reason, credit, guard_name = Verdict.STALE, Reason.EVIDENCE_TOO_OLD, 0, None
            else:
                changes_on = evidence_on + timedelta(days=c.max_age_days + 1)
    return CriterionVerdict(
        c.code, c.dimension, c.level, c.must, verdict, reason, pair[0], pair[1], c.bound.threshold, credit,
        evidence_on, guard_name, guards, None, changes_on, c.definition,
    )  # fmt: skip


def _attested(c: CompiledCriterion, answers: Mapping[str, Answer], as_of: date) -> CriterionVerdict:
    answer = answers.get(c.code)
    changes_on: date | None = None
    expires_on = None
    if answer is not None:
        expires_on = answer.expires_on
        if c.max_age_days is not None and answer.answered_on is not None:
            ages_out = answer.answered_on + timedelta(days=c.max_age_days)
            expires_on = ages_out if expires_on is None else min(expires_on, ages_out)
    if answer is None:
        verdict, reason = Verdict.NO_DATA, Reason.NOT_ANSWERED
    elif not answer.accepted:
        verdict, reason = Verdict.NO_DATA, Reason.AWAITING_REVIEW
    elif expires_on is not None and as_of > expires_on:
        verdict, reason = Verdict.STALE, Reason.ANSWER_EXPIRED
    elif answer.value == "yes":
        verdict, reason = Verdict.PASS, Reason.ATTESTED_YES
    elif answer.value == "no":
        verdict, reason = Verdict.FAIL, Reason.ATTESTED_NO
    elif answer.value == "not_applicable":
        verdict, reason = Verdict.NOT_APPLICABLE, Reason.NOT_APPLICABLE
    else:
        verdict, reason = Verdict.ERROR, Reason.ANSWER_UNKNOWN
    if expires_on is not None and as_of <= expires_on and answer is not None and answer.accepted:
        changes_on = expires_on + ONE_DAY
    return CriterionVerdict(
        c.code, c.dimension, c.level, c.must, verdict, reason, None, None, None,
        1000 if verdict is Verdict.PASS else 0,
        None if answer is None else answer.answered_on, None, (), None, changes_on, c.definition,
    )  # fmt: skip


def _covered(code: str, waivers: Waivers, as_of: date) -> tuple[bool, date | None]:
    """Whether a valid waiver covers a criterion, and its last valid day where it has one."""
    if code not in waivers:
        return False, None
    last = waivers[code] if isinstance(waivers, Mapping) else None
    return last is None or as_of <= last, last


def judge(
    criterion: CompiledCriterion,
    values: Mapping[str, IndicatorValue],
    *,
    waivers: Waivers,
    answers: Mapping[str, Answer],
    as_of: date,
) -> CriterionVerdict:
    """Judge one criterion; a waiver covers only what is applicable and not met."""
    if criterion.bound is not None:
        found = _measured(criterion, values, as_of)
    else:
        found = _attested(criterion, answers, as_of)
    if waivers and found.verdict in COVERABLE:
        covered, last = _covered(criterion.code, waivers, as_of)
        if covered:
            return found._replace(
                verdict=Verdict.WAIVED,
                reason=Reason.WAIVER,
                waived_from=found.verdict,
                changes_on=None if last is None else last + ONE_DAY,
            )
    return found
