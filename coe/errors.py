"""What the domain refuses. One handler in `config.errors` turns these into a message on a page or an RFC 9457 answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _, ngettext


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with an input: where (a field or JSON pointer), a stable code, and what to do about it."""

    field: str
    code: str
    message: str
    row: int | None = None


class DomainError(Exception):
    """The base of all refusals. `code` is stable and part of the API; the message is for people and says the remedy."""

    code = "refused"
    status = 409

    def __init__(
        self, message: str = "", *, problems: tuple[Problem, ...] = (), extra: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message or self.code)
        self.message = message or self.code
        self.problems = problems
        self.extra = dict(extra or {})


class Invalid(DomainError):
    """The input is wrong; `problems` names each field."""

    code = "invalid"
    status = 422

    @classmethod
    def one(cls, field: str, code: str, message: str) -> "Invalid":
        """An error about a single field."""
        return cls(message, problems=(Problem(field, code, message),))


class NotAllowed(DomainError):
    """The caller sees the record but may not do this."""

    code = "not_allowed"
    status = 403

    def __init__(self, message: str = "", **kwargs: Any) -> None:
        super().__init__(message or _("You may not do this. Ask the hub for the role it needs."), **kwargs)


class NotFound(DomainError):
    """No such record in the caller's scope."""

    code = "not_found"
    status = 404


class WrongState(DomainError):
    """The record's state does not allow this transition."""

    code = "wrong_state"


class Protected(DomainError):
    """Other records stand in the way; `extra["blockers"]` names them."""

    code = "protected"


class Stale(DomainError):
    """Somebody else changed the record since it was read."""

    code = "stale"
    status = 412


class SecretRefused(Invalid):
    """A value looks like a password, key or token; the hub stores references to a vault, never secrets."""

    code = "secret_refused"


class SomeRefused(DomainError):
    """Some of many were refused, so none was written. `errors` holds each refusal by the place of its item."""

    code = "invalid"
    status = 422

    def __init__(self, errors: Mapping[int, DomainError]) -> None:
        self.errors = dict(sorted(errors.items()))
        problems = tuple(
            Problem(p.field, p.code, p.message, row=place)
            for place, error in self.errors.items()
            for p in error.problems or (Problem("", error.code, error.message),)
        )
        message = ngettext(
            "Nothing was written: %(n)d object is refused.",
            "Nothing was written: %(n)d objects are refused.",
            len(self.errors),
        ) % {"n": len(self.errors)}
        super().__init__(message, problems=problems)
        # Refused for one reason: the answer says so. For several: the input is wrong.
        statuses = {error.status for error in self.errors.values()}
        if len(statuses) == 1:
            self.status = statuses.pop()


class Duplicate(Invalid):
    """Another record already has this natural key."""

    code = "duplicate"
    status = 409


class AlreadyRunning(DomainError):
    """A run of the same kind is under way."""

    code = "already_running"
