"""Who may use which page. `use.py` says how to read a line, and how to add one."""

from coe.enums.roles import Permission as P
from tests.house.routes import access, custody, forms
from tests.house.routes.use import (
    ACCOUNT,
    ANYWHERE,
    ATTEMPT,
    COMPANY,
    IMPORT,
    IN,
    LINE,
    LOST,
    NO,
    NOTICE,
    PERSON,
    RECORD,
    SESSION,
    TARGET,
    TOKEN,
    VIEW,
    Table,
    Use,
)

# Answered without a log-in, on purpose: the probe, the gauges (which have a token of their own), what xAPI says of itself, and the
# check of a certificate by its code.
OPEN = {"status/", "-/metrics", "xapi/about", "check/"}
# A learning system's door: tokens only, no session; tests/training/api/test_xapi.py tries it with each kind of caller.
MACHINES = {"xapi/statements"}


def _give_role(who, place):
    """A role is given by whoever may give it on that line, to a person they see."""
    if not who.sees(PERSON, place):
        return LOST
    return IN if who.holds(P.ASSIGN_ROLES, place) else NO


def _remind(who, place):
    """People are reminded by those who lead a line on which they hold a role; to everybody else they are nobody's people."""
    return IN if who.holds(P.ASSIGN_ROLES, place) else LOST


def _learner(who, place):
    """What somebody learns is theirs, their line lead's and the hub's to see."""
    return IN if who.sees_all or who.holds(P.RECORD_TRAINING, place) else LOST


def _keep_record(who, place):
    """Whoever sees a training record writes it only with the right to."""
    if _learner(who, place) == LOST:
        return LOST
    return IN if who.holds(P.RECORD_TRAINING, place) else NO


def _answers(who, place):
    """What somebody answered to a policy is theirs, their line lead's and the hub's to see."""
    return IN if who.sees_all or who.holds(P.RECORD_ACKNOWLEDGEMENT, place) else LOST


def _answer_for(who, place):
    """Whoever sees the answers of a person records one for them only with the right to."""
    if _answers(who, place) == LOST:
        return LOST
    return IN if who.holds(P.RECORD_ACKNOWLEDGEMENT, place) else NO


def _asked(who, place):
    """The names behind a cell of the coverage of policies."""
    if not who.sees(LINE, place):
        return LOST
    return IN if who.sees_all or who.holds(P.RECORD_ACKNOWLEDGEMENT, place) else NO


def _covered(who, place):
    """The names behind a cell of the coverage matrix."""
    if not who.sees(LINE, place):
        return LOST
    return IN if who.sees_all or who.holds(P.RECORD_TRAINING, place) else NO


def _leave_demo(who, place):
    """The one button of the demo: administrators who are staff, and only where there is a demo."""
    return NO


def _import(who, place):
    """Files of figures are open to those who report them; other kinds ask for the right to import."""
    return IN if who.anywhere(P.IMPORT) or who.anywhere(P.SUBMIT_METRICS) else NO


def _history_file(who, place):
    """A file of changes asks for both rights."""
    return IN if who.anywhere(P.EXPORT) and who.anywhere(P.VIEW_HISTORY) else NO


def _mapping(who, place):
    """A saved mapping is for whoever made it, and for those who import for the whole company."""
    if _import(who, place) == NO:
        return NO
    return IN if P.IMPORT in who.company or (place == "own" and who.kind == "person") else LOST


def _target_stage(who, place):
    """Whoever may set it finds that there is no such dimension."""
    return LOST if not who.sees(LINE, place) or who.holds(P.SET_TARGETS, place) else NO


def _before_log_in(who, place):
    """Language and theme can be chosen on the log-in page already."""
    return IN


def _writes_in_vain(who, place):
    """Whoever writes policies is told that there is no such thing; the others may not even ask."""
    return LOST if P.MANAGE_POLICIES in who.company else NO


