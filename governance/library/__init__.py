"""Model policies that ship with the hub: pure functions over Markdown and YAML, no Django, no clock.

One directory is one policy type (`policy.yaml`, `en.md`, `fr.md`); `catalogue.yaml` says in which order they stand and what each
placeholder means. They are models to adopt and edit, no legal advice.

    shipped() -> Library                            what stands in governance/library, read once a process
    load_library(folder) -> Library                 the same from any folder; LibraryInvalid lists everything wrong with it
    library_problems(library, roles, courses)       names of roles and courses that do not exist
    clauses_of(body) -> tuple[Clause, …]            numbered headings: what an exception can be about
    placeholders_in(body) -> tuple[str, …]          words like {{company}} that nobody has filled in yet
    fill(body, values) -> str                       the text with those filled in that have a value
    words_in(body) -> int                           length as a reader counts it
"""

from governance.library.problems import LibraryInvalid, Problem
from governance.library.reading import FOLDER, LANGUAGES, library_problems, load_library, shipped
from governance.library.shapes import Audience, Library, ModelPolicy, Placeholder, Threshold
from governance.library.texts import Clause, clauses_of, fill, placeholders_in, words_in

__all__ = [
    "FOLDER",
    "LANGUAGES",
    "Audience",
    "Clause",
    "Library",
    "LibraryInvalid",
    "ModelPolicy",
    "Placeholder",
    "Problem",
    "Threshold",
    "clauses_of",
    "fill",
    "library_problems",
    "load_library",
    "placeholders_in",
    "shipped",
    "words_in",
]
