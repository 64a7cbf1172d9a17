"""The bands beside a line: fixed cohorts, the same for all, with a reason instead of numbers where one could be recognised."""

import pytest

from coe.rules.principals import Actor
from metrics.enums.maturity import RunKind, SilenceChoice
from metrics.scoring.cohorts import Silence
from metrics.selectors.bands import Cohorts, bands_of
from metrics.selectors.cards import Band
from metrics.services import runs
from tests.factories import LineFactory, RoleFactory
from tests.metrics.world import AT, good_account, organisation


def row(line, score, kind="line", *, now=True, was=True):
    return (line, kind, "GOV", score, now, was)


def told(rows, own=300, kind="line", weights=None):
    return bands_of(Cohorts(tuple(rows), weights or {}), {"GOV": own}, kind)


def test_the_middle_half_is_told_in_fives_and_the_size_as_well():
    rows = [row(n, 100 * n) for n in range(1, 8)]

    (within,) = told(rows)
    (below,) = told(rows, own=100)
    (above,) = told(rows, own=700)
    (unknown,) = told(rows, own=None)

    assert within == Band("company", "GOV", 20, 40, 50, 5, "within", "")
    assert [band.position for band in (below, above, unknown)] == ["below", "above", "unknown"]


def test_everybody_is_told_the_same_cohort_so_two_readers_cannot_subtract_each_other():
    rows = [row(n, 100 * n) for n in range(1, 8)]

    numbers = {
        (band.low, band.middle, band.high, band.lines)
        for own in range(0, 1000, 50)
        for band in told(rows, own)
    }

    assert len(numbers) == 1


def test_a_reason_stands_where_numbers_must_not():
    silent = (None, None, None, None, "")
    five = [row(n, 100) for n in range(5)]
    six = [row(n, 100) for n in range(6)]

    assert told(five) == (Band("company", "GOV", *silent, "few"),)
    assert told(six, weights={0: 9, 1: 1}) == (Band("company", "GOV", *silent, "dominated"),)
    assert told([]) == (Band("company", "GOV", *silent, "few"),)


def test_the_kind_of_a_line_is_a_cohort_of_its_own_unless_it_leaves_a_few_over():
    lines = [row(n, 100) for n in range(6)]
    brands = [row(n, 500, "brand") for n in range(10, 16)]

    company, kind = told([*lines, *brands])
    _, few = told([*lines, *brands[:5]])

    assert (company.cohort, kind.cohort, kind.middle, kind.lines) == ("company", "line", 10, 5)
    assert (few.cohort, few.suppressed, few.middle) == ("line", "neighbour", None)


def test_a_past_day_is_told_only_for_the_cohort_of_today():
    rows = [row(n, 100, now=False) for n in range(6)] + [row(n, 500, was=False) for n in range(6)]
    newcomer = row(6, 500, was=False)

    (same,) = told(rows)
    (changed,) = told([*rows, newcomer])

    assert (same.middle, same.suppressed) == (10, "")
    assert (changed.middle, changed.suppressed) == (None, "changed")


def test_every_reason_has_words():
    assert set(SilenceChoice.values) == {why.value for why in Silence}


def whole(card):
    return next(band for band in card if band["dimension"] == "")


@pytest.fixture
def company(db):
    """Seven lines with an account each, scored."""
    organisation()
    lines = [LineFactory(code=f"L{n}") for n in range(7)]
    for line in lines:
        good_account(line)
    runs.run_inline(runs.start_run(RunKind.FULL, by=Actor.system(), at=AT), at=AT)
    return lines


def test_page_and_api_tell_the_band_or_why_there_is_none(client, company):
    client.force_login(RoleFactory(role="line_lead", line=company[0]).user, backend="coe.backends.HubBackend")

    def seen():
        page = client.get("/lines/L0/").content.decode()
        return page, whole(client.get("/api/v1/scorecards/L0/").json()["bands"])

    told_page, told_band = seen()
    for _ in range(7):
        good_account(company[6])
    for line in company[:1]:
        line.revision += 1
        line.save()
    led_page, led_band = seen()
    for line in company[5:]:
        line.is_spoke = False
        line.revision += 1
        line.save()
    few_page, few_band = seen()

    assert "Beside other lines" in told_page
    assert (told_band["cohort"], told_band["lines"], told_band["suppressed"], told_band["reason"]) == (
        "company",
        5,
        "",
        "",
    )
    assert (led_band["low"], led_band["lines"], led_band["suppressed"]) == (None, None, "dominated")
    assert led_band["reason"] == "not shown: one line has more than half of the accounts"
    assert (few_band["low"], few_band["suppressed"]) == (None, "few")
    assert led_band["reason"] not in told_page
    assert led_band["reason"] in led_page
    assert few_band["reason"] in few_page
    assert led_band["reason"] not in few_page
