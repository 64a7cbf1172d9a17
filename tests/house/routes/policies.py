"""Who may use the API of policies and their versions. `use.py` says how to read a line."""

from typing import Any

from coe.enums.roles import Permission as P
from tests.house.routes import forms
from tests.house.routes.use import ANYWHERE, COMPANY, IN, LOST, NO, Table, Use


def answers(who: Any, place: str) -> str:
    """A person answers to a policy for themselves; a token is none."""
    return IN if who.kind == "person" else NO


def judges(who: Any, place: str) -> str:
    """A person who may read policies says what they think of one; a token thinks nothing."""
    return IN if who.kind == "person" and who.anywhere(P.VIEW) else NO


API: Table = {
    # What binds people is for everybody who may read; writing it is for those who write policies.
    "policies/": {
        "GET": Use(P.VIEW, at=ANYWHERE),
        "POST": Use(P.MANAGE_POLICIES, at=COMPANY, form=forms.api_policy),
    },
    "policies/<slug:code>/": {
        "GET": Use(P.VIEW, at=ANYWHERE),
        "PATCH": Use(P.MANAGE_POLICIES, at=COMPANY, form={"grace_days": 9}),
        "DELETE": Use(P.MANAGE_POLICIES, at=COMPANY),
    },
    "policies/<slug:code>/restore/": {"POST": Use(P.MANAGE_POLICIES, at=COMPANY)},
    "policies/<slug:code>/renew/": {"POST": Use(P.MANAGE_POLICIES, at=COMPANY)},
    "policies/<slug:code>/versions/": {
        "GET": Use(P.VIEW, at=ANYWHERE),
        "POST": Use(P.MANAGE_POLICIES, at=COMPANY),
    },
    "policies/<slug:code>/versions/<str:number>/": {
        "GET": Use(P.VIEW, at=ANYWHERE),
        "PATCH": Use(P.MANAGE_POLICIES, at=COMPANY),
        "DELETE": Use(P.MANAGE_POLICIES, at=COMPANY),
    },
    **{
        f"policies/<slug:code>/versions/<str:number>/{step}/": {"POST": Use(P.MANAGE_POLICIES, at=COMPANY)}
        for step in ("submit", "return", "publish")
    },
    # Persons reach the version in force, which nobody judges any more; a token judges nothing.
    "policies/<slug:code>/versions/<str:number>/review/": {"POST": Use(rule=judges)},
    # There is no version before the first one.
    "policies/<slug:code>/versions/<str:number>/changes/": {
        "GET": Use(rule=lambda who, place: LOST if who.anywhere(P.VIEW) else NO)
    },
}
