import datetime as dt

import pytest

from coe.templatetags import charts


def test_points_are_read_from_pairs_mappings_and_bare_numbers():
    assert charts.read_points([("Jan", 1), {"label": "Feb", "value": None}, 3]) == [
        ("Jan", 1.0),
        ("Feb", None),
        ("", 3.0),
    ]


def test_a_missing_value_cuts_the_line():
    assert charts.runs([1.0, 2.0, None, 4.0, None]) == [[0, 1], [3]]


def test_a_flat_line_spans_at_least_fifteen_points():
    low, high = charts.scale([60.0, 61.0])
    assert high - low == 15.0
    assert charts.scale([10.0, 90.0]) == (10.0, 90.0)


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (41, 63, [40.0, 50.0, 60.0, 70.0, 80.0]),
        (0, 4, [0.0, 1.0, 2.0, 3.0, 4.0]),
        (0, 1000, [0.0, 250.0, 500.0, 750.0, 1000.0]),
    ],
)
def test_axis_marks_are_round_and_hold_the_range(low, high, ticks):
    assert charts.nice_ticks(low, high) == ticks


def test_a_sparkline_draws_each_stretch_and_names_what_is_missing():
    html = charts.sparkline([51, 52, None, 60, 63])
    assert html.count("<polyline") == 2
    assert 'aria-label="5 values, from 51 to 63, 1 missing"' in html


def test_a_sparkline_without_values_is_a_dash():
    assert charts.sparkline([None, None]) == '<span class="muted" title="no value yet">–</span>'


@pytest.mark.parametrize(
    ("value", "threshold", "at_most", "tone"),
    [
        (17, 23, False, "bad"),
        (23, 23, False, "good"),
        (20, 30, True, "good"),
        (31, 30, True, "bad"),
        (5, None, False, "accent"),
    ],
)
def test_a_bar_takes_its_meaning_from_the_threshold(value, threshold, at_most, tone):
    assert f'class="f-{tone}"' in charts.bar(value, threshold, maximum=40, at_most=at_most)


def test_a_bar_never_leaves_its_frame():
    assert 'width="100.0"' in charts.bar(50, maximum=20)
    assert charts.bar(None) == ""


def test_a_strip_shows_now_progress_and_target_on_any_ladder():
    html = charts.stage_strip("crawl", "walk", 0.5)
    assert 'aria-label="Now Crawl, target Walk"' in html
    assert 'width="23.0" height="2.5"' in html
    five = [{"index": rank, "letter": str(rank), "name": f"L{rank}"} for rank in range(1, 6)]
    assert 'viewBox="0 0 250 27"' in charts.stage_strip(five[1], five[2], ladder=five)


def test_a_cohort_that_must_not_be_shown_says_why():
    assert charts.benchmark(58, why="too <few>") == '<span class="small muted">too &lt;few&gt;</span>'


@pytest.mark.parametrize("least", range(0, 101, 5))
def test_the_axis_of_a_score_ends_at_the_highest_score_there_can_be(least):
    drawn = charts.trend([("Jan", least), ("Feb", 100), ("Mar", 97)], most=100)

    marks = [float(mark) for mark in drawn["ticks"]]
    assert (marks[0], marks == sorted(marks, reverse=True)) == (100, True)
    assert 0 <= marks[-1] <= least
    assert len(marks) >= 3


def test_the_axis_of_a_low_score_is_not_stretched_to_the_highest():
    drawn = charts.trend([("Jan", 20), ("Feb", 40)], most=100)

    assert drawn["ticks"] == charts.trend([("Jan", 20), ("Feb", 40)])["ticks"]


def test_a_trend_keeps_the_gap_and_the_same_numbers_as_a_table():
    drawn = charts.trend(
        [("Jan", 50), ("Feb", None), ("Mar", 60), ("Apr", 61)],
        label="Score",
        target=55,
        marks=[("Mar", "Rubric 2")],
    )
    assert len(drawn["lines"]) == 1
    assert len(drawn["dots"]) == 2
    assert drawn["rows"] == [("Apr", "61"), ("Mar", "60"), ("Feb", None), ("Jan", "50")]
    assert drawn["marks"] == [{"x": "400.0", "words": "Rubric 2"}]
    assert drawn["target"]["words"] == "55"


def test_a_trend_without_values_says_so():
    assert charts.trend([("Jan", None)], label="Score") == {"empty": True, "label": "Score"}


def test_one_point_is_drawn_without_dividing_by_nothing():
    assert charts.trend([("Jan", 5)])["lines"] == []
    assert "<circle" in charts.sparkline([5])


def test_a_radar_names_each_axis_and_missing_values():
    drawn = charts.radar(
        [
            {"label": "Strategy", "value": 60, "target": 70},
            {"label": "Risk", "value": None},
            {"label": "People", "value": 40},
        ]
    )
    assert drawn["words"] == "Strategy 60; Risk no value; People 40"
    assert len(drawn["rings"]) == 4
    assert drawn["goal"]


def test_a_chart_carries_its_figures_as_data_and_as_rows_newest_first():
    days = [dt.date(2026, 1, 1), dt.date(2026, 2, 1)]
    drawn = charts.chart("reach", "Reach", days, [{"label": "Reach", "values": [1, None]}])
    assert drawn["data"]["labels"] == ["2026-01-01", "2026-02-01"]
    assert drawn["data"]["series"] == [{"label": "Reach", "unit": "", "values": [1.0, None]}]
    assert drawn["rows"] == [(days[1], None), (days[0], 1)]
