"""The model policies that ship: complete in both languages, in agreement with their data, and refused with a reason when broken."""

import html
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from coe.enums.roles import Role
from coe.templatetags import prose
from governance.enums.policies import CORE_TYPES, PolicyType
from governance.library import (
    FOLDER,
    LANGUAGES,
    Clause,
    LibraryInvalid,
    ModelPolicy,
    Problem,
    clauses_of,
    fill,
    library_problems,
    load_library,
    placeholders_in,
    shipped,
    words_in,
)
from metrics.scoring import load_rubric, shipped_rubrics
from training.services.paths import read_path, shipped_files

SECTIONS = {
    "en": ["Purpose", "Scope", "Rules", "Roles and responsibilities", "Exceptions", "Consequences", "Related procedures", "Review"],
    "fr": [
        "Objet", "Champ d’application", "Règles", "Rôles et responsabilités", "Dérogations", "Conséquences", "Procédures liées",
        "Révision",
    ],
}  # fmt: skip


def section(body: str, number: int) -> str:
    """What stands in a section, on one line."""
    found = re.search(rf"^## {number}\. .*?$(.*?)(?=^## |\Z)", body, re.MULTILINE | re.DOTALL)
    assert found is not None
    return " ".join(found[1].split())


def test_every_type_of_the_research_ships_once_and_five_are_core() -> None:
    policies = shipped().policies

    assert [one.type for one in policies] == [one.value for one in PolicyType if one != PolicyType.OTHER]
    assert len(policies) == 14
    assert tuple(one.type for one in policies if one.is_core) == CORE_TYPES
    assert len({one.sha256 for one in policies}) == len(policies)


def test_names_taken_from_elsewhere_exist() -> None:
    courses = {
        course["code"]
        for file in shipped_files()
        for course in read_path(file.name, content=file.read_bytes()).document.get("courses", [])
    }
    rubric = load_rubric(shipped_rubrics()["social-coe"].read_text(encoding="utf-8"))
    criteria = {one.code for one in rubric.criteria}

    assert library_problems(shipped(), roles=Role.values, courses=courses) == ()
    assert {code for one in shipped().policies for code in one.criteria} - criteria == set()
    # TRN-C1: the Foundation course covers every core policy.
    assert [one.type for one in shipped().policies if one.is_core and "FND" not in one.courses] == []


@pytest.mark.parametrize("policy", shipped().policies, ids=lambda policy: policy.type)
def test_a_text_is_whole_and_says_what_its_data_say(policy: ModelPolicy) -> None:
    said = {
        "en": (f"every {policy.review_months} months", f"at most {policy.exception_days} days"),
        "fr": (f"tous les {policy.review_months} mois", f"{policy.exception_days} jours au plus"),
    }
    for language in LANGUAGES:
        body = policy.bodies[language]
        headings = [one.title for one in clauses_of(body) if "." not in one.number]
        exceptions = section(body, 5)
        named = set(re.findall(r"\b3\.\d+", exceptions))
        review, longest = said[language]

        assert headings == SECTIONS[language]
        assert 500 <= words_in(body) <= 1200
        assert review in section(body, 8)
        assert longest in exceptions
        # A range (“3.1 to 3.4”) stands for what is between.
        for first, last in re.findall(r"3\.(\d+) (?:to|à) 3\.(\d+)", exceptions):
            named |= {f"3.{number}" for number in range(int(first), int(last) + 1)}
        assert set(policy.no_exception) <= named
        # Shown as it was written: nothing of it needs raw HTML, and the sanitiser takes nothing away.
        assert html.unescape(prose.markdown(body)) == html.unescape(prose._parser().render(body))
        assert not re.search(r"<[a-z/!]|&[a-z#]|\]\(|^# |\t| \n", body, re.MULTILINE)
    # Both languages have the same lists and tables, not only the same headings.
    marks = [re.findall(r"^(?:[*|]|\d\.) ", body, re.MULTILINE) for body in policy.bodies.values()]
    assert marks[0] == marks[1]


def test_filled_in_with_its_examples_a_text_has_no_gaps() -> None:
    library = shipped()

    for policy in library.policies:
        for language, body in policy.bodies.items():
            values = {name: one.examples[language] for name, one in library.placeholders.items()}
            assert placeholders_in(fill(body, values)) == ()
            assert "{{" not in fill(body, values)
    used = {name for policy in library.policies for name in policy.placeholders}
    assert used == set(library.placeholders)


def test_the_guide_tells_the_defaults_that_ship() -> None:
    guide = (FOLDER.parent.parent / "docs" / "governance.md").read_text(encoding="utf-8")

    for one in shipped().policies:
        title = one.titles["en"] + (" (core)" if one.is_core else "")
        cells = (
            title, f"`{one.type}`", one.owner_role.replace("_", " "), one.review_months, one.grace_days, one.exception_days,
            ", ".join(one.no_exception), ", ".join(one.courses),
        )  # fmt: skip
        assert f"| {' | '.join(map(str, cells))} |" in guide


def test_words_of_a_text() -> None:
    body = "## 1. Purpose\nFor {{company}} and {{ hub_contact }}.\n\n### 1.1 Why  \nl’entreprise, top-level 3.2\n\n#### 2 No\n## Free\n"

    assert clauses_of(body) == (Clause("1", "Purpose"), Clause("1.1", "Why"))
    assert [one.section for one in clauses_of(body)] == ["1", "1"]
    assert placeholders_in(body) == ("company", "hub_contact")
    assert placeholders_in(fill(body, {"company": "A & B", "hub_contact": " "})) == ("hub_contact",)
    assert fill("{{company}}", {"company": "One\n\n# Two\t"}) == "One # Two"
    assert words_in("l’entreprise, top-level 3.2 …") == 3


