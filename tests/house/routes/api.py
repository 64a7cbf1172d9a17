"""Who may use which part of the API. `use.py` says how to read a line, and how to add one.

The API asks first whether a caller holds the right anywhere (403), then whether it sees the record (404), then for the record's line.
"""

from coe.enums.roles import Permission as P
from coe.registries import import_kinds
from tests.house.routes import custody, forms, policies, setup
from tests.house.routes.use import (
    ACCOUNT,
    ANYWHERE,
    COMPANY,
    EXCEPTION,
    GRANT,
    IMPORT,
    IN,
    LINE,
    LOST,
    NO,
    PERSON,
    ROLE,
    SESSION,
    TARGET,
    TOKEN,
    VIEW,
    Table,
    Use,
)


def _token(who, place):
    """Tokens are known to those who manage them, and to nobody else."""
    if not who.anywhere(P.MANAGE_TOKENS):
        return NO
    return IN if who.holds(P.MANAGE_TOKENS, place) else LOST


def _sends_files(who, place):
    """Files come from whoever may import some kind of them."""
    return IN if any(who.anywhere(kind.permission) for kind in import_kinds.values()) else NO


def _import(who, place):
    """An import is known to those who see it, and moved on by those who may import its kind."""
    if not who.sees(IMPORT, place):
        return LOST
    return IN if who.anywhere(P.EDIT_ACCOUNT) else NO


def _saves_views(who, place):
    """A view belongs to a person."""
    return IN if who.kind == "person" else NO


def _learner(who, place):
    """What somebody learned is theirs, their line lead's, the hub's, and that of a token that keeps training records."""
    if not who.anywhere(P.VIEW):
        return NO
    return IN if who.sees_all or who.holds(P.RECORD_TRAINING, place) else LOST


def _keeps(who, place):
    """Whoever sees a training record of somebody else writes it only with the right to."""
    met = _learner(who, place)
    return NO if met == IN and not who.holds(P.RECORD_TRAINING, place) else met


def _draft(who, place):
    """A draft is there for those who write courses."""
    if not who.anywhere(P.VIEW):
        return NO
    return IN if P.MANAGE_TRAINING in who.company else LOST


def _revokes(who, place):
    """The right to keep records is asked at the door; then it is a record like others."""
    if not who.anywhere(P.RECORD_TRAINING):
        return NO
    return IN if who.holds(P.RECORD_TRAINING, place) else LOST


def _runs(who, place):
    """A session is seen by those it is offered to, and run by those who keep training records there."""
    if not who.anywhere(P.VIEW):
        return NO
    if not who.sees(SESSION, place):
        return LOST
    return IN if who.holds(P.RECORD_TRAINING, place) else NO


def _signs_up(who, place):
    """A person with a role takes a seat themselves; a token takes one for somebody, and needs the right."""
    if not who.anywhere(P.VIEW):
        return NO
    return IN if who.kind == "person" or who.anywhere(P.RECORD_TRAINING) else NO


def _rates(who, place):
    met = _learner(who, place)
    return NO if met == IN else met


def _gives(who, place):
    """Access is taken back by people who give it on the account's line; a token gives none."""
    if not who.anywhere(P.VIEW):
        return NO
    if not who.sees(GRANT, place):
        return LOST
    return IN if who.kind == "person" and who.holds(P.GRANT_ACCESS, place) else NO


def _lost_rules(who, place):
    """No rule has the id that is tried: whoever may end rules is told so."""
    return LOST if P.MANAGE_POLICIES in who.company else NO


def _looks_for_rules(who, place):
    return LOST if who.anywhere(P.VIEW) else NO


def _asks(who, place):
    """An exception is changed and withdrawn by who asked for it, and by who might ask for it anew."""
    if not who.anywhere(P.VIEW):
        return NO
    if not who.sees(EXCEPTION, place):
        return LOST
    return IN if who.holds(P.REQUEST_EXCEPTION, place) else NO


def _covered(who, place):
    """The names behind a cell of the coverage matrix."""
    if not who.anywhere(P.VIEW):
        return NO
    if not who.sees(LINE, place):
        return LOST
    return IN if who.sees_all or who.holds(P.RECORD_TRAINING, place) else NO


def _reminds(who, place):
    """Reminders are for those who keep the records of a line."""
    if not who.anywhere(P.RECORD_TRAINING):
        return NO
    if not who.sees(LINE, place):
        return LOST
    return IN if who.holds(P.RECORD_TRAINING, place) else NO


