"""From a folder of YAML and Markdown to a `Library`, or to a list of everything that is wrong with it."""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from governance.library.problems import LibraryInvalid, Problem
from governance.library.shapes import Audience, Library, ModelPolicy, Placeholder, Threshold
from governance.library.texts import clauses_of, placeholders_in

FOLDER = Path(__file__).resolve().parent
LANGUAGES = ("en", "fr")
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def _validator(name: str) -> Draft202012Validator:
    schema = json.loads((FOLDER / "schema.json").read_text(encoding="utf-8"))
    return Draft202012Validator(
        {"$schema": schema["$schema"], "$defs": schema["$defs"], "$ref": f"#/$defs/{name}"}
    )


def _spot(path: Iterable[Any]) -> str:
    return "/".join(str(part) for part in path) or "document"


def _document(path: Path, name: str, kind: str) -> tuple[Any, list[Problem]]:
    """The document of a file and what is wrong with its format."""
    try:
        content = path.read_text(encoding="utf-8")
        document = yaml.load(content, Loader=_Loader)  # noqa: S506  # a safe loader, the C one where there is one
    except FileNotFoundError:
        return None, [Problem(name, "document", "The file is missing. Add it.")]
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        reason = " ".join(str(error).split())
        return None, [Problem(name, "document", f"This is not valid YAML: {reason}.")]
    errors = sorted(
        _validator(kind).iter_errors(document), key=lambda one: [str(part) for part in one.absolute_path]
    )
    return document, [Problem(name, _spot(error.absolute_path), error.message[:300]) for error in errors]


def _bodies(folder: Path, kind: str) -> tuple[dict[str, str], list[Problem]]:
    bodies: dict[str, str] = {}
    problems = []
    for language in LANGUAGES:
        name = f"{kind}/{language}.md"
        try:
            bodies[language] = (folder / kind / f"{language}.md").read_text(encoding="utf-8").strip() + "\n"
        except FileNotFoundError:
            problems.append(Problem(name, "document", "The text is missing. Add it."))
        except UnicodeDecodeError:
            problems.append(Problem(name, "document", "The text is not UTF-8. Save it as UTF-8."))
    return bodies, problems


def _numbering(name: str, body: str) -> Iterator[Problem]:
    """Sections count up from 1, clauses from 1 within their section: a number names one clause for ever."""
    found = [clause.number for clause in clauses_of(body)]
    if not found:
        yield Problem(name, "clauses", "No numbered heading. Write “## 1. Purpose” and “### 3.1 …”.")
    section = clause = 0
    for number in found:
        expected = (f"{section}.{clause + 1}", f"{section + 1}")
        if number not in expected:
            yield Problem(name, number, f"Out of order. Expected {' or '.join(expected)}.")
            return
        section, clause = (section, clause + 1) if "." in number else (section + 1, 0)


def _text_problems(document: Mapping[str, Any], bodies: Mapping[str, str]) -> Iterator[Problem]:
    kind, declared = document["type"], set(document["placeholders"])
    for language, body in bodies.items():
        name = f"{kind}/{language}.md"
        yield from _numbering(name, body)
        used = set(placeholders_in(body))
        for word in sorted(used - declared):
            yield Problem(name, word, f"Used but not declared. Add it to placeholders of {kind}/policy.yaml.")
        for word in sorted(declared - used):
            yield Problem(name, word, "Declared but not used. Use it, or take it out of policy.yaml.")
    numbers = {language: [one.number for one in clauses_of(body)] for language, body in bodies.items()}
    if all(numbers.values()) and numbers["en"] != numbers["fr"]:
        odd = sorted(set(numbers["en"]) ^ set(numbers["fr"]))
        message = f"Not the clauses of en.md: {', '.join(odd)} stand in one of them only."
        yield Problem(f"{kind}/fr.md", "clauses", message)
    known = set(numbers.get("en", ()))
    named = [("no_exception", number) for number in document["no_exception"]]
    named += [(f"thresholds/{index}", one["clause"]) for index, one in enumerate(document["thresholds"])]
    for field, number in named:
        if number not in known:
            yield Problem(f"{kind}/policy.yaml", field, f"en.md has no clause {number}.")


