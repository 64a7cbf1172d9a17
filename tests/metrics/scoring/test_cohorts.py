"""Comparing cohorts that are told never singles out fewer than k lines, whatever the cohorts are."""

from itertools import chain, combinations

from hypothesis import given, strategies as st

from metrics.scoring.cohorts import FEWEST_LINES, Silence, atoms_of, silences

K = 5
lines = st.integers(0, 40)
families = st.lists(st.frozensets(lines, max_size=41), min_size=1, max_size=5).map(
    lambda sets: {f"c{place}": found for place, found in enumerate(sets)}
)
weights = st.dictionaries(lines, st.sampled_from([0, 1, 3, 50]), max_size=41)


def told_of(cohorts, weights):
    return [cohorts[name] for name, why in silences(cohorts, weights, fewest=K).items() if why is None]


@given(families, weights)
def test_no_two_cohorts_that_are_told_differ_by_fewer_than_k_lines(cohorts, weights):
    for one, other in combinations(told_of(cohorts, weights), 2):
        assert len(one ^ other) == 0 or len(one ^ other) >= K
        assert len(one - other) == 0 or len(one - other) >= K


@given(families, weights)
def test_no_way_of_adding_and_taking_away_singles_out_few_lines_or_one_that_leads_them(cohorts, weights):
    """Every set an attacker can build from cohorts is a union of atoms: try all of them."""
    atoms = atoms_of(told_of(cohorts, weights))[:8]
    unions = chain.from_iterable(combinations(atoms, n) for n in range(1, len(atoms) + 1))
    for parts in unions:
        found = frozenset().union(*parts)
        held = [weights.get(line, 0) for line in found]
        assert len(found) >= K
        assert 2 * max(held) <= sum(held)


@given(families, weights)
def test_a_cohort_that_is_told_holds_on_its_own(cohorts, weights):
    for found in told_of(cohorts, weights):
        held = [weights.get(line, 0) for line in found]
        assert len(found) >= K
        assert 2 * max(held) <= sum(held)


@given(families, weights)
def test_what_comes_later_changes_nothing_of_what_was_decided_before(cohorts, weights):
    whole = silences(cohorts, weights, fewest=K)
    names = list(cohorts)

    for count in range(len(names)):
        some = {name: cohorts[name] for name in names[:count]}
        assert silences(some, weights, fewest=K) == {name: whole[name] for name in some}


def group(start, count):
    return frozenset(range(start, start + count))


def test_five_other_lines_are_the_fewest():
    assert FEWEST_LINES == K + 1
    assert silences({"all": group(0, 5)}, {}) == {"all": Silence.FEW}
    assert silences({"all": group(0, 6)}, {}) == {"all": None}
    assert silences({"all": frozenset()}, {}) == {"all": Silence.FEW}


def test_half_of_the_weight_is_the_most_one_line_may_hold():
    six = {"all": group(0, 6)}

    assert silences(six, {0: 5, 1: 5}) == {"all": None}
    assert silences(six, {0: 6, 1: 5}) == {"all": Silence.DOMINATED}
    assert silences(six, {0: 1}) == {"all": Silence.DOMINATED}
    assert silences(six, {99: 1}) == {"all": None}


def test_a_cohort_that_leaves_a_few_lines_over_is_not_told():
    cohorts = {"all": group(0, 13), "brands": group(0, 7), "others": group(7, 6)}

    assert silences(cohorts, {}) == {"all": None, "brands": None, "others": None}
    assert silences(cohorts | {"all": group(0, 12)}, {}) == {
        "all": None,
        "brands": Silence.NEIGHBOUR,
        "others": Silence.NEIGHBOUR,
    }
    assert silences({"all": group(0, 12), "same": group(0, 12)}, {}) == {"all": None, "same": None}


def test_what_is_left_over_must_not_be_led_by_one_line_either():
    cohorts = {"all": group(0, 12), "brands": group(0, 6)}
    even = dict.fromkeys(range(12), 1)

    assert silences(cohorts, even) == {"all": None, "brands": None}
    assert silences(cohorts, even | {11: 6}) == {"all": None, "brands": Silence.NEIGHBOUR}
