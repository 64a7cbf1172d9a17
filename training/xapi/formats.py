"""How much of a stored statement is given back (Communication 2.1.3, parameter `format`)."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from training.xapi.actors import IDENTIFIERS

Body = Mapping[str, Any]
Change = Callable[[Any], Any]
_COMPONENTS = ("choices", "scale", "source", "target", "steps")


class Format(StrEnum):
    """What `format` may ask for; a statement is told exactly as it came where nothing is asked."""

    IDS = "ids"
    EXACT = "exact"
    CANONICAL = "canonical"


def told(statement: Body, how: Format, languages: Sequence[str] = ()) -> Body:
    """A valid statement in one of the formats. `languages` are tags, the dearest first, and concern `canonical` only.

    ids: agents, groups, verbs and activities by what identifies them, an anonymous group by its members. canonical: one language
    of every text of verbs and activities; the definitions are those of the statement itself, since the hub keeps no others.
    """
    if how is Format.IDS:
        return _changed(
            statement, actor=_who, verb=_named_only("id"), activity=_named_only("objectType", "id")
        )
    if how is Format.CANONICAL:
        return _changed(statement, actor=_as_it_is, verb=_verb(languages), activity=_activity(languages))
    return statement


def _as_it_is(value: Any) -> Any:
    return value


def _named_only(*names: str) -> Change:
    return lambda value: {name: item for name, item in value.items() if name in names}


def _who(value: Body) -> Body:
    named = {name: value[name] for name in IDENTIFIERS if name in value}
    if value.get("objectType") != "Group":
        return {name: value[name] for name in ("objectType",) if name in value} | named
    return {"objectType": "Group", **(named or {"member": [_who(one) for one in value["member"]]})}


def _changed(statement: Body, *, actor: Change, verb: Change, activity: Change) -> Body:
    """A statement, or the one within it, with every actor, verb and activity changed."""

    def thing(value: Body) -> Any:
        kind = value.get("objectType", "Activity")
        if kind == "SubStatement":
            return _changed(value, actor=actor, verb=verb, activity=activity)
        if kind in ("Agent", "Group"):
            return actor(value)
        return activity(value) if kind == "Activity" else value

    def surroundings(value: Body) -> Body:
        changes: dict[str, Change] = {
            "instructor": actor, "team": actor, "contextActivities": related, "contextAgents": people("agent"),
            "contextGroups": people("group"),
        }  # fmt: skip
        return {name: changes.get(name, _as_it_is)(item) for name, item in value.items()}

    def related(value: Body) -> Body:
        return {
            name: [activity(one) for one in item] if isinstance(item, list) else activity(item)
            for name, item in value.items()
        }

    def people(member: str) -> Change:
        return lambda value: [{**one, member: actor(one[member])} for one in value]

    changes: dict[str, Change] = {
        "actor": actor, "verb": verb, "object": thing, "authority": actor, "context": surroundings,
    }  # fmt: skip
    return {name: changes.get(name, _as_it_is)(item) for name, item in statement.items()}


def _verb(languages: Sequence[str]) -> Change:
    return lambda value: {
        name: one_language(item, languages) if name == "display" else item for name, item in value.items()
    }


def _activity(languages: Sequence[str]) -> Change:
    def definition(value: Body) -> Body:
        found = dict(value)
        for name in ("name", "description"):
            if name in found:
                found[name] = one_language(found[name], languages)
        for name in _COMPONENTS:
            if name in found:
                found[name] = [
                    {**one, "description": one_language(one["description"], languages)}
                    if "description" in one
                    else one
                    for one in found[name]
                ]
        return found

    return lambda value: {
        name: definition(item) if name == "definition" else item for name, item in value.items()
    }


def one_language(texts: Mapping[str, str], languages: Sequence[str]) -> dict[str, str]:
    """The text of the dearest language there is, by tag or by its first part; else the English one, else the first."""
    by_tag = {tag.casefold(): tag for tag in texts}
    by_part = {tag.split("-")[0]: name for tag, name in reversed(by_tag.items())}
    for wanted in (*(one.casefold() for one in languages), "en"):
        tag = by_tag.get(wanted) or by_part.get(wanted.split("-")[0])
        if tag is not None:
            return {tag: texts[tag]}
    return dict([*texts.items()][:1])
