"""What changed between two texts: line beside line, and word by word within changed lines. Pure, on the standard library's `difflib`."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

SAME, ADDED, REMOVED = "same", "added", "removed"
# A word, a run of spaces, or one sign: joined, the tokens are the text again.
_TOKEN = re.compile(r"\w+|[^\S\n]+|\n|[^\w\s]")
# difflib takes quadratic time on long unlike texts: beyond this many tokens a changed passage is told as a whole.
MOST_TOKENS = 4_000


@dataclass(frozen=True)
class Piece:
    """Words that stand in both texts (`same`), in the new one only (`added`) or in the old one only (`removed`)."""

    kind: str
    text: str


@dataclass(frozen=True)
class Row:
    """A passage of both texts side by side: `old` has same and removed pieces, `new` has same and added ones."""

    old: tuple[Piece, ...]
    new: tuple[Piece, ...]

    @property
    def is_same(self) -> bool:
        """Whether nothing changed here."""
        return all(piece.kind == SAME for piece in (*self.old, *self.new))


def tokens(text: str) -> list[str]:
    """The text cut into words, spaces and signs; joined, they are the text."""
    return _TOKEN.findall(text)


def pieces(old: str, new: str) -> list[Piece]:
    """How `old` became `new`, word by word. Without the removed pieces it is `new`, without the added ones `old`."""
    if old == new:
        return [Piece(SAME, old)] if old else []
    before, after = tokens(old), tokens(new)
    if max(len(before), len(after)) > MOST_TOKENS:
        return [piece for piece in (Piece(REMOVED, old), Piece(ADDED, new)) if piece.text]
    return list(_told(before, after))


def _told(before: Sequence[str], after: Sequence[str]) -> Iterator[Piece]:
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece(SAME, "".join(before[i1:i2]))
            continue
        if i2 > i1:
            yield Piece(REMOVED, "".join(before[i1:i2]))
        if j2 > j1:
            yield Piece(ADDED, "".join(after[j1:j2]))


def whole(told: Sequence[Piece], *, without: str) -> str:
    """The text that is left without one kind of piece: without `removed` the new one, without `added` the old one."""
    return "".join(piece.text for piece in told if piece.kind != without)


def words(old: str, new: str) -> list[Piece]:
    """Both texts as one, word by word: lines that are alike are found first, so that long texts stay quick."""
    found: list[Piece] = []
    for old_lines, new_lines, is_same in _passages(old, new):
        if is_same:
            found.append(Piece(SAME, "".join(old_lines)))
        else:
            found += pieces("".join(old_lines), "".join(new_lines))
    return found


def rows(old: str, new: str) -> list[Row]:
    """Both texts side by side: a row a line that is alike, a row a changed passage."""
    found = []
    for old_lines, new_lines, is_same in _passages(old, new):
        if is_same:
            found += [Row((Piece(SAME, line),), (Piece(SAME, line),)) for line in old_lines]
            continue
        told = pieces("".join(old_lines), "".join(new_lines))
        found.append(
            Row(
                tuple(piece for piece in told if piece.kind != ADDED),
                tuple(piece for piece in told if piece.kind != REMOVED),
            )
        )
    return found


def _passages(old: str, new: str) -> Iterator[tuple[list[str], list[str], bool]]:
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        yield before[i1:i2], after[j1:j2], tag == "equal"
