"""What each model of the Django admin shows and to whom. A model that is registered and not named here fails.

`Model(read, edit, add, remove, record, rows)`: `read` opens the list (staff who hold it anywhere), `edit`, `add` and `remove` are rights on
the company as a whole (None: nobody does that here); `record` is what the scope is about, `rows` says otherwise: "all" (common to every
line) or "hub" (only for those who see everything). What the product archives is never taken away here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from coe.enums.roles import Permission as P
from tests.house.routes.use import ACCOUNT, EXCEPTION, GRANT, LINE, PERSON, ROLE, SESSION, TARGET, TOKEN

ALL, HUB, LEARNER, DRAFT = "all", "hub", "learner", "draft"


@dataclass(frozen=True)
class Model:
    """A model of the admin."""

    read: P = P.VIEW
    edit: P | None = None
    add: P | None = None
    remove: P | None = None
    record: str = ""
    rows: str = ""

    def shows(self, who: Any, place: str) -> bool:
        """Whether a row of a place is there for a caller."""
        if not who.anywhere(self.read):
            return False
        if self.rows == DRAFT:
            # The row that is tried is a draft's.
            return P.MANAGE_TRAINING in who.company
        if self.rows:
            return self.rows == ALL or who.sees_all
        if self.record == LEARNER:
            # What somebody learns is theirs, their line lead's and the hub's to see.
            return who.sees_all or who.holds(P.RECORD_TRAINING, place)
        return who.sees(self.record, place)


ADMIN: Mapping[str, Model] = {
    "coe/changeevent": Model(P.VIEW_HISTORY, record=LINE),
    "coe/servicetoken": Model(P.MANAGE_TOKENS, add=P.MANAGE_TOKENS, record=TOKEN),
    "coe/importbatch": Model(rows=HUB),
    "coe/outboxmessage": Model(rows=HUB),
    "coe/notice": Model(rows=HUB),
    "coe/timer": Model(rows=HUB),
    "coe/organisation": Model(edit=P.ADMINISTER, rows=HUB),
    "coe/businessline": Model(edit=P.MANAGE_LINES, add=P.MANAGE_LINES, record=LINE),
    "coe/user": Model(edit=P.MANAGE_PEOPLE, add=P.MANAGE_PEOPLE, record=PERSON),
    "coe/roleassignment": Model(edit=P.ASSIGN_ROLES, add=P.ASSIGN_ROLES, record=ROLE),
    "coe/workingcalendar": Model(edit=P.MANAGE_LINES, add=P.MANAGE_LINES, remove=P.MANAGE_LINES, rows=HUB),
    "coe/tag": Model(edit=P.MANAGE_LINES, add=P.MANAGE_LINES, remove=P.MANAGE_LINES, rows=HUB),
    "coe/platform": Model(edit=P.MANAGE_PLATFORMS, add=P.MANAGE_PLATFORMS, rows=ALL),
    "coe/socialaccount": Model(edit=P.EDIT_ACCOUNT, add=P.EDIT_ACCOUNT, record=ACCOUNT),
    "governance/policy": Model(edit=P.MANAGE_POLICIES, add=P.MANAGE_POLICIES, rows=ALL),
    "governance/policyversion": Model(edit=P.MANAGE_POLICIES, add=P.MANAGE_POLICIES, rows=ALL),
    "training/course": Model(edit=P.MANAGE_TRAINING, add=P.MANAGE_TRAINING, rows=ALL),
    "training/courseversion": Model(
        edit=P.MANAGE_TRAINING, add=P.MANAGE_TRAINING, remove=P.MANAGE_TRAINING, rows=DRAFT
    ),
    "training/lesson": Model(
        edit=P.MANAGE_TRAINING, add=P.MANAGE_TRAINING, remove=P.MANAGE_TRAINING, rows=DRAFT
    ),
    "training/question": Model(
        P.MANAGE_TRAINING, edit=P.MANAGE_TRAINING, add=P.MANAGE_TRAINING, remove=P.MANAGE_TRAINING, rows=DRAFT
    ),
    "training/curriculum": Model(edit=P.MANAGE_TRAINING, add=P.MANAGE_TRAINING, rows=ALL),
    "training/session": Model(edit=P.RECORD_TRAINING, add=P.RECORD_TRAINING, record=SESSION),
    "training/enrolment": Model(add=P.RECORD_TRAINING, record=LEARNER),
    "training/attempt": Model(record=LEARNER),
    "training/completion": Model(add=P.RECORD_TRAINING, record=LEARNER),
    "training/certificate": Model(record=LEARNER),
    "training/statement": Model(P.RECORD_TRAINING, record=LINE),
    "training/personmatch": Model(
        P.RECORD_TRAINING, add=P.RECORD_TRAINING, remove=P.RECORD_TRAINING, record=PERSON
    ),
    "training/activitymatch": Model(
        P.MANAGE_TRAINING, add=P.MANAGE_TRAINING, remove=P.MANAGE_TRAINING, rows=ALL
    ),
    "governance/accountcertification": Model(record=ACCOUNT),
    "governance/accountcheck": Model(record=ACCOUNT),
    "governance/finding": Model(add=P.RUN_DISCOVERY, record=LINE),
    "governance/discoverysweep": Model(add=P.RUN_DISCOVERY, record=LINE),
    # A campaign of a line reaches the lines below it.
    "governance/certificationcampaign": Model(add=P.EDIT_LINE, record=SESSION),
    "governance/policyexception": Model(record=EXCEPTION),
    "governance/accessgrant": Model(record=GRANT),
    "governance/accessrule": Model(add=P.MANAGE_POLICIES, rows=ALL),
    "governance/policycourse": Model(P.MANAGE_POLICIES, add=P.MANAGE_POLICIES, rows=ALL),
    "metrics/metric": Model(edit=P.MANAGE_METRICS, add=P.MANAGE_METRICS, rows=ALL),
    "metrics/observation": Model(record=ACCOUNT),
    "metrics/target": Model(edit=P.SET_TARGETS, add=P.SET_TARGETS, remove=P.SET_TARGETS, record=TARGET),
    "metrics/targetstage": Model(edit=P.SET_TARGETS, add=P.SET_TARGETS, remove=P.SET_TARGETS, record=LINE),
    "metrics/rubricversion": Model(add=P.MANAGE_RUBRIC, rows=ALL),
    "metrics/maturityrun": Model(rows=HUB),
    "metrics/indicatorreading": Model(record=LINE),
    "metrics/verdictrow": Model(record=LINE),
    "metrics/stagerow": Model(record=LINE),
}
# Actions of the lists, and the right each asks for on the company as a whole.
ACTIONS: Mapping[str, Mapping[str, P]] = {
    "coe/servicetoken": {"revoke": P.MANAGE_TOKENS},
    "coe/timer": {"release": P.ADMINISTER},
    "coe/businessline": dict.fromkeys(("archive", "restore"), P.MANAGE_LINES),
    "coe/user": {
        **dict.fromkeys(("deactivate", "reactivate"), P.MANAGE_PEOPLE),
        "take_second_factor": P.ADMINISTER,
    },
    "coe/roleassignment": {"end": P.ASSIGN_ROLES},
    "coe/platform": dict.fromkeys(("retire", "offer"), P.MANAGE_PLATFORMS),
    "coe/socialaccount": {
        **dict.fromkeys(("approve", "reject", "suspend", "restore"), P.APPROVE_ACCOUNT),
        **dict.fromkeys(
            ("activate", "mark_dormant", "report_compromised", "start_closing", "archive"), P.EDIT_ACCOUNT
        ),
    },
    "training/course": dict.fromkeys(("draft", "retire"), P.MANAGE_TRAINING),
    "training/courseversion": {"publish": P.MANAGE_TRAINING},
    "training/curriculum": {"archive": P.MANAGE_TRAINING},
    "training/session": {"call_off": P.RECORD_TRAINING},
    "training/enrolment": {"withdraw": P.RECORD_TRAINING},
    "training/attempt": {"forgive": P.RECORD_TRAINING},
    "training/completion": {"void": P.RECORD_TRAINING},
    "training/certificate": {"revoke": P.RECORD_TRAINING},
    "governance/policy": dict.fromkeys(("draft", "archive", "restore"), P.MANAGE_POLICIES),
    "governance/policyversion": dict.fromkeys(("take_back", "discard"), P.MANAGE_POLICIES),
    "governance/accountcertification": {"withdraw": P.CERTIFY_ACCOUNT},
    "governance/finding": dict.fromkeys(("close", "reopen"), P.RUN_DISCOVERY),
    "governance/discoverysweep": {"call_off": P.RUN_DISCOVERY},
    "governance/certificationcampaign": dict.fromkeys(("start", "end", "cancel"), P.EDIT_LINE),
    "governance/accessgrant": {"take_back": P.GRANT_ACCESS},
    "governance/accessrule": {"end": P.MANAGE_POLICIES},
    "governance/policycourse": {"end": P.MANAGE_POLICIES},
    "governance/policyexception": dict.fromkeys(("take_up", "revoke", "close"), P.DECIDE_EXCEPTION),
    "metrics/metric": dict.fromkeys(("retire", "use"), P.MANAGE_METRICS),
    "metrics/rubricversion": {"publish": P.MANAGE_RUBRIC},
}
