import pytest

from coe.templatetags import badges


@pytest.mark.parametrize(
    ("levels", "classes"),
    [
        (1, ["s-n", "s-r"]),
        (2, ["s-n", "s-c", "s-r"]),
        (3, ["s-n", "s-c", "s-w", "s-r"]),
        (4, ["s-n", "s-c", "s-cw", "s-w", "s-r"]),
        (5, ["s-n", "s-c", "s-cw", "s-w", "s-wr", "s-r"]),
        (7, ["s-n", "s-c", "s-cw", "s-cw", "s-w", "s-wr", "s-wr", "s-r"]),
    ],
)
def test_the_ramp_runs_from_first_to_last_whatever_the_number_of_levels(levels, classes):
    assert [badges.stage_class(index, levels) for index in range(levels + 1)] == classes


def test_a_level_above_the_ladder_takes_the_last_colour():
    assert badges.stage_class(9, 3) == "s-r"


@pytest.mark.parametrize(
    ("level", "read"),
    [
        (None, badges.Level(0, "–", "Not yet")),
        ("walk", badges.Level(2, "W", "Walk")),
        ({"index": 1, "letter": "A", "name": "Aware", "levels": 4}, badges.Level(1, "A", "Aware", 4)),
        ({"rank": 2, "label": "Defined"}, badges.Level(2, "D", "Defined")),
    ],
)
def test_a_level_is_read_from_whatever_names_it(level, read):
    assert badges.as_level(level) == read


def test_a_stage_shows_colour_letter_word_and_waivers():
    assert badges.stage_badge("walk", waivers=2) == (
        '<span class="stage s-w"><b aria-hidden="true">W</b><span class="w">Walk'
        ' <span class="fw-normal">with 2 waivers</span></span></span>'
    )


def test_below_the_first_stage_is_outlined_and_dashed():
    assert 'class="stage s-n s-none"' in badges.stage_badge(None)
    assert "Not yet" in badges.stage_badge(None)


def test_a_score_cell_says_the_whole_sentence_and_marks_what_is_below_target():
    html = badges.score_cell("crawl", 58, -7, "/l", line="Foods", dimension="Risk & care", target="walk")
    sentence = "Risk &amp; care: Crawl, score 58, down 7 since last quarter, target Walk"
    assert 'class="cell tip s-c below"' in html
    assert f'data-tip="Foods · {sentence}"' in html
    assert f'<span class="visually-hidden">{sentence}</span>' in html


def test_a_subtree_is_unfilled_and_a_cell_on_target_is_unmarked():
    assert 'class="cell tip"' in badges.score_cell("walk", 71, 0, "/l", subtree=True)
    assert 'class="cell tip s-w"' in badges.score_cell("walk", 71, 0, "/l", target="walk")


def test_a_cell_escapes_what_people_wrote():
    html = badges.score_cell("crawl", 5, 1, '/l?"><script>', line="<script>", dimension="<i>")
    assert "<script>" not in html
    assert "<i>" not in html.replace('<i aria-hidden="true">', "")


@pytest.mark.parametrize("key", list(badges.VERDICTS))
def test_every_verdict_has_its_own_glyph_and_word(key):
    tone, glyph, word = badges.VERDICTS[key]
    html = badges.verdict(key)
    assert f"v-{tone}" in html
    assert f"#i-{glyph}" in html
    assert str(word) in html


def test_eight_verdicts_eight_glyphs_eight_words():
    assert len(badges.VERDICTS) == 8
    assert len({glyph for _, glyph, _ in badges.VERDICTS.values()}) == 8
    assert len({str(word) for *_, word in badges.VERDICTS.values()}) == 8


def test_a_tone_outside_the_four_meanings_is_refused():
    with pytest.raises(ValueError, match="tone"):
        badges.status("purple", "New")


def test_an_icon_is_hidden_unless_it_has_a_name():
    assert 'aria-hidden="true"' in badges.icon("bell")
    assert 'role="img" aria-label="Bell"' in badges.icon("bell", "Bell")
