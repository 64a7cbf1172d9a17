"""What a policy's Markdown says about itself: clauses, placeholders, length."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_CLAUSE = re.compile(r"^(#{2,3}) (\d{1,2}(?:\.\d{1,2})?)\.? +(\S.*?)\s*$", re.MULTILINE)
_PLACEHOLDER = re.compile(r"\{\{ ?([a-z][a-z0-9_]{0,39}) ?\}\}")
# A run of word characters and the signs that join them; no repetition within a repetition.
_WORD = re.compile(r"\w[\w’'.\-/]*")


@dataclass(frozen=True)
class Clause:
    """A numbered heading: “3” is a section, “3.2” a clause of it."""

    number: str
    title: str

    @property
    def section(self) -> str:
        """The number of the section it stands in."""
        return self.number.split(".")[0]


def clauses_of(body: str) -> tuple[Clause, ...]:
    """The numbered headings of a text (`## 3. …`, `### 3.2 …`), in their order."""
    return tuple(Clause(number, title) for _, number, title in _CLAUSE.findall(body))


def placeholders_in(body: str) -> tuple[str, ...]:
    """The names of placeholders a text still contains, each once, by name."""
    return tuple(sorted(set(_PLACEHOLDER.findall(body))))


def fill(body: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders replaced by their values; one without a value stays as it is.

    A value is put on one line, so that it cannot begin a heading or a list of its own.
    """

    def value(found: re.Match[str]) -> str:
        words = " ".join(values.get(found[1], "").split())
        return words or found[0]

    return _PLACEHOLDER.sub(value, body)


def words_in(body: str) -> int:
    """How many words a reader reads. An elision (“l’entreprise”) counts as one word, as word processors do."""
    return len(_WORD.findall(body))