def _name_problems(document: Mapping[str, Any], catalogue: Mapping[str, Any]) -> Iterator[Problem]:
    name = f"{document['type']}/policy.yaml"
    for word in document["placeholders"]:
        if word not in catalogue["placeholders"]:
            yield Problem(name, "placeholders", f"“{word}” is not explained in catalogue.yaml.")
    for other in document["related"]:
        if other not in catalogue["types"] or other == document["type"]:
            yield Problem(name, "related", f"“{other}” is no other type of the catalogue.")
    audience = document["audience"]
    if audience["everyone"] == bool(audience["roles"]):
        yield Problem(name, "audience", "Either everyone is true, or roles names some. Not both.")


def _model(document: Mapping[str, Any], bodies: Mapping[str, str]) -> ModelPolicy:
    audience = document["audience"]
    digest = json.dumps([document, bodies], sort_keys=True, ensure_ascii=False)
    return ModelPolicy(
        type=document["type"],
        is_core=document["core"],
        titles=document["title"],
        summaries=document["summary"],
        owner_role=document["owner_role"],
        review_months=document["review_months"],
        grace_days=document["grace_days"],
        needs_acknowledgement=document["acknowledgement"],
        is_public=document["public"],
        exception_days=document["exception_days"],
        no_exception=tuple(document["no_exception"]),
        audience=Audience(audience["words"], audience["everyone"], tuple(audience["roles"])),
        courses=tuple(document["courses"]),
        criteria=tuple(document["criteria"]),
        related=tuple(document["related"]),
        placeholders=tuple(document["placeholders"]),
        thresholds=tuple(
            Threshold(one["clause"], one["words"], one["basis"], tuple(one["sources"]))
            for one in document["thresholds"]
        ),
        bodies=bodies,
        sha256=hashlib.sha256(digest.encode()).hexdigest(),
    )


def _policy(
    folder: Path, kind: str, catalogue: Mapping[str, Any]
) -> tuple[ModelPolicy | None, list[Problem]]:
    name = f"{kind}/policy.yaml"
    document, problems = _document(folder / kind / "policy.yaml", name, "policy")
    bodies, missing = _bodies(folder, kind)
    problems += missing
    if not problems and document["type"] != kind:
        problems.append(Problem(name, "type", f"“{document['type']}” stands in the folder “{kind}”."))
    if not problems:
        problems = [*_name_problems(document, catalogue), *_text_problems(document, bodies)]
    return (None, problems) if problems else (_model(document, bodies), [])


def load_library(folder: Path = FOLDER) -> Library:
    """Read every policy that the folder's catalogue names.

    :raises LibraryInvalid: with every file and field that breaks the format, or contradicts another.
    """
    catalogue, problems = _document(folder / "catalogue.yaml", "catalogue.yaml", "catalogue")
    if problems:
        raise LibraryInvalid(problems)
    types = catalogue["types"]
    problems += [
        Problem("catalogue.yaml", "types", f"“{kind}” stands there {times} times. Keep one.")
        for kind, times in Counter(types).items()
        if times > 1
    ]
    strays = {path.parent.name for path in folder.glob("*/policy.yaml")} - set(types)
    problems += [Problem("catalogue.yaml", "types", f"The folder “{kind}” is not listed.") for kind in strays]
    policies = []
    for kind in dict.fromkeys(types):
        policy, found = _policy(folder, kind, catalogue)
        problems += found
        if policy is not None:
            policies.append(policy)
    if problems:
        raise LibraryInvalid(sorted(problems))
    words = catalogue["placeholders"].items()
    return Library(
        tuple(policies), {name: Placeholder(name, one["label"], one["example"]) for name, one in words}
    )


@cache
def shipped() -> Library:
    """The library that ships with the hub. It is part of the code: read once a process."""
    return load_library()


def library_problems(
    library: Library, *, roles: Collection[str], courses: Collection[str]
) -> tuple[Problem, ...]:
    """Names that the library takes from elsewhere and that do not exist there: roles and courses, by code."""
    problems = []
    for policy in library.policies:
        name = f"{policy.type}/policy.yaml"
        for field, code in [
            ("owner_role", policy.owner_role),
            *(("audience/roles", role) for role in policy.audience.roles),
        ]:
            if code not in roles:
                problems.append(Problem(name, field, f"“{code}” is not a role."))
        problems += [
            Problem(name, "courses", f"“{code}” is not a course.")
            for code in policy.courses
            if code not in courses
        ]
    return tuple(problems)
