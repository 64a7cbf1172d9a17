"""Who may use the pages and the API of certification, discovery and leavers. `use.py` says how to read a line."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from coe.enums.roles import Permission as P
from tests.house.routes.use import ACCOUNT, ANYWHERE, SESSION, Table, Use


def _day(world: Any, days: int) -> str:
    return (world.at + dt.timedelta(days=days)).date().isoformat()


def _look(world: Any, place: str) -> Mapping[str, Any]:
    return {"kind": "handle", "outcome": "right", "checked_on": _day(world, -1)}


def _page_campaign(world: Any, place: str) -> Mapping[str, Any]:
    return {"name": "Spring", "line": world.places[place].line.code, "due_on": _day(world, 9)}


def _api_campaign(world: Any, place: str) -> Mapping[str, Any]:
    return {"name": "Spring", "line": world.places[place].line.code, "due_at": f"{_day(world, 9)}T00:00:00Z"}


# A campaign of a line reaches the lines below it, as a session does.
CAMPAIGN = SESSION
PAGES: Table = {
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
}
