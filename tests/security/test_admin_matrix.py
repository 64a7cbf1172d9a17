"""Role × model × row in the Django admin: everybody on the staff tries every list, form, deletion and suggestion.

A list or suggestion never holds the mark of a row out of scope, a row out of scope is not found, a refused form writes nothing.
"""

import pytest
from django.contrib import admin
from django.urls import reverse

import config.urls  # noqa: F401  # closes the tables of the log-in before the site is looked at
from coe.enums.roles import Permission, Role
from coe.rules.principals import Actor
from governance.models import AccessRule, PolicyCourse
from metrics.models import IndicatorReading, StageRow, VerdictRow
from tests.house.routes.admin import ACTIONS, ADMIN
from tests.house.routes.callers import WALKED, come
from tests.house.routes.matrix import body_of, is_hidden, marks_in, routes, taken_back
from tests.house.routes.world import MARK
from tests.plugins.worlds import kept_world, world
from training.services.enrolments import enrol_person
from training.services.matching import match_activity, match_person
from training.services.statements import take_statements

__all__ = ["kept_world", "world"]
pytestmark = pytest.mark.django_db
SITE = {
    f"{model._meta.app_label}/{model._meta.model_name}": found
    for model, found in admin.site._registry.items()
}
ON_LINES = (
    "metrics/targetstage",
    "metrics/indicatorreading",
    "metrics/verdictrow",
    "metrics/stagerow",
    "training/statement",
)
# Pages of the site itself; everything else belongs to a model.
OF_THE_SITE = {
    "admin/", "admin/login/", "admin/logout/", "admin/password_change/", "admin/password_change/done/", "admin/autocomplete/",
    "admin/jsi18n/", "admin/r/<path:content_type_id>/<path:object_id>/", "admin/^r/", "^admin/r/", "admin/(?P<url>.*)$",
}  # fmt: skip


def deepen(world):
    """Rows of the models that only the admin shows by themselves, one in each place."""
    BusinessLine = type(world.places["own"].line)
    by, at = Actor.system(), world.at
    world.known_activity = match_activity(
        activity="https://lms.example.com/7", course=world.course, by=by, at=at
    )[0]
    AccessRule.objects.create(level="advertiser", course=world.course, key="x")
    PolicyCourse.objects.create(policy=world.policy_version.policy, course=world.course)
    for place, held in world.places.items():
        line = BusinessLine.objects.get(pk=held.line.pk)
        held.enrolment = enrol_person(held.person, course=world.course, line=line, by=by, at=at)
        held.known = match_person(
            kind="mbox", value=f"{MARK}{place}lms@example.com", user=held.person, by=by, at=at
        )[0]
        statement = {
            "actor": {"mbox": f"mailto:{MARK}{place}nobody@example.com"},
            "verb": {"id": "http://adlnet.gov/expapi/verbs/experienced"},
            "object": {"id": "https://lms.example.com/8"},
        }
        take_statements([statement], line=line, authority={}, version="1.0.0", by=by, at=at)
        IndicatorReading.objects.create(line=line, indicator="x", known_from=at, fresh_at=at)
        VerdictRow.objects.create(
            line=line, rubric=world.rubric, criterion="X", verdict="pass", reason="x", known_from=at
        )
        StageRow.objects.create(line=line, rubric=world.rubric, known_from=at)
    return world


def rows_of(name, world):
    """Place → key of a row, for a model that has rows on lines."""
    model, found = SITE[name].model, {}
    for place, held in world.places.items():
        key = {
            "coe/businessline": held.line.pk,
            "coe/user": held.person.pk,
            "coe/socialaccount": held.account.pk,
            "coe/roleassignment": held.role.pk,
            "coe/servicetoken": held.token.pk,
            "metrics/target": held.target.pk,
            "coe/importbatch": held.batch.pk,
            "coe/notice": held.notice.pk,
            "training/session": held.session.pk,
            "training/enrolment": held.enrolment.pk,
            "training/completion": held.certificate.completion_id,
            "training/certificate": held.certificate.pk,
            "training/personmatch": held.known.pk,
            "training/courseversion": world.draft.pk,
            "governance/accountcertification": held.certification.pk,
            "governance/accountcheck": held.account.checks.first().pk,
            "governance/finding": held.finding.pk,
            "governance/discoverysweep": held.sweep.pk,
            "governance/certificationcampaign": held.campaign.pk,
            "governance/policyexception": held.exception.pk,
            "governance/accessgrant": held.grant.pk,
        }.get(name)
        if name == "metrics/observation":
            key = model.objects.get(account=held.account).pk
        elif name in ON_LINES:
            key = model.objects.get(line_id=held.line.pk).pk
        elif name == "coe/changeevent":
            key = model.objects.get(line_id=held.line.pk, object_label=f"{MARK}{place}event").pk
        elif name in ("training/lesson", "training/question"):
            key = model.objects.filter(version=world.draft).first().pk
        elif name == "training/attempt":
            # Its one of `own` is the caller's (see `come`): their own is always shown.
            key = held.attempt.pk if place != "own" else None
        elif key is None:
            key = getattr(model.objects.order_by("pk").first(), "pk", None)
        found[place] = key
    return found


def test_every_model_of_the_admin_is_classified():
    assert set(SITE) == set(ADMIN), "say in tests/house/routes/admin.py what the admin shows of these models"


