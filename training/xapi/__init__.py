"""xAPI statements, read strictly and understood: pure functions over JSON, no Django, no clock, no I/O.

The Experience API's Data document (1.0.3, and what 2.0 changed) says what a statement is; a `Problem` names the clause it breaks.

    read_json(bytes) -> Any                                JSON without doubled keys, NaN, or depth that could exhaust a parser
    statement_problems(value, version) -> list[Problem]    everything wrong with one statement
    part_problems(part, value, version) -> list[Problem]   the same for a part of one: "agent", "verb", "result", …
    fingerprint(statement) -> str                          equal for statements that the specification calls equal
    actor_keys(actor) -> tuple[ActorKey, …]                by what a person can be recognised
    identifier(actor) -> tuple[ActorKey, …]                the same for a group too, when it has one
    mentions(statement) -> tuple[Mention, …]               whom and what it speaks of besides
    effect_of(statement) -> Effect                         what a statement says of somebody's learning
    told(statement, format, languages) -> statement        a stored statement as `format` asks for it
    instant(text) -> datetime                              a statement's time, in UTC
"""

from training.xapi.formats import Format, told
from training.xapi.meaning import (
    ActorKey,
    Effect,
    EffectKind,
    actor_keys,
    effect_of,
    fingerprint,
    identifier,
    voided_id,
)
from training.xapi.mentions import ACTIVITY, Mention, mentions
from training.xapi.parts import PARTS, part_problems
from training.xapi.problems import Problem, StatementInvalid, Version
from training.xapi.reading import read_json
from training.xapi.statements import statement_problems
from training.xapi.values import instant

__all__ = [
    "ACTIVITY",
    "PARTS",
    "ActorKey",
    "Effect",
    "EffectKind",
    "Format",
    "Mention",
    "Problem",
    "StatementInvalid",
    "Version",
    "actor_keys",
    "effect_of",
    "fingerprint",
    "identifier",
    "instant",
    "mentions",
    "part_problems",
    "read_json",
    "statement_problems",
    "told",
    "voided_id",
]
