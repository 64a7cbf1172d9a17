"""A library as values: policies with their texts, the audience each is for, and where its thresholds come from."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Audience:
    """Who must know a policy: in words, and as codes of `coe/enums/roles.py`. `is_everyone` leaves the roles empty."""

    words: Mapping[str, str]
    is_everyone: bool
    roles: tuple[str, ...]


@dataclass(frozen=True)
class Threshold:
    """A figure in a clause and its origin. `basis` is the rubric's: S stated by the source, A adapted from it, R reasoned by us."""

    clause: str
    words: Mapping[str, str]
    basis: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Placeholder:
    """What a word like `{{company}}` stands for, and how a filled-in one looks."""

    name: str
    labels: Mapping[str, str]
    examples: Mapping[str, str]


@dataclass(frozen=True)
class ModelPolicy:
    """One model policy. Texts are keyed by language; `sha256` changes when any of its three files does.

    `is_public`: its text is written to be read by the public, too. `no_exception` names the clauses that admit none; `exception_days`
    bounds the others.
    """

    type: str
    is_core: bool
    titles: Mapping[str, str]
    summaries: Mapping[str, str]
    owner_role: str
    review_months: int
    grace_days: int
    needs_acknowledgement: bool
    is_public: bool
    exception_days: int
    no_exception: tuple[str, ...]
    audience: Audience
    courses: tuple[str, ...]
    criteria: tuple[str, ...]
    related: tuple[str, ...]
    placeholders: tuple[str, ...]
    thresholds: tuple[Threshold, ...]
    bodies: Mapping[str, str]
    sha256: str


@dataclass(frozen=True)
class Library:
    """All policies in the order of the catalogue, and the placeholders their texts use, by name."""

    policies: tuple[ModelPolicy, ...]
    placeholders: Mapping[str, Placeholder]

    def policy(self, type_code: str) -> ModelPolicy | None:
        """The model of a policy type, or None when the library has none."""
        return next((one for one in self.policies if one.type == type_code), None)