def test_every_action_of_the_admin_is_classified():
    found = {
        model: {
            name: right for name in one.actions if (right := getattr(getattr(type(one), name), "right", None))
        }
        for model, one in SITE.items()
        if one.actions
    }

    assert found == ACTIONS
    assert [model for model, one in SITE.items() if set(one.actions) - set(ACTIONS.get(model, {}))] == [], (
        "an action without a right"
    )


def test_every_route_of_the_admin_belongs_to_a_model():
    ours = {
        f"admin/{name}/{rest}"
        for name in ADMIN
        for rest in (
            "",
            "add/",
            *(f"<path:object_id>/{act}" for act in ("history/", "delete/", "change/", "")),
        )
    }
    found = {route for route in routes() if route.lstrip("^").startswith("admin/")}

    assert {route for route in found - ours - OF_THE_SITE if "app_label" not in route} == set()


@pytest.mark.parametrize("name", WALKED)
def test_the_admin(world, name):
    deepen(world)
    who = come(name, world, is_staff=True)
    told = who.anywhere(Permission.VIEW_HISTORY)
    wrong = []

    def opened(method, path, expected, form=None):
        with taken_back() as written:
            answer = (
                who.call.client.generic(method, path) if form is None else who.call.client.post(path, form)
            )
            text = body_of(answer).casefold()
        if expected is not None and answer.status_code != expected:
            wrong.append(f"{method} {path}: met {answer.status_code}, expected {expected}")
        if form is not None and written:
            wrong.append(f"{method} {path}: wrote {written[0][:80]}")
        wrong.extend(f"{method} {path}: {mark}" for mark in sorted(marks_in(text)) if is_hidden(who, mark))
        return text

    for model, rule in ADMIN.items():
        reads = who.anywhere(rule.read)
        opened("GET", f"/admin/{model}/", 200 if reads else 403)
        adds = reads and rule.add is not None and rule.add in who.company
        opened("GET", f"/admin/{model}/add/", 200 if adds else 403)
        if not adds:
            opened("POST", f"/admin/{model}/add/", 403, {"name": "x"})
        if SITE[model].search_fields and reads:
            opened("GET", f"/admin/{model}/?q=zq", 200)
        rows = rows_of(model, world)
        assert rows["sibling"], f"say in rows_of which rows of {model} there are"
        # To those who see everything, or nothing, one row stands for all; so it does where rows are of no line.
        near = ("own", "shared", "sibling") if who.has_line and len(set(rows.values())) > 1 else ("sibling",)
        for place in near:
            key = rows[place]
            if key is None:
                continue
            shown = rule.shows(who, place)
            lost = 404 if reads else 403
            edits, removes = (
                shown and right is not None and right in who.company for right in (rule.edit, rule.remove)
            )
            opened("GET", f"/admin/{model}/{key}/change/", 200 if shown else lost)
            if place != "sibling":
                continue
            # A record that is not there is not told from one of no history.
            opened("GET", f"/admin/{model}/{key}/history/", (200 if told else 403) if shown else lost)
            opened("GET", f"/admin/{model}/{key}/delete/", 200 if removes else 403)
            if not removes:
                opened("POST", f"/admin/{model}/{key}/delete/", 403, {"post": "yes"})
            if not edits:
                opened("POST", f"/admin/{model}/{key}/change/", 403, {"name": "x"})
            for action, right in ACTIONS.get(model, {}).items() if reads else ():
                form = {"action": action, "_selected_action": [key]}
                # It asks back, and does nothing yet; to those who may not, it is no action at all.
                may = right in who.company and action != "release"
                asks = 'name="confirmed"' in opened("POST", f"/admin/{model}/", None, form)
                if asks != may:
                    wrong.append(f"{action} of {model}: asks {asks}, expected {may}")
    for model, found in SITE.items():
        app, model_name = model.split("/")
        for field in found.autocomplete_fields:
            target = found.model._meta.get_field(field).related_model._meta
            may = who.anywhere(ADMIN[f"{target.app_label}/{target.model_name}"].read)
            query = f"app_label={app}&model_name={model_name}&field_name={field}&term="
            opened("GET", f"/admin/autocomplete/?{query}zq", 200 if may else 403)

    assert wrong == []


@pytest.mark.parametrize("role", (Role.ADMINISTRATOR, Role.HUB_LEAD, Role.LINE_LEAD))
def test_the_admin_is_for_its_staff(world, role):
    who = come(role, world)

    met = {
        path: who.call.client.get(path).status_code
        for path in ("/admin/", "/admin/autocomplete/", *(f"/admin/{model}/" for model in ADMIN))
    }

    assert set(met.values()) == {302}
    assert who.call.client.get("/admin/", follow=True).status_code == 403


def test_a_record_is_not_reached_by_its_number(world):
    who = come(Role.VIEWER, world, is_staff=True)
    from django.contrib.contenttypes.models import ContentType

    kind = ContentType.objects.get_for_model(type(world.places["sibling"].line)).pk

    assert who.call.client.get(f"/admin/r/{kind}/{world.places['sibling'].line.pk}/").status_code == 404


def test_the_admin_asks_for_the_password_on_the_one_page_that_throttles(client):
    answer = client.get(reverse("admin:index"), follow=True)

    assert answer.redirect_chain[-1][0].startswith("/auth/login/?next=")
