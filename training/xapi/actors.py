"""Agents and groups (Data 2.4.2)."""

from typing import Any

from training.xapi.problems import Findings, below
from training.xapi.shapes import each, is_object, known_keys, required, text, text_that
from training.xapi.values import is_iri, is_mailto, is_sha1

_AGENT, _GROUP, _IDENTIFIER, _ACCOUNT = "Data 2.4.2.1", "Data 2.4.2.2", "Data 2.4.2.3", "Data 2.4.2.4"
# The inverse functional identifiers: exactly one names a person.
IDENTIFIERS = ("mbox", "mbox_sha1sum", "openid", "account")


def actor(found: Findings, value: Any, at: str) -> None:
    """An agent or a group."""
    if not is_object(found, value, at, "Data 2.4.2"):
        return
    kind = value.get("objectType", "Agent")
    if kind == "Group":
        group(found, value, at)
    elif kind == "Agent":
        agent(found, value, at)
    else:
        found.add(
            below(at, "objectType"), "object_type", "An actor is an “Agent” or a “Group”.", "Data 2.4.2"
        )


def agent(found: Findings, value: Any, at: str) -> None:
    """One person or system, named by exactly one identifier."""
    if not is_object(found, value, at, _AGENT):
        return
    if value.get("objectType", "Agent") != "Agent":
        found.add(below(at, "objectType"), "object_type", "Expected an “Agent” here.", _AGENT)
        return
    known_keys(found, value, at, {"objectType", "name", *IDENTIFIERS}, _AGENT)
    _name(found, value, at)
    if not _identifiers(found, value, at):
        found.add(
            at, "identifier", f"Name the agent by exactly one of {', '.join(IDENTIFIERS)}.", _IDENTIFIER
        )


def group(found: Findings, value: Any, at: str) -> None:
    """A group with an identifier, or without one and then with members."""
    if not is_object(found, value, at, _GROUP):
        return
    if value.get("objectType") != "Group":
        found.add(below(at, "objectType"), "object_type", "Expected a “Group” here.", _GROUP)
        return
    known_keys(found, value, at, {"objectType", "name", "member", *IDENTIFIERS}, _GROUP)
    _name(found, value, at)
    is_named = _identifiers(found, value, at)
    if "member" in value:
        each(found, value["member"], below(at, "member"), agent, _GROUP)
    if not is_named and not value.get("member"):
        found.add(below(at, "member"), "required", "A group without an identifier lists its members.", _GROUP)


def _name(found: Findings, value: dict[str, Any], at: str) -> None:
    if "name" in value:
        text(found, value["name"], below(at, "name"), _AGENT)


def _identifiers(found: Findings, value: dict[str, Any], at: str) -> bool:
    """Whether there is an identifier; each is read, and a second one is noted."""
    here = [key for key in IDENTIFIERS if key in value]
    if len(here) > 1:
        found.add(at, "identifier", f"Two identifiers ({', '.join(here)}); give one.", _IDENTIFIER)
    for key in here:
        place, item = below(at, key), value[key]
        if key == "mbox":
            text_that(found, item, place, is_mailto, "mbox", "“mailto:” and an address", _IDENTIFIER)
        elif key == "mbox_sha1sum":
            text_that(
                found, item, place, is_sha1, "mbox_sha1sum", "a SHA-1 of 40 hexadecimal digits", _IDENTIFIER
            )
        elif key == "openid":
            text_that(found, item, place, is_iri, "iri", "an absolute URI", _IDENTIFIER)
        else:
            account(found, item, place)
    return bool(here)


def account(found: Findings, value: Any, at: str) -> None:
    """A log-in name on a system, named by its home page."""
    if value is None or not is_object(found, value, at, _ACCOUNT):
        return
    known_keys(found, value, at, {"homePage", "name"}, _ACCOUNT)
    if required(found, value, at, "homePage", _ACCOUNT):
        text_that(found, value["homePage"], below(at, "homePage"), is_iri, "iri", "an absolute IRL", _ACCOUNT)
    if required(found, value, at, "name", _ACCOUNT) and text(
        found, value["name"], below(at, "name"), _ACCOUNT
    ):
        if not value["name"]:
            found.add(below(at, "name"), "required", "The account has no name.", _ACCOUNT)


def authority(found: Findings, value: Any, at: str) -> None:
    """Who vouches: an agent, or an anonymous group of two agents (Data 2.4.9)."""
    actor(found, value, at)
    if isinstance(value, dict) and value.get("objectType") == "Group":
        members = value.get("member")
        if any(key in value for key in IDENTIFIERS) or not isinstance(members, list) or len(members) != 2:
            found.add(
                at,
                "authority",
                "An authority that is a group has no identifier and two members.",
                "Data 2.4.9",
            )