BOTH = {"en": "Text", "fr": "Texte"}
BODY = "## 1. One\n{{company}}\n### 1.1 Two\n"
POLICY = {
    "type": "small", "core": False, "title": BOTH, "summary": BOTH, "owner_role": "legal", "review_months": 24, "grace_days": 0,
    "acknowledgement": True, "public": False, "exception_days": 365, "no_exception": ["1.1"],
    "audience": {"words": BOTH, "everyone": False, "roles": ["viewer"]}, "courses": ["FND"], "criteria": ["GOV-C2"], "related": [],
    "placeholders": ["company"], "thresholds": [{"clause": "1", "words": BOTH, "basis": "R", "sources": []}],
}  # fmt: skip
CATALOGUE = {"types": ["small"], "placeholders": {"company": {"label": BOTH, "example": BOTH}}}


def write(folder: Path, *, catalogue: dict | None = None, fr: str | None = BODY, **changed: object) -> Path:
    """A library of one small policy, with parts of it changed."""
    (folder / "small").mkdir(parents=True, exist_ok=True)
    (folder / "catalogue.yaml").write_text(yaml.safe_dump({**CATALOGUE, **(catalogue or {})}))
    (folder / "small" / "policy.yaml").write_text(yaml.safe_dump({**POLICY, **changed}))
    (folder / "small" / "en.md").write_text(BODY)
    if fr is not None:
        (folder / "small" / "fr.md").write_text(fr)
    return folder


def test_a_library_of_ones_own_is_read_and_unknown_names_are_told(tmp_path: Path) -> None:
    library = load_library(write(tmp_path))

    assert [one.type for one in library.policies] == ["small"]
    assert library.policy("small") is library.policies[0]
    assert library.policy("gone") is None
    assert library_problems(library, roles={"viewer"}, courses=()) == (
        Problem("small/policy.yaml", "owner_role", "“legal” is not a role."),
        Problem("small/policy.yaml", "courses", "“FND” is not a course."),
    )


@pytest.mark.parametrize(
    ("changed", "file", "field", "words"),
    [
        ({"review_months": 25}, "small/policy.yaml", "review_months", "25 is greater than the maximum of 24"),
        ({"exception_days": 366}, "small/policy.yaml", "exception_days", "366 is greater than the maximum of 365"),
        ({"owner": "me"}, "small/policy.yaml", "document", "'owner' was unexpected"),
        ({"type": "other"}, "small/policy.yaml", "type", "“other” stands in the folder “small”"),
        ({"no_exception": ["1.2"]}, "small/policy.yaml", "no_exception", "no clause 1.2"),
        ({"related": ["small"]}, "small/policy.yaml", "related", "no other type of the catalogue"),
        ({"placeholders": ["company", "vault"]}, "small/policy.yaml", "placeholders", "“vault” is not explained"),
        ({"audience": {"words": BOTH, "everyone": True, "roles": ["viewer"]}}, "small/policy.yaml", "audience", "Not both"),
        ({"audience": {"words": BOTH, "everyone": False, "roles": []}}, "small/policy.yaml", "audience", "Either everyone"),
        ({"fr": None}, "small/fr.md", "document", "missing"),
        ({"fr": "## 1. Un\n{{company}}\n"}, "small/fr.md", "clauses", "1.1 stand in one of them only"),
        ({"fr": BODY + "## 3. Trois\n"}, "small/fr.md", "3", "Expected 1.2 or 2."),
        ({"fr": BODY + "{{vault}}"}, "small/fr.md", "vault", "Used but not declared"),
        ({"fr": "## 1. Un\n### 1.1 Deux\n"}, "small/fr.md", "company", "Declared but not used"),
        ({"fr": "Un {{company}}"}, "small/fr.md", "clauses", "No numbered heading"),
        ({"catalogue": {"types": ["small", "small"]}}, "catalogue.yaml", "types", "stands there 2 times"),
        ({"catalogue": {"types": ["small", "gone"]}}, "gone/policy.yaml", "document", "The file is missing"),
        ({"catalogue": {"types": []}}, "catalogue.yaml", "types", "non-empty"),
    ],
)  # fmt: skip
def test_a_broken_library_is_refused_by_file_and_field(
    tmp_path: Path, changed: dict, file: str, field: str, words: str
) -> None:
    with pytest.raises(LibraryInvalid) as caught:
        load_library(write(tmp_path, **changed))

    first = [one for one in caught.value.problems if (one.file, one.field) == (file, field)]
    assert [words in one.message for one in first] == [True]
    assert f"{file}: {field}: " in str(caught.value)


def _no_yaml(folder: Path) -> None:
    (folder / "small" / "policy.yaml").write_text("type: [")


def _no_text(folder: Path) -> None:
    (folder / "small" / "fr.md").write_bytes(b"\xff\xfe")


def _stray(folder: Path) -> None:
    (folder / "stray").mkdir()
    (folder / "stray" / "policy.yaml").write_text("type: stray")


def _no_catalogue(folder: Path) -> None:
    (folder / "catalogue.yaml").unlink()


@pytest.mark.parametrize(
    ("break_it", "file", "words"),
    [
        (_no_yaml, "small/policy.yaml", "This is not valid YAML"),
        (_no_text, "small/fr.md", "not UTF-8"),
        (_stray, "catalogue.yaml", "The folder “stray” is not listed."),
        (_no_catalogue, "catalogue.yaml", "The file is missing. Add it."),
    ],
)
def test_broken_files_are_told_too(
    tmp_path: Path, break_it: Callable[[Path], None], file: str, words: str
) -> None:
    break_it(write(tmp_path))

    with pytest.raises(LibraryInvalid) as caught:
        load_library(tmp_path)

    assert [(one.file, words in one.message) for one in caught.value.problems] == [(file, True)]
