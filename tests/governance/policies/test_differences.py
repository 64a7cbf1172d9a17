"""A told difference is exact: it leads from the old text to the new one and back."""

from hypothesis import given, strategies as st

from governance.rules.differences import ADDED, REMOVED, Piece, pieces, rows, tokens, whole, words

_TEXTS = st.text(st.sampled_from("ab é’_.\n\r\t<&\u2028"), max_size=60) | st.text(max_size=40)


@given(_TEXTS, _TEXTS)
def test_the_difference_gives_both_texts_back(old, new):
    for told in (pieces(old, new), words(old, new)):
        assert (whole(told, without=REMOVED), whole(told, without=ADDED)) == (new, old)
    side = rows(old, new)
    assert "".join(piece.text for row in side for piece in row.new) == new
    assert "".join(piece.text for row in side for piece in row.old) == old
    assert "".join(tokens(old)) == old


def test_a_changed_word_is_told_alone_and_like_lines_stand_beside_each_other():
    assert words("Be kind.\nAnswer within a day.\n", "Be kind.\nAnswer within an hour.\n") == [
        Piece("same", "Be kind.\n"),
        Piece("same", "Answer within "),
        Piece("removed", "a"),
        Piece("added", "an"),
        Piece("same", " "),
        Piece("removed", "day"),
        Piece("added", "hour"),
        Piece("same", ".\n"),
    ]
    assert [row.is_same for row in rows("a\nb\nc\n", "a\nx\nc\n")] == [True, False, True]


def test_texts_too_long_to_compare_word_by_word_are_told_as_a_whole():
    old, new = "a " * 5_000, "b " * 5_000

    assert words(old, new) == [Piece("removed", old), Piece("added", new)]