API: Table = {
    "": {"GET": Use()},
    "schema/": {"GET": Use()},
    "docs/": {"GET": Use()},
    "me/": {"GET": Use()},
    "lines/": {
        "GET": Use(P.VIEW, at=ANYWHERE),
        "POST": Use(P.MANAGE_LINES, at=COMPANY, form=forms.api_line),
        "PUT": Use(P.MANAGE_LINES, at=COMPANY, form=forms.api_line),
        "PATCH": Use(P.EDIT_LINE, form=forms.api_edit_line, names_line=True),
        "DELETE": Use(P.MANAGE_LINES, at=COMPANY),
    },
    "lines/<str:code>/badge.svg": {"GET": Use(P.VIEW, LINE)},
    "lines/<str:code>/journal/": {"GET": Use(P.VIEW, LINE), "POST": Use(P.COMMENT, LINE, form={"body": "x"})},
    "lines/<str:code>/": {
        "GET": Use(P.VIEW, LINE),
        "PATCH": Use(P.EDIT_LINE, LINE, form={"description": "x"}),
    },
    "lines/<str:code>/move/": {"POST": Use(P.MANAGE_LINES, LINE, COMPANY, {"parent": None})},
    "lines/<str:code>/archive/": {"POST": Use(P.MANAGE_LINES, LINE, COMPANY)},
    "lines/<str:code>/restore/": {"POST": Use(P.MANAGE_LINES, LINE, COMPANY)},
    "accounts/": {
        "GET": Use(P.VIEW, at=ANYWHERE),
        "POST": Use(P.REGISTER_ACCOUNT, form=forms.api_account, names_line=True),
        "PUT": Use(P.REGISTER_ACCOUNT, form=forms.api_account, names_line=True),
        "PATCH": Use(P.EDIT_ACCOUNT, form=forms.api_edit_accounts, names_line=True),
        "DELETE": Use(P.EDIT_ACCOUNT, at=ANYWHERE),
    },
    "accounts/<uuid:public_id>/": {
        "GET": Use(P.VIEW, ACCOUNT, ANYWHERE),
        "PATCH": Use(P.EDIT_ACCOUNT, ACCOUNT, form={"purpose": "x"}),
    },
    "accounts/<uuid:public_id>/journal/": {
        "GET": Use(P.VIEW, ACCOUNT, ANYWHERE),
        "POST": Use(P.COMMENT, ACCOUNT, form={"body": "x"}),
    },
    "accounts/<uuid:public_id>/transition/": {
        "POST": Use(P.EDIT_ACCOUNT, ACCOUNT, form={"action": "start_closing"})
    },
    "accounts/<uuid:public_id>/handle/": {"POST": Use(P.EDIT_ACCOUNT, ACCOUNT, form={"handle": "othername"})},
    "accounts/<uuid:public_id>/co-owners/": {"PUT": Use(P.EDIT_ACCOUNT, ACCOUNT, form={"lines": []})},
    "people/": {
        "GET": Use(P.VIEW, at=ANYWHERE),
        "POST": Use(P.MANAGE_PEOPLE, at=COMPANY, form={"email": "new@example.com", "name": "Ada"}),
        "PUT": Use(P.MANAGE_PEOPLE, at=COMPANY, form={"email": "new@example.com", "name": "Ada"}),
        "PATCH": Use(P.MANAGE_PEOPLE, at=COMPANY, form=forms.api_edit_person),
        "DELETE": Use(P.MANAGE_PEOPLE, at=COMPANY),
    },
    "people/<uuid:public_id>/": {
        "GET": Use(P.VIEW, PERSON),
        "PATCH": Use(P.MANAGE_PEOPLE, PERSON, COMPANY, {"job_title": "x"}),
    },
    "people/<uuid:public_id>/leave/": {
        "GET": Use(P.MANAGE_PEOPLE, PERSON, COMPANY),
        "POST": Use(P.MANAGE_PEOPLE, PERSON, COMPANY, {"rest_to_nobody": True}),
    },
    "roles/": {
        "GET": Use(P.VIEW, at=ANYWHERE),
        "POST": Use(P.ASSIGN_ROLES, form=forms.api_role, names_line=True),
        "DELETE": Use(P.ASSIGN_ROLES, at=ANYWHERE),
    },
    "roles/<uuid:public_id>/": {"GET": Use(P.VIEW, ROLE), "DELETE": Use(P.ASSIGN_ROLES, ROLE)},
    "tokens/": {
        "GET": Use(P.MANAGE_TOKENS, at=ANYWHERE),
        "POST": Use(P.MANAGE_TOKENS, form=forms.api_token, names_line=True),
        "DELETE": Use(P.MANAGE_TOKENS, at=ANYWHERE),
    },
    "tokens/<uuid:public_id>/": {
        "GET": Use(rule=_token, record=TOKEN),
        "DELETE": Use(rule=_token, record=TOKEN),
    },
    "tokens/<uuid:public_id>/rotate/": {"POST": Use(rule=_token, record=TOKEN, form=forms.api_rotate)},
    "imports/": {"GET": Use(P.VIEW, at=ANYWHERE), "POST": Use(rule=_sends_files)},
    "imports/<uuid:public_id>/": {"GET": Use(P.VIEW, IMPORT, ANYWHERE)},
    "imports/<uuid:public_id>/problems/": {"GET": Use(P.VIEW, IMPORT, ANYWHERE)},
    "imports/<uuid:public_id>/rejects/": {"GET": Use(P.VIEW, IMPORT, ANYWHERE)},
    **{
        f"imports/<uuid:public_id>/{step}/": {"POST": Use(rule=_import, record=IMPORT)}
        for step in ("check", "apply", "undo", "discard")
    },
    **policies.API,
    "courses/": {
        "GET": Use(P.VIEW, at=ANYWHERE),
        "POST": Use(P.MANAGE_TRAINING, at=COMPANY, form=forms.api_course),
        "PUT": Use(P.MANAGE_TRAINING, at=COMPANY, form=forms.api_course),
        "PATCH": Use(P.MANAGE_TRAINING, at=COMPANY, form={"id": "FND", "renewal_days": 9}),
        "DELETE": Use(P.MANAGE_TRAINING, at=COMPANY),
    },
    "courses/<slug:code>/": {
        "GET": Use(P.VIEW, at=ANYWHERE),
        "PUT": Use(P.MANAGE_TRAINING, at=COMPANY, form={"renewal_days": 9}),
        "PATCH": Use(P.MANAGE_TRAINING, at=COMPANY, form={"renewal_days": 9}),
        # A curriculum asks for the course: refused, and told so.
        "DELETE": Use(P.MANAGE_TRAINING, at=COMPANY),
    },
    "courses/<slug:code>/versions/": {
        "GET": Use(P.VIEW, at=ANYWHERE),
        "POST": Use(P.MANAGE_TRAINING, at=COMPANY),
    },
    # A draft, which nobody sees but those who write courses.
    "courses/<slug:code>/versions/<int:number>/": {
        "GET": Use(rule=_draft),
        "PATCH": Use(P.MANAGE_TRAINING, at=COMPANY, form={"pass_mark": 60}),
        "DELETE": Use(P.MANAGE_TRAINING, at=COMPANY, form={}),
    },
    "courses/<slug:code>/versions/<int:number>/publish/": {"POST": Use(P.MANAGE_TRAINING, at=COMPANY)},
    "curricula/": {
        "GET": Use(P.VIEW, at=ANYWHERE),
        "POST": Use(P.MANAGE_TRAINING, at=COMPANY, form=forms.api_curriculum),
        "PUT": Use(P.MANAGE_TRAINING, at=COMPANY, form=forms.api_curriculum),
        "PATCH": Use(P.MANAGE_TRAINING, at=COMPANY, form={"id": "path", "roles": []}),
        "DELETE": Use(P.MANAGE_TRAINING, at=COMPANY),
    },
    "curricula/<slug:code>/": {
        "GET": Use(P.VIEW, at=ANYWHERE),
        "PUT": Use(P.MANAGE_TRAINING, at=COMPANY, form={"roles": []}),
        "PATCH": Use(P.MANAGE_TRAINING, at=COMPANY, form={"roles": []}),
        "DELETE": Use(P.MANAGE_TRAINING, at=COMPANY),
    },
    "enrolments/": {
        "GET": Use(P.VIEW, at=ANYWHERE),
        "POST": Use(P.RECORD_TRAINING, form=forms.api_enrolment, names_line=True),
        "DELETE": Use(P.RECORD_TRAINING, at=ANYWHERE),
    },
    "enrolments/<uuid:public_id>/": {
        "GET": Use(rule=_learner, record=PERSON),
        "DELETE": Use(rule=_keeps, record=PERSON),
    },
    "enrolments/<uuid:public_id>/waive/": {"POST": Use(rule=_keeps, record=PERSON)},
    "completions/": {
        "GET": Use(P.VIEW, at=ANYWHERE),
        "POST": Use(P.RECORD_TRAINING, form=forms.api_completion, names_line=True),
    },
    "completions/<uuid:public_id>/": {"GET": Use(rule=_learner, record=PERSON)},
    "certificates/": {"GET": Use(P.VIEW, at=ANYWHERE)},
    "certificates/<uuid:public_id>/": {"GET": Use(rule=_learner, record=PERSON)},
    "certificates/<uuid:public_id>/revoke/": {
        "POST": Use(rule=_revokes, record=PERSON, form={"reason": "x"})
    },
    "sessions/": {
        "GET": Use(P.VIEW, at=ANYWHERE),
        "POST": Use(P.RECORD_TRAINING, form=forms.api_session, names_line=True),
        "PATCH": Use(P.VIEW, at=ANYWHERE),
        "DELETE": Use(P.VIEW, at=ANYWHERE),
    },
    "sessions/<uuid:public_id>/": {
        "GET": Use(P.VIEW, SESSION, ANYWHERE),
        "PATCH": Use(rule=_runs, record=SESSION, form={"place": "x"}),
        "DELETE": Use(rule=_runs, record=SESSION),
    },
    # A session that has not begun has no attendance yet: whoever runs it is told so.
    "sessions/<uuid:public_id>/attendance/": {"POST": Use(rule=_runs, record=SESSION)},
    "seats/": {
        "GET": Use(P.VIEW, at=ANYWHERE),
        "POST": Use(rule=_signs_up),
        "DELETE": Use(P.VIEW, at=ANYWHERE),
    },
    "seats/<uuid:public_id>/": {
        "GET": Use(rule=_learner, record=PERSON),
        "DELETE": Use(rule=_keeps, record=PERSON),
    },
    # Everybody rates for themselves, and nobody here sat anywhere.
    "seats/<uuid:public_id>/rating/": {"POST": Use(rule=_rates, record=PERSON)},
    "policies/<slug:code>/audience/": {
        "GET": Use(P.MANAGE_POLICIES, at=COMPANY),
        "PUT": Use(P.MANAGE_POLICIES, at=COMPANY, form={"rules": [{}]}),
    },
    # Persons answer for themselves; a token is none, and answers for nobody.
    "policies/<slug:code>/acknowledge/": {
        "GET": Use(),
        "POST": Use(rule=policies.answers, form=forms.api_acknowledge),
    },
    "policies/<slug:code>/decline/": {"POST": Use(rule=policies.answers, form=forms.api_decline)},
    "acknowledgements/": {"GET": Use()},
    "acknowledgements/<uuid:public_id>/": {"GET": Use(rule=lambda who, place: LOST)},
    "acknowledgements/<uuid:public_id>/take-back/": {"POST": Use(rule=lambda who, place: LOST)},
    "policy-dues/": {"GET": Use(P.VIEW, at=ANYWHERE)},
    "policy-coverage/": {"GET": Use(P.VIEW, at=ANYWHERE)},
    "acknowledgement-campaigns/": {
        "GET": Use(P.VIEW, at=ANYWHERE),
        "POST": Use(P.MANAGE_POLICIES, at=COMPANY, form=forms.api_campaign),
    },
    "acknowledgement-campaigns/<uuid:public_id>/": {
        "GET": Use(rule=lambda who, place: LOST if who.anywhere(P.VIEW) else NO)
    },
    "acknowledgement-campaigns/<uuid:public_id>/cancel/": {
        "POST": Use(rule=lambda who, place: LOST if who.anywhere(P.MANAGE_POLICIES) else NO)
    },
    "coverage/": {"GET": Use(P.VIEW, at=ANYWHERE)},
    "coverage/<slug:code>/<str:line>/": {"GET": Use(rule=_covered, record=LINE)},
    "coverage/<slug:code>/<str:line>/remind/": {"POST": Use(rule=_reminds, record=LINE)},
    "access-grants/": {"GET": Use(P.VIEW, at=ANYWHERE), "POST": Use(P.VIEW, at=ANYWHERE)},
    "access-grants/<uuid:public_id>/": {"GET": Use(P.VIEW, GRANT, ANYWHERE)},
    "access-grants/<uuid:public_id>/transition/": {
        "POST": Use(rule=_gives, record=GRANT, form={"action": "ask_back"})
    },
    **{
        f"{kind}/": {"GET": Use(P.VIEW, at=ANYWHERE), "POST": Use(P.MANAGE_POLICIES, at=COMPANY)}
        for kind in ("access-rules", "policy-courses")
    },
    **{
        f"{kind}/<uuid:public_id>/": {"GET": Use(rule=_looks_for_rules), "DELETE": Use(rule=_lost_rules)}
        for kind in ("access-rules", "policy-courses")
    },
    "exceptions/": {"GET": Use(P.VIEW, at=ANYWHERE), "POST": Use(P.VIEW, at=ANYWHERE)},
    "exceptions/<uuid:public_id>/": {
        "GET": Use(P.VIEW, EXCEPTION, ANYWHERE),
        "PATCH": Use(rule=_asks, record=EXCEPTION, form={"reason": "x"}),
    },
    "exceptions/<uuid:public_id>/transition/": {
        "POST": Use(rule=_asks, record=EXCEPTION, form={"action": "withdraw"})
    },
    "exceptions/<uuid:public_id>/extend/": {"POST": Use(rule=_asks, record=EXCEPTION)},
    "changes/": {"GET": Use(P.VIEW_HISTORY, at=ANYWHERE)},
    # The programme as a whole is for everybody who works here.
    "scorecards/": {"GET": Use()},
    "scorecards/<str:code>/": {"GET": Use(P.VIEW, LINE)},
    "metrics/": {
        "GET": Use(P.VIEW, at=ANYWHERE),
        "POST": Use(P.MANAGE_METRICS, at=COMPANY, form=forms.api_metric),
        "PUT": Use(P.MANAGE_METRICS, at=COMPANY, form=forms.api_metric),
        "PATCH": Use(P.MANAGE_METRICS, at=COMPANY, form={"id": "followers", "unit": "x"}),
        "DELETE": Use(P.MANAGE_METRICS, at=COMPANY),
    },
    "metrics/<str:code>/": {
        "GET": Use(P.VIEW, at=ANYWHERE),
        "PATCH": Use(P.MANAGE_METRICS, at=COMPANY, form={"unit": "x"}),
        "DELETE": Use(P.MANAGE_METRICS, at=COMPANY),
    },
    "observations/": {
        "GET": Use(P.VIEW, at=ANYWHERE),
        "POST": Use(P.SUBMIT_METRICS, form=forms.api_observation, names_line=True),
    },
    "observations/import/": {"POST": Use(P.SUBMIT_METRICS, at=ANYWHERE)},
    "targets/": {
        "GET": Use(P.VIEW, at=ANYWHERE),
        "POST": Use(P.SET_TARGETS, form=forms.api_target, names_line=True),
        "PUT": Use(P.SET_TARGETS, form=forms.api_target, names_line=True),
        "PATCH": Use(P.SET_TARGETS, form=forms.api_edit_target, names_line=True),
        "DELETE": Use(P.SET_TARGETS, at=ANYWHERE),
    },
    "targets/<uuid:public_id>/": {
        "GET": Use(P.VIEW, TARGET),
        "PATCH": Use(P.SET_TARGETS, TARGET, form={"reason": "y"}),
        "DELETE": Use(P.SET_TARGETS, TARGET),
    },
    "target-stages/": {
        "GET": Use(P.VIEW, at=ANYWHERE),
        "PUT": Use(P.SET_TARGETS, at=ANYWHERE),
        "DELETE": Use(P.SET_TARGETS, at=ANYWHERE),
    },
    "target-stages/<uuid:public_id>/": {
        "GET": Use(P.VIEW, TARGET),
        "PATCH": Use(P.SET_TARGETS, TARGET),
        "DELETE": Use(P.SET_TARGETS, TARGET),
    },
    "stages/": {"GET": Use(P.VIEW, at=ANYWHERE)},
    "maturity-runs/": {"GET": Use(P.VIEW, at=ANYWHERE), "POST": Use(P.RUN_MATURITY, at=COMPANY)},
    "maturity-runs/<uuid:public_id>/": {"GET": Use(P.VIEW, at=ANYWHERE)},
    "rubrics/": {"GET": Use(P.VIEW, at=ANYWHERE)},
    "rubrics/<uuid:public_id>/": {"GET": Use(P.VIEW, at=ANYWHERE)},
    "journal/": {"GET": Use(P.VIEW, at=ANYWHERE)},
    **setup.API,
    "views/": {"GET": Use(), "POST": Use(rule=_saves_views)},
    "views/<uuid:public_id>/": {"GET": Use(None, VIEW), "DELETE": Use(None, VIEW)},
    "exports/<slug:kind>/": {"GET": Use(P.EXPORT, at=ANYWHERE)},
    **custody.API,
}
