"""Readers of small shapes: text, numbers, maps, lists. Each notes what is wrong and says whether it was right."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from training.xapi.problems import Findings, below
from training.xapi.values import is_iri, is_language

Reader = Callable[[Findings, Any, str], None]


def kind_of(value: Any) -> str:
    """The JSON name of a value's type."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "string"
    if isinstance(value, int | float):
        return "number"
    return "array" if isinstance(value, list) else "object"


def is_object(found: Findings, value: Any, at: str, clause: str) -> bool:
    """Whether the value is a JSON object."""
    if isinstance(value, dict):
        return True
    found.add(at, "wrong_type", f"Expected an object, found {kind_of(value)}.", clause)
    return False


def known_keys(
    found: Findings, value: Mapping[str, Any], at: str, allowed: Collection[str], clause: str
) -> None:
    """Keys are matched letter for letter (Data 2.2); null is no value outside of extensions."""
    for key, item in value.items():
        if key not in allowed:
            found.add(
                below(at, key), "unknown_key", f"“{key}” is not known here. Allowed: {', '.join(sorted(allowed))}.", clause
            )  # fmt: skip
        elif item is None:
            found.add(below(at, key), "null", "null is no value; leave the property out.", "Data 2.2")


def required(found: Findings, value: Mapping[str, Any], at: str, key: str, clause: str) -> bool:
    """Whether a property is there."""
    if key in value:
        return True
    found.add(below(at, key), "required", f"“{key}” is missing.", clause)
    return False


def text(found: Findings, value: Any, at: str, clause: str) -> bool:
    """Whether the value is a string."""
    if isinstance(value, str):
        return True
    if value is not None:  # null has been noted with its key
        found.add(at, "wrong_type", f"Expected a string, found {kind_of(value)}.", clause)
    return False


def text_that(
    found: Findings, value: Any, at: str, fits: Callable[[str], bool], code: str, wanted: str, clause: str
) -> None:
    """A string of a certain form."""
    if text(found, value, at, clause) and not fits(value):
        found.add(at, code, f"“{value[:80]}” is not {wanted}.", clause)


def iri(found: Findings, value: Any, at: str, clause: str) -> None:
    """An absolute IRI."""
    text_that(found, value, at, is_iri, "iri", "an absolute IRI such as https://example.com/course", clause)


def language_map(found: Findings, value: Any, at: str, clause: str = "Data 4.2") -> None:
    """Language tag → text."""
    if value is None or not is_object(found, value, at, clause):
        return
    for key, item in value.items():
        if not is_language(key):
            found.add(
                below(at, key), "language", f"“{key[:40]}” is not a language tag of RFC 5646, such as en-US.", clause
            )  # fmt: skip
        if not isinstance(item, str):
            found.add(below(at, key), "wrong_type", f"Expected a string, found {kind_of(item)}.", clause)


def extensions(found: Findings, value: Any, at: str) -> None:
    """IRI → anything at all (Data 4.1)."""
    if value is None or not is_object(found, value, at, "Data 4.1"):
        return
    for key in value:
        if not is_iri(key):
            found.add(
                below(at, key), "iri", f"The extension key “{key[:80]}” is not an absolute IRI.", "Data 4.1"
            )


def each(found: Findings, value: Any, at: str, reader: Reader, clause: str) -> None:
    """A list, every item read."""
    if not isinstance(value, list):
        if value is not None:
            found.add(at, "wrong_type", f"Expected an array, found {kind_of(value)}.", clause)
        return
    for index, item in enumerate(value):
        reader(found, item, below(at, index))


def boolean(found: Findings, value: Any, at: str, clause: str) -> None:
    """true or false, never a word for it."""
    if value is not None and not isinstance(value, bool):
        found.add(at, "wrong_type", f"Expected true or false, found {kind_of(value)}.", clause)


def number(found: Findings, value: Any, at: str, clause: str) -> bool:
    """A JSON number."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return True
    if value is not None:
        found.add(at, "wrong_type", f"Expected a number, found {kind_of(value)}.", clause)
    return False
