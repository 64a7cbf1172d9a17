"""What the documents name exists."""

import re
from pathlib import PurePosixPath

from tests.house.tree import ROOT, files, read

_CODE = re.compile(r"`([^`\n]+)`")
_PATH = re.compile(r"^\.?/?[\w.-]+(?:/[\w.-]+)*/?$")
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def named_paths(text: str, *, roots: set[str]) -> set[str]:
    """Backticked words that are paths into the tree: they begin with a file or folder at its top."""
    found = set()
    for words in _CODE.findall(text):
        word = words.split(":")[0].split("::")[0].removeprefix("./")
        if "/" in word and _PATH.match(word) and word.split("/")[0] in roots:
            found.add(word)
    return found


def named_links(text: str) -> set[str]:
    """Relative targets of Markdown links."""
    return {
        target.split("#")[0]
        for target in _LINK.findall(text)
        if not re.match(r"[a-z]+:|#", target) and target.split("#")[0]
    }


def _documents() -> list[str]:
    # A decision record tells what was true on its day.
    return [
        name for name in files() if name.endswith(".md") and not name.startswith(("docs/adr/", "static/"))
    ]


def test_every_path_named_in_the_documents_exists() -> None:
    roots = {name.split("/")[0] for name in files()} - {"var"}
    missing = {
        (name, path)
        for name in _documents()
        for path in named_paths(read(name), roots=roots)
        if not (ROOT / path).exists()
    }

    assert missing == set()


def test_every_relative_link_leads_somewhere() -> None:
    missing = {
        (name, link)
        for name in files()
        if name.endswith(".md")
        for link in named_links(read(name))
        if not (ROOT / PurePosixPath(name).parent / link).exists()
    }

    assert missing == set()


def test_a_path_is_told_from_other_words() -> None:
    text = "`coe/models/` and `coe/gone.py:12`, `GET /api/v1/lines/`, `a/b`, `coe/<name>.py`, [x](docs/a.md#b), [y](#z)"

    assert named_paths(text, roots={"coe"}) == {"coe/models/", "coe/gone.py"}
    assert named_links(text) == {"docs/a.md"}
