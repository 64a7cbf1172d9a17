"""What each model of the Django admin shows and to whom. A model that is registered and not named here fails.

`Model(read, edit, add, record, rows)`: `read` opens the list (staff who hold it anywhere), `edit` and `add` are rights on the company as a
whole (None: nobody does that here); `record` is what the scope is about, `rows` says otherwise: "all" (common to every line) or "hub"
(only for those who see everything). Nothing is ever deleted here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from coe.enums.roles import Permission as P
from tests.house.routes.use import ACCOUNT, LINE, PERSON, ROLE, TARGET, TOKEN

ALL, HUB = "all", "hub"


@dataclass(frozen=True)
class Model:
    """A model of the admin."""

    read: P = P.VIEW
    edit: P | None = None
    add: P | None = None
    record: str = ""
    rows: str = ""

    def shows(self, who: Any, place: str) -> bool:
        """Whether a row of a place is there for a caller."""
        if not who.anywhere(self.read):
            return False
        if self.rows:
            return self.rows == ALL or who.sees_all
        return who.sees(self.record, place)


ADMIN: Mapping[str, Model] = {
    "coe/changeevent": Model(P.VIEW_HISTORY, record=LINE),
    "coe/servicetoken": Model(P.MANAGE_TOKENS, record=TOKEN),
    "coe/importbatch": Model(rows=HUB),
    "coe/outboxmessage": Model(rows=HUB),
    "coe/notice": Model(rows=HUB),
    "coe/timer": Model(rows=HUB),
    "coe/organisation": Model(edit=P.ADMINISTER, rows=HUB),
    "coe/businessline": Model(edit=P.MANAGE_LINES, add=P.MANAGE_LINES, record=LINE),
    "coe/user": Model(edit=P.MANAGE_PEOPLE, add=P.MANAGE_PEOPLE, record=PERSON),
    "coe/roleassignment": Model(add=P.ASSIGN_ROLES, record=ROLE),
    "coe/workingcalendar": Model(edit=P.MANAGE_LINES, add=P.MANAGE_LINES, rows=HUB),
    "coe/tag": Model(edit=P.MANAGE_LINES, add=P.MANAGE_LINES, rows=HUB),
    "coe/platform": Model(edit=P.MANAGE_PLATFORMS, rows=ALL),
    "coe/socialaccount": Model(edit=P.EDIT_ACCOUNT, add=P.EDIT_ACCOUNT, record=ACCOUNT),
    "metrics/metric": Model(rows=ALL),
    "metrics/observation": Model(record=ACCOUNT),
    "metrics/target": Model(record=TARGET),
    "metrics/targetstage": Model(record=LINE),
    "metrics/rubricversion": Model(rows=ALL),
    "metrics/maturityrun": Model(rows=HUB),
}