PAGES: Table = {
    "": {"GET": Use()},
    # The programme as a whole is for everybody who works here; the lines behind a figure are those in scope.
    "programme/": {"GET": Use()},
    "programme/criteria/<str:criterion>/": {"GET": Use(rule=lambda who, place: LOST)},
    "waiting/": {"GET": Use()},
    # What scores rest on is open to everybody who works here.
    "rubrics/": {"GET": Use()},
    "rubrics/<uuid:public_id>/": {"GET": Use()},
    "rubrics/<uuid:public_id>/preview/": {"GET": Use(P.RUN_MATURITY, at=COMPANY)},
    "rubrics/<uuid:public_id>/publish/": {
        "GET": Use(P.MANAGE_RUBRIC, at=COMPANY),
        "POST": Use(P.MANAGE_RUBRIC, at=COMPANY),
    },
    "runs/": {"GET": Use(P.VIEW_HISTORY, at=COMPANY)},
    "runs/start/": {"POST": Use(P.RUN_MATURITY, at=COMPANY, form={"x": ""})},
    "runs/<uuid:public_id>/progress/": {"GET": Use(P.VIEW_HISTORY, at=COMPANY)},
    "lines/<str:code>/waiting/": {"GET": Use(None, LINE)},
    "lines/": {"GET": Use()},
    "lines/<str:code>/targets/": {"GET": Use(None, LINE)},
    "lines/<str:code>/targets/<str:dimension>/": {
        "GET": Use(record=LINE, rule=_target_stage),
        "POST": Use(record=LINE, rule=_target_stage),
    },
    "lines/<str:code>/what-if/": {"GET": Use(None, LINE)},
    "lines/<str:code>/journal/": {"POST": Use(P.COMMENT, LINE, form={"body": "A note"})},
    "lines/<str:code>/": {"GET": Use(None, LINE)},
    "lines/<str:code>/criteria/<str:criterion>/": {"GET": Use(rule=lambda who, place: LOST)},
    "export/lines/": {"GET": Use(P.EXPORT, at=ANYWHERE)},
    "export/metrics/": {"GET": Use(P.EXPORT, at=ANYWHERE)},
    "metrics/<slug:code>/export/": {"GET": Use(P.EXPORT, at=ANYWHERE)},
    "metrics/<slug:code>/observations/": {"GET": Use(P.EXPORT, at=ANYWHERE)},
    "metrics/": {"GET": Use()},
    "metrics/<slug:code>/": {"GET": Use()},
    "metrics/<slug:code>/targets/new/": {
        "GET": Use(P.SET_TARGETS, at=ANYWHERE),
        "POST": Use(P.SET_TARGETS, at=RECORD, form=forms.page_target, names_line=True),
    },
    "metrics/<slug:code>/targets/<uuid:public_id>/": {
        "GET": Use(None, TARGET),
        "POST": Use(P.SET_TARGETS, TARGET, form={"reason": "x"}),
    },
    "accounts/": {"GET": Use()},
    "accounts/new/": {
        "GET": Use(P.REGISTER_ACCOUNT, at=ANYWHERE),
        "POST": Use(P.REGISTER_ACCOUNT, form=forms.page_account, names_line=True),
    },
    "accounts/bulk/": {"POST": Use(P.EDIT_ACCOUNT, at=ANYWHERE, form=forms.page_bulk)},
    "accounts/export/": {"GET": Use(P.EXPORT, at=ANYWHERE)},
    "accounts/<uuid:public_id>/": {"GET": Use(None, ACCOUNT)},
    "accounts/<uuid:public_id>/edit/": {
        "GET": Use(P.EDIT_ACCOUNT, ACCOUNT),
        "POST": Use(P.EDIT_ACCOUNT, ACCOUNT),
    },
    "accounts/<uuid:public_id>/rename/": {
        "GET": Use(P.EDIT_ACCOUNT, ACCOUNT),
        "POST": Use(P.EDIT_ACCOUNT, ACCOUNT, form={"handle": "othername"}),
    },
    "accounts/<uuid:public_id>/state/": {
        "POST": Use(P.EDIT_ACCOUNT, ACCOUNT, form={"action": "start_closing"}),
    },
    "accounts/<uuid:public_id>/co-owners/": {"POST": Use(P.EDIT_ACCOUNT, ACCOUNT, form={"lines": []})},
    "accounts/<uuid:public_id>/journal/": {"POST": Use(P.COMMENT, ACCOUNT, form={"body": "A note"})},
    "new-line/": {
        "GET": Use(P.MANAGE_LINES, at=COMPANY),
        "POST": Use(P.MANAGE_LINES, at=COMPANY, form=forms.page_line),
    },
    "lines/<str:code>/edit/": {
        "GET": Use(P.EDIT_LINE, LINE),
        "POST": Use(P.EDIT_LINE, LINE),
    },
    "lines/<str:code>/move/": {
        "GET": Use(P.MANAGE_LINES, LINE, COMPANY),
        "POST": Use(P.MANAGE_LINES, LINE, COMPANY, forms.page_move),
    },
    "lines/<str:code>/archive/": {
        "GET": Use(P.MANAGE_LINES, LINE, COMPANY),
        "POST": Use(P.MANAGE_LINES, LINE, COMPANY),
    },
    "people/export/": {"GET": Use(P.EXPORT, at=ANYWHERE)},
    "people/": {"GET": Use()},
    "people/new/": {
        "GET": Use(P.MANAGE_PEOPLE, at=COMPANY),
        "POST": Use(P.MANAGE_PEOPLE, at=COMPANY, form=forms.page_person),
    },
    "people/duties/": {"GET": Use(P.ASSIGN_ROLES, at=ANYWHERE)},
    "people/<uuid:public_id>/remind/": {"POST": Use(rule=_remind, form={"x": ""})},
    "people/<uuid:public_id>/": {"GET": Use(None, PERSON)},
    "people/<uuid:public_id>/roles/": {
        "POST": Use(rule=_give_role, form=forms.page_role, names_line=True),
    },
    "accounts/<uuid:public_id>/figures/": {"GET": Use(None, ACCOUNT)},
    "calendars/": {"GET": Use()},
    "calendars/new/": {
        "GET": Use(P.MANAGE_LINES, at=COMPANY),
        "POST": Use(P.MANAGE_LINES, at=COMPANY),
    },
    "calendars/<uuid:public_id>/": {"GET": Use()},
    "calendars/<uuid:public_id>/edit/": {
        "GET": Use(P.MANAGE_LINES, at=COMPANY),
        "POST": Use(P.MANAGE_LINES, at=COMPANY),
    },
    "calendars/<uuid:public_id>/remove/": {"POST": Use(P.MANAGE_LINES, at=COMPANY, form={"x": ""})},
    "organisation/": {
        "GET": Use(P.ADMINISTER, at=COMPANY),
        "POST": Use(P.ADMINISTER, at=COMPANY),
    },
    "tags/": {"GET": Use(P.MANAGE_LINES, at=COMPANY)},
    "tags/<uuid:public_id>/": {
        "GET": Use(P.MANAGE_LINES, at=COMPANY),
        "POST": Use(P.MANAGE_LINES, at=COMPANY),
    },
    "views/": {"POST": Use(form={"path": "/accounts/", "name": "Mine", "query": ""})},
    "views/<uuid:public_id>/rename/": {
        "GET": Use(None, VIEW),
        "POST": Use(None, VIEW, form={"name": "Other"}),
    },
    "views/<uuid:public_id>/delete/": {"POST": Use(None, VIEW, form={"x": ""})},
    "imports/": {"GET": Use()},
    "imports/new/": {"GET": Use(rule=_import), "POST": Use(rule=_import)},
    "imports/<uuid:public_id>/": {"GET": Use(None, IMPORT)},
    "imports/template/<slug:kind>/": {"GET": Use(P.EDIT_ACCOUNT, at=ANYWHERE)},
    "imports/mappings/": {"GET": Use(rule=_import)},
    "imports/mappings/<uuid:public_id>/": {"GET": Use(rule=_mapping), "POST": Use(rule=_mapping)},
    "imports/mappings/<uuid:public_id>/delete/": {"POST": Use(rule=_mapping)},
    "imports/<uuid:public_id>/columns/": {
        "GET": Use(P.IMPORT, IMPORT, ANYWHERE),
        "POST": Use(P.IMPORT, IMPORT, ANYWHERE),
    },
    "imports/<uuid:public_id>/act/": {"POST": Use(P.IMPORT, IMPORT, ANYWHERE, {"action": "discard"})},
    "imports/<uuid:public_id>/rejects/": {"GET": Use(None, IMPORT)},
    "history/export/": {"GET": Use(rule=_history_file)},
    "history/": {"GET": Use(P.VIEW_HISTORY, at=ANYWHERE)},
    "search/": {"GET": Use()},
    "verify/": {"GET": Use()},
    "me/": {"GET": Use(), "POST": Use()},
    "me/duties/": {"GET": Use()},
    "me/notices/": {"GET": Use()},
    "me/notices/read/": {"POST": Use(form={"x": ""})},
    "me/notices/<uuid:public_id>/": {"POST": Use(None, NOTICE, form={"x": ""})},
    "me/tokens/": {
        "GET": Use(),
        "POST": Use(P.MANAGE_TOKENS, form=forms.page_token, names_line=True),
    },
    "me/tokens/<uuid:public_id>/": {
        "POST": Use(
            rule=lambda who, place: IN if who.holds(P.MANAGE_TOKENS, place) else LOST,
            record=TOKEN,
            form={"action": "revoke"},
        )
    },
    "me/language/": {"POST": Use(rule=_before_log_in, is_open=True, form={"language": "fr"})},
    "me/theme/": {"POST": Use(rule=_before_log_in, is_open=True, form={"theme": "dark"})},
    # What binds people is for everybody who is signed in; writing it is for those who write policies.
    "policies/": {"GET": Use()},
    "policies/<slug:code>/": {"GET": Use()},
    **{
        f"policies/<slug:code>/versions/<str:number>/{part}": {"GET": Use()}
        for part in ("", "<slug:language>.<slug:form>")
    },
    # Compared with no other version: nobody finds anything.
    "policies/<slug:code>/versions/<str:number>/changes/": {"GET": Use(rule=lambda who, place: LOST)},
    "policies/new/": {
        "GET": Use(P.MANAGE_POLICIES, at=COMPANY),
        "POST": Use(P.MANAGE_POLICIES, at=COMPANY, form=forms.page_policy),
    },
    "policies/import/": {
        "GET": Use(P.MANAGE_POLICIES, at=COMPANY),
        "POST": Use(P.MANAGE_POLICIES, at=COMPANY),
    },
    "policies/library/": {"GET": Use(P.MANAGE_POLICIES, at=COMPANY)},
    # No model text is of the kind the matrix names.
    "policies/library/<slug:kind>/": {method: Use(rule=_writes_in_vain) for method in ("GET", "POST")},
    "policies/<slug:code>/edit/": {
        "GET": Use(P.MANAGE_POLICIES, at=COMPANY),
        "POST": Use(P.MANAGE_POLICIES, at=COMPANY, form=forms.page_policy),
    },
    "policies/<slug:code>/act/": {"POST": Use(P.MANAGE_POLICIES, at=COMPANY, form={"action": "draft"})},
    # The version is in force: no draft to write, nobody is asked to review it.
    "policies/<slug:code>/versions/<str:number>/edit/": {
        method: Use(rule=_writes_in_vain) for method in ("GET", "POST")
    },
    "policies/<slug:code>/versions/<str:number>/act/": {
        "POST": Use(P.MANAGE_POLICIES, at=COMPANY, form={"action": "return"})
    },
    "policies/<slug:code>/versions/<str:number>/submit/": {
        "GET": Use(P.MANAGE_POLICIES, at=COMPANY),
        "POST": Use(P.MANAGE_POLICIES, at=COMPANY),
    },
    "policies/<slug:code>/versions/<str:number>/review/": {
        method: Use(rule=lambda who, place: LOST) for method in ("GET", "POST")
    },
    "policies/<slug:code>/versions/<str:number>/publish/": {
        "GET": Use(P.MANAGE_POLICIES, at=COMPANY),
        "POST": Use(P.MANAGE_POLICIES, at=COMPANY),
    },
    "training/": {"GET": Use()},
    "training/courses/": {"GET": Use()},
    "training/courses/new/": {
        "GET": Use(P.MANAGE_TRAINING, at=COMPANY),
        "POST": Use(P.MANAGE_TRAINING, at=COMPANY, form=forms.page_course),
    },
    "training/courses/<slug:code>/edit/": {
        "GET": Use(P.MANAGE_TRAINING, at=COMPANY),
        "POST": Use(P.MANAGE_TRAINING, at=COMPANY, form=forms.page_course),
    },
    "training/courses/<slug:code>/write/": {"GET": Use(P.MANAGE_TRAINING, at=COMPANY)},
    "training/courses/<slug:code>/write/act/": {
        "POST": Use(P.MANAGE_TRAINING, at=COMPANY, form={"action": "draft"})
    },
    **{
        f"training/courses/<slug:code>/draft/{part}/": {
            method: Use(P.MANAGE_TRAINING, at=COMPANY) for method in ("GET", "POST")
        }
        for part in ("settings", "lessons/new", "lessons/<slug:key>", "questions/new", "questions/<slug:key>")
    },
    "training/courses/<slug:code>/": {"GET": Use()},
    "training/courses/<slug:code>/lessons/<slug:key>/": {"GET": Use(), "POST": Use(form={"x": ""})},
    "training/courses/<slug:code>/quiz/": {"POST": Use(form={"x": ""})},
    "training/attempts/<uuid:public_id>/": {
        "GET": Use(None, ATTEMPT),
        "POST": Use(None, ATTEMPT, form={"action": "save"}),
    },
    "training/sessions/": {"GET": Use()},
    "training/sessions/new/": {
        "GET": Use(P.RECORD_TRAINING, at=ANYWHERE),
        "POST": Use(P.RECORD_TRAINING, form=forms.page_session, names_line=True),
    },
    "training/sessions/<uuid:public_id>/": {"GET": Use(None, SESSION)},
    "training/sessions/<uuid:public_id>/edit/": {
        "GET": Use(P.RECORD_TRAINING, SESSION),
        "POST": Use(P.RECORD_TRAINING, SESSION),
    },
    "training/sessions/<uuid:public_id>/act/": {"POST": Use(None, SESSION, form={"action": "book"})},
    "training/sessions/<uuid:public_id>/attendance/": {
        "POST": Use(P.RECORD_TRAINING, SESSION, form={"came": []})
    },
    # Only who attended rates; nobody here did.
    "training/sessions/<uuid:public_id>/rate/": {"POST": Use(rule=lambda who, place: LOST)},
    "training/sessions/<uuid:public_id>/session.ics": {"GET": Use(None, SESSION)},
    "training/curricula/": {"GET": Use()},
    "training/curricula/new/": {
        "GET": Use(P.MANAGE_TRAINING, at=COMPANY),
        "POST": Use(P.MANAGE_TRAINING, at=COMPANY, form=forms.page_curriculum),
    },
    "training/curricula/<slug:code>/edit/": {
        "GET": Use(P.MANAGE_TRAINING, at=COMPANY),
        "POST": Use(P.MANAGE_TRAINING, at=COMPANY, form=forms.page_curriculum),
    },
    "training/curricula/<slug:code>/archive/": {
        "POST": Use(P.MANAGE_TRAINING, at=COMPANY, form={"reason": "x"})
    },
    "training/curricula/<slug:code>/": {"GET": Use()},
    "training/coverage/": {"GET": Use()},
    "training/learning-systems/": {"GET": Use(P.RECORD_TRAINING, at=ANYWHERE)},
    "training/learning-systems/statements/": {"GET": Use(P.RECORD_TRAINING, at=ANYWHERE)},
    # The world holds no such statement: whoever keeps records is told that there is none.
    "training/learning-systems/statements/<uuid:public_id>/judge/": {
        "POST": Use(rule=lambda who, place: LOST if who.anywhere(P.RECORD_TRAINING) else NO)
    },
    "training/learning-systems/people/": {"POST": Use(P.RECORD_TRAINING, at=ANYWHERE, form={"x": ""})},
    "training/learning-systems/people/<uuid:public_id>/remove/": {"POST": Use(rule=lambda who, place: LOST)},
    "training/learning-systems/activities/": {"POST": Use(P.MANAGE_TRAINING, at=COMPANY, form={"x": ""})},
    "training/learning-systems/activities/<uuid:public_id>/remove/": {
        "POST": Use(rule=lambda who, place: LOST if P.MANAGE_TRAINING in who.company else NO)
    },
    "training/coverage/export/": {"GET": Use(P.EXPORT, at=ANYWHERE)},
    "training/coverage/<slug:code>/<str:line>/": {"GET": Use(record=LINE, rule=_covered)},
    "training/coverage/<slug:code>/<str:line>/remind/": {
        "POST": Use(P.RECORD_TRAINING, record=LINE, form={"x": ""})
    },
    "policies/mine/": {"GET": Use()},
    # Sums are of the reader's lines; who stands behind one is for those who record answers there.
    "policies/coverage/": {"GET": Use()},
    "policies/coverage/<slug:code>/<str:line>/": {"GET": Use(record=LINE, rule=_asked)},
    "policies/campaigns/": {"GET": Use()},
    "policies/campaigns/new/": {
        "GET": Use(P.MANAGE_POLICIES, at=COMPANY),
        "POST": Use(P.MANAGE_POLICIES, at=COMPANY, form=forms.page_campaign),
    },
    # The campaign is nobody's here: the address names none.
    "policies/campaigns/<uuid:public_id>/": {"GET": Use(rule=lambda who, place: LOST)},
    "policies/campaigns/<uuid:public_id>/cancel/": {"POST": Use(rule=lambda who, place: LOST)},
    "policies/<slug:code>/audience/": {
        "GET": Use(P.MANAGE_POLICIES, at=COMPANY),
        "POST": Use(P.MANAGE_POLICIES, at=COMPANY, form={"0-use": "on", "action": "preview"}),
    },
    "policies/<slug:code>/acknowledge/": {"GET": Use(), "POST": Use(form=forms.page_acknowledge)},
    "policies/<slug:code>/acknowledge/<uuid:public_id>/": {
        "GET": Use(record=PERSON, rule=_answers),
        "POST": Use(record=PERSON, rule=_answer_for, form=forms.page_acknowledge_for),
    },
    "training/people/<uuid:public_id>/": {"GET": Use(record=PERSON, rule=_learner)},
    "training/people/<uuid:public_id>/record/": {
        "POST": Use(record=PERSON, rule=_keep_record, form=forms.page_enrol)
    },
    "training/certificates/<uuid:public_id>/": {"GET": Use(record=PERSON, rule=_learner)},
    "training/certificates/<uuid:public_id>/revoke/": {
        "POST": Use(record=PERSON, rule=_keep_record, form={"reason": "x"})
    },
    "demo/leave/": {"GET": Use(rule=_leave_demo), "POST": Use(rule=_leave_demo)},
    "styleguide/": {"GET": Use(rule=lambda who, place: NO)},
    **access.PAGES,
    **custody.PAGES,
}
