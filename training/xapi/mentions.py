"""Whom and what a statement speaks of beside its own actor and object: what `agent` and the `related_…` filters look at.

Communication 2.1.3 (1.0.3): `agent` is the actor or the object, as itself or as a member of a group there; `related_agents` looks at
authority, instructor and team as well, `related_activities` at every context activity, and both at a contained SubStatement.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from training.xapi.meaning import ActorKey, actor_keys, identifier

ACTIVITY = "activity"


@dataclass(frozen=True)
class Mention:
    """An agent (by a kind of identifier) or activity. `is_near`: the actor or the object itself, or a member of it."""

    kind: str
    value: str
    is_near: bool = False


def named(actor: Mapping[str, Any]) -> tuple[ActorKey, ...]:
    """The identifiers of an agent, or of a group and of each of its members."""
    members = (key for member in actor.get("member") or () for key in identifier(member))
    return (*identifier(actor), *members)


def mentions(statement: Mapping[str, Any]) -> tuple[Mention, ...]:
    """Everything a valid statement mentions, each once; its actor (an agent) and the activity it is about are told elsewhere.

    The authority is the receiver's own and not among them.
    """
    found: dict[tuple[str, str], bool] = {}
    for kind, value, is_near in _all(statement):
        found[kind, value] = found.get((kind, value), False) or is_near
    for key in actor_keys(statement["actor"]):
        found.pop((key.kind, key.value), None)
    found.pop((ACTIVITY, str(statement["object"].get("id", ""))), None)
    return tuple(Mention(kind, value, is_near) for (kind, value), is_near in found.items())


def _all(statement: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    yield from _people(named(statement["actor"]), is_near=True)
    target = statement["object"]
    kind = target.get("objectType", "Activity")
    if kind in ("Agent", "Group"):
        yield from _people(named(target), is_near=True)
    yield from _context(statement.get("context") or {})
    if kind == "SubStatement":
        yield from _people(named(target["actor"]), is_near=False)
        inner = target["object"]
        if inner.get("objectType") in ("Agent", "Group"):
            yield from _people(named(inner), is_near=False)
        elif inner.get("objectType", "Activity") == "Activity":
            yield ACTIVITY, inner["id"], False
        yield from _context(target.get("context") or {})


def _people(keys: Iterable[ActorKey], *, is_near: bool) -> Iterator[tuple[str, str, bool]]:
    for key in keys:
        yield key.kind, key.value, is_near


def _context(context: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    actors = [context[name] for name in ("instructor", "team") if name in context]
    actors += [one["agent"] for one in context.get("contextAgents") or ()]
    actors += [one["group"] for one in context.get("contextGroups") or ()]
    for actor in actors:
        yield from _people(named(actor), is_near=False)
    for held in (context.get("contextActivities") or {}).values():
        for one in held if isinstance(held, list) else [held]:
            yield ACTIVITY, one["id"], False
