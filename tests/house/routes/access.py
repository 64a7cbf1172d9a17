"""Who may use the pages of access to accounts and of exceptions. `use.py` says how to read a line."""

from coe.enums.roles import Permission as P
from tests.house.routes.use import ACCOUNT, ANYWHERE, COMPANY, EXCEPTION, GRANT, LOST, NO, Table, Use

PAGES: Table = {
    "access/": {"GET": Use()},
    # Rules are of the company and hide nothing of a line; the world holds none.
    "access/rules/": {"GET": Use()},
    "access/rules/new/": {
        "GET": Use(P.MANAGE_POLICIES, at=COMPANY),
        "POST": Use(P.MANAGE_POLICIES, at=COMPANY),
    },
    "access/rules/<uuid:public_id>/end/": {
        "POST": Use(rule=lambda who, place: LOST if P.MANAGE_POLICIES in who.company else NO)
    },
    "access/export/": {"GET": Use(P.EXPORT, at=ANYWHERE)},
    "access/<uuid:public_id>/act/": {"POST": Use(P.GRANT_ACCESS, GRANT, form={"action": "ask_back"})},
    "accounts/<uuid:public_id>/access/": {"GET": Use(None, ACCOUNT), "POST": Use(None, ACCOUNT)},
    "exceptions/": {"GET": Use()},
    "exceptions/export/": {"GET": Use(P.EXPORT, at=ANYWHERE)},
    # Everybody may ask for themselves; for whom else is asked with the form.
    "exceptions/new/": {"GET": Use(), "POST": Use()},
    "exceptions/<uuid:public_id>/": {"GET": Use(None, EXCEPTION)},
    "exceptions/<uuid:public_id>/decide/": {
        "GET": Use(P.DECIDE_EXCEPTION, EXCEPTION),
        "POST": Use(P.DECIDE_EXCEPTION, EXCEPTION),
    },
    "exceptions/<uuid:public_id>/act/": {
        "POST": Use(P.REQUEST_EXCEPTION, EXCEPTION, form={"action": "withdraw"})
    },
    **{
        f"exceptions/<uuid:public_id>/{word}/": {
            method: Use(P.REQUEST_EXCEPTION, EXCEPTION) for method in ("GET", "POST")
        }
        for word in ("edit", "extend")
    },
}
