"""Who may use the pages and the API of certification, discovery and leavers. `use.py` says how to read a line."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from coe.enums.roles import Permission as P
from tests.house.routes import forms
from tests.house.routes.use import (
    ACCOUNT,
    ANYWHERE,
    COMPANY,
    FINDING,
    IN,
    LOST,
    NO,
    PERSON,
    SESSION,
    Table,
    Use,
)


def _day(world: Any, days: int) -> str:
    return (world.at + dt.timedelta(days=days)).date().isoformat()


def _look(world: Any, place: str) -> Mapping[str, Any]:
    return {"kind": "handle", "outcome": "right", "checked_on": _day(world, -1)}


def _page_campaign(world: Any, place: str) -> Mapping[str, Any]:
    return {"name": "Spring", "line": world.places[place].line.code, "due_on": _day(world, 9)}


def _api_campaign(world: Any, place: str) -> Mapping[str, Any]:
    return {"name": "Spring", "line": world.places[place].line.code, "due_at": f"{_day(world, 9)}T00:00:00Z"}


def _page_report(world: Any, place: str) -> Mapping[str, Any]:
    return {"url": "brandnewfake", "platform": "twitter", "line": world.places[place].line.code}


def _api_report(world: Any, place: str) -> Mapping[str, Any]:
    return {"handle": "brandnewfake", "platform": "twitter", "line": world.places[place].line.code}


def _hub_acts(who: Any, place: str) -> str:
    """The hub judges and acts; others see that they may not, where they see the finding."""
    if not who.sees(FINDING, place):
        return LOST
    return IN if P.RUN_DISCOVERY in who.company else NO


def _hub_acts_over_api(who: Any, place: str) -> str:
    """The right is asked at the door already."""
    return _hub_acts(who, place) if who.anywhere(P.RUN_DISCOVERY) else NO


def _adds(who: Any, place: str) -> str:
    """Whoever reports findings adds to those they see."""
    if not who.sees(FINDING, place):
        return LOST
    return IN if who.anywhere(P.REPORT_FINDING) else NO


# A campaign of a line reaches the lines below it, as a session does.
CAMPAIGN = SESSION
PAGES: Table = {
    "people/<uuid:public_id>/edit/": {
        "GET": Use(P.MANAGE_PEOPLE, PERSON, COMPANY),
        "POST": Use(P.MANAGE_PEOPLE, PERSON, COMPANY, forms.page_edit_person),
    },
    "people/<uuid:public_id>/roles/<uuid:role_id>/end/": {
        "POST": Use(P.ASSIGN_ROLES, PERSON, form={"x": ""})
    },
    "people/<uuid:public_id>/leave/": {
        "GET": Use(P.MANAGE_PEOPLE, PERSON, COMPANY),
        "POST": Use(P.MANAGE_PEOPLE, PERSON, COMPANY, {"why": "gone"}),
    },
    "people/<uuid:public_id>/hand-over/": {
        "GET": Use(P.MANAGE_PEOPLE, PERSON, COMPANY),
        "POST": Use(P.MANAGE_PEOPLE, PERSON, COMPANY, {"why": "gone"}),
    },
    "people/leavers/": {"GET": Use(P.MANAGE_PEOPLE, at=COMPANY)},
    "certification/": {"GET": Use()},
    "certification/export/": {"GET": Use(P.EXPORT, at=ANYWHERE)},
    "certification/<uuid:public_id>/withdraw/": {
        "POST": Use(P.CERTIFY_ACCOUNT, ACCOUNT, form={"reason": "x"})
    },
    "certification/campaigns/": {"GET": Use()},
    "certification/campaigns/new/": {
        "GET": Use(P.EDIT_LINE, at=ANYWHERE),
        "POST": Use(P.EDIT_LINE, form=_page_campaign, names_line=True),
    },
    "certification/campaigns/<uuid:public_id>/": {"GET": Use(None, CAMPAIGN)},
    "certification/campaigns/<uuid:public_id>/act/": {
        "POST": Use(P.EDIT_LINE, CAMPAIGN, form={"action": "start"})
    },
    "accounts/<uuid:public_id>/certification/": {"GET": Use(None, ACCOUNT)},
    "accounts/<uuid:public_id>/certify/": {
        "GET": Use(P.CERTIFY_ACCOUNT, ACCOUNT),
        "POST": Use(P.CERTIFY_ACCOUNT, ACCOUNT),
    },
    "accounts/<uuid:public_id>/checks/": {"POST": Use(P.CERTIFY_ACCOUNT, ACCOUNT, form=_look)},
    "discovery/": {"GET": Use()},
    "discovery/export/": {"GET": Use(P.EXPORT, at=ANYWHERE)},
    "discovery/report/": {
        "GET": Use(P.REPORT_FINDING, at=ANYWHERE),
        "POST": Use(P.REPORT_FINDING, form=_page_report, names_line=True),
    },
    "discovery/sweeps/": {"GET": Use()},
    "discovery/sweeps/new/": {
        "GET": Use(P.RUN_DISCOVERY, at=COMPANY),
        "POST": Use(P.RUN_DISCOVERY, at=COMPANY, form={"name": "Spring"}),
    },
    "discovery/sweeps/<uuid:public_id>/": {"GET": Use(None, FINDING)},
    "discovery/sweeps/<uuid:public_id>/end/": {
        "POST": Use(record=FINDING, rule=_hub_acts, form={"summary": "Nothing"})
    },
    "discovery/<uuid:public_id>/": {"GET": Use(None, FINDING)},
    **{
        f"discovery/<uuid:public_id>/{step}/": {"POST": Use(record=FINDING, rule=_hub_acts)}
        for step in ("judge", "act", "adopt")
    },
    "discovery/<uuid:public_id>/evidence/": {"POST": Use(record=FINDING, rule=_adds, form={"text": "Seen"})},
    # The world holds no file.
    "discovery/<uuid:public_id>/evidence/<uuid:evidence_id>/": {"GET": Use(rule=lambda who, place: LOST)},
}
API: Table = {
    "certifications/": {"GET": Use(P.VIEW, at=ANYWHERE)},
    "certifications/<uuid:public_id>/": {"GET": Use(P.VIEW, ACCOUNT, ANYWHERE)},
    "certifications/<uuid:public_id>/withdraw/": {
        "POST": Use(P.CERTIFY_ACCOUNT, ACCOUNT, form={"reason": "x"})
    },
    "accounts/<uuid:public_id>/certify/": {
        "GET": Use(P.VIEW, ACCOUNT, ANYWHERE),
        "POST": Use(P.CERTIFY_ACCOUNT, ACCOUNT),
    },
    "accounts/<uuid:public_id>/checks/": {
        "GET": Use(P.VIEW, ACCOUNT, ANYWHERE),
        # A token must name the owner who looked.
        "POST": Use(P.CERTIFY_ACCOUNT, ACCOUNT),
    },
    "certification-campaigns/": {
        "GET": Use(P.VIEW, at=ANYWHERE),
        "POST": Use(P.EDIT_LINE, form=_api_campaign, names_line=True),
    },
    "certification-campaigns/<uuid:public_id>/": {"GET": Use(P.VIEW, CAMPAIGN, ANYWHERE)},
    "certification-campaigns/<uuid:public_id>/progress/": {"GET": Use(P.VIEW, CAMPAIGN, ANYWHERE)},
    "certification-campaigns/<uuid:public_id>/transition/": {
        "POST": Use(P.EDIT_LINE, CAMPAIGN, form={"action": "start"})
    },
    "findings/": {
        "GET": Use(P.VIEW, at=ANYWHERE),
        "POST": Use(P.REPORT_FINDING, form=_api_report, names_line=True),
    },
    "findings/<uuid:public_id>/": {"GET": Use(P.VIEW, FINDING, ANYWHERE)},
    **{
        f"findings/<uuid:public_id>/{step}/": {"POST": Use(record=FINDING, rule=_hub_acts_over_api)}
        for step in ("judge", "transition", "adopt")
    },
    "findings/<uuid:public_id>/evidence/": {
        "GET": Use(P.VIEW, FINDING, ANYWHERE),
        "POST": Use(P.REPORT_FINDING, FINDING, ANYWHERE, form={"text": "Seen"}),
    },
    "sweeps/": {
        "GET": Use(P.VIEW, at=ANYWHERE),
        "POST": Use(P.RUN_DISCOVERY, at=COMPANY, form={"name": "Spring"}),
    },
    "sweeps/<uuid:public_id>/": {"GET": Use(P.VIEW, FINDING, ANYWHERE)},
    "sweeps/<uuid:public_id>/end/": {
        "POST": Use(record=FINDING, rule=_hub_acts_over_api, form={"summary": "Nothing"})
    },
}
