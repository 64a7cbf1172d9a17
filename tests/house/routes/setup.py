"""Who may use the API of calendars, tags, platforms and the organisation. `use.py` says how to read a line."""

from coe.enums.roles import Permission as P
from tests.house.routes.use import ACCOUNT, ANYWHERE, COMPANY, Table, Use

API: Table = {
    "calendars/": {
        "GET": Use(P.VIEW, at=ANYWHERE),
        "POST": Use(P.MANAGE_LINES, at=COMPANY, form={"code": "new", "name": "New"}),
    },
    "calendars/<slug:code>/": {
        "GET": Use(P.VIEW, at=ANYWHERE),
        "PUT": Use(P.MANAGE_LINES, at=COMPANY, form={"name": "x"}),
        "PATCH": Use(P.MANAGE_LINES, at=COMPANY, form={"name": "x"}),
        "DELETE": Use(P.MANAGE_LINES, at=COMPANY),
    },
    "tags/": {
        "GET": Use(P.VIEW, at=ANYWHERE),
        "POST": Use(P.MANAGE_LINES, at=COMPANY, form={"name": "new"}),
        "DELETE": Use(P.MANAGE_LINES, at=COMPANY),
    },
    "tags/<uuid:public_id>/": {
        "GET": Use(P.VIEW, ACCOUNT, ANYWHERE),
        "PATCH": Use(P.MANAGE_LINES, ACCOUNT, COMPANY, {"name": "new"}),
        "DELETE": Use(P.MANAGE_LINES, ACCOUNT, COMPANY),
    },
    "tags/<uuid:public_id>/merge/": {"POST": Use(P.MANAGE_LINES, ACCOUNT, COMPANY)},
    "platforms/": {"GET": Use(P.VIEW, at=ANYWHERE)},
    "platforms/<slug:code>/": {
        "GET": Use(P.VIEW, at=ANYWHERE),
        "PATCH": Use(P.MANAGE_PLATFORMS, at=COMPANY, form={"decision_note": "x"}),
    },
    "organisation/": {
        "GET": Use(P.VIEW, at=ANYWHERE),
        "PATCH": Use(P.ADMINISTER, at=COMPANY, form={"dormancy_days": 60}),
    },
    "verify/": {"GET": Use()},
    "me/duties/": {"GET": Use()},
}
