"""How a route is classified: which right it asks for, and where. Read this before adding a line to `pages.py`, `api.py` or `admin.py`.

    "lines/<str:code>/edit/": {"GET": Use(P.EDIT_LINE, LINE), "POST": Use(P.EDIT_LINE, LINE, form=edit_line)},

says: the address names a line; whoever does not see that line meets 404; whoever sees it without EDIT_LINE there meets 403.
The matrix then tries the route as every role, every token scope, somebody without a role and nobody, on a record of their own line,
of a line below, above, beside, and (accounts) on one their line shares. Nobody has to write down a caller.

`Use(right, record, at, form)`:
    right   a Permission; None: whoever is signed in.
    record  what the address names: LINE, ACCOUNT, PERSON, ROLE, TOKEN, TARGET, IMPORT, VIEW, NOTICE, SESSION, ATTEMPT,
            EXCEPTION, GRANT; "" when it names no record of a line.
    at      where the right is asked: RECORD (on the record's line, the default), COMPANY (on the company as a whole),
            ANYWHERE (on some line).
    form    what to send: a function (world, place) -> dict, or a dict. A form that names a line (`names_line=True`) is tried on every
            line, and a line that the sender may not use is refused in the form. Without a form an empty one is sent, and "may"
            means that the door answers with a complaint about the form instead of a no.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from coe.enums.roles import Permission

LINE, ACCOUNT, PERSON, ROLE, TOKEN, TARGET, IMPORT, VIEW, NOTICE, SESSION, ATTEMPT, FINDING, EXCEPTION, GRANT = (
    "line", "account", "person", "role", "token", "target", "batch", "view", "notice", "session", "attempt", "finding", "exception",
    "grant",
)  # fmt: skip
RECORD, COMPANY, ANYWHERE = "record", "company", "anywhere"
IN, NO, LOST, LOG_IN = "in", "no", "lost", "log in"


@dataclass(frozen=True)
class Use:
    """One method of a route."""

    right: Permission | None = None
    record: str = ""
    at: str = RECORD
    form: Callable[[Any, str], Mapping[str, Any]] | Mapping[str, Any] | None = None
    names_line: bool = False
    # A condition that the words above cannot say; it replaces them: (caller, place) -> IN, NO or LOST.
    rule: Callable[[Any, str], str] | None = None
    # Whether the rule speaks also about those who are not logged in.
    is_open: bool = False

    def sent(self, world: Any, place: str) -> Mapping[str, Any]:
        """The form for a place."""
        return self.form(world, place) if callable(self.form) else self.form or {}


Table = Mapping[str, Mapping[str, Use]]
