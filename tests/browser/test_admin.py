"""The admin under axe, the policy and a phone: every list, every form, history, questions; light and dark."""

import os

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib import admin

from coe.admin.base import HubAdmin
from coe.enums.roles import Role
from coe.models import RoleAssignment
from coe.rules.principals import Actor
from coe.services.people import assign_role
from tests.training.world import curriculum, drafted, taught
from training.services.courses import create_course
from training.services.enrolments import enrol_person

IS_FULL = float(os.environ.get("PROOF_SCALE") or 1) >= 1
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def office(company, at):
    """The hub lead as an administrator on the staff, a course taught and one in draft, somebody enrolled."""
    hub = company["hub"]
    type(hub).objects.filter(pk=hub.pk).update(is_staff=True)
    by = Actor.system()
    assign_role(hub, role=Role.ADMINISTRATOR, by=by, at=at)
    course = taught().course
    curriculum("path", course)
    drafted(create_course(code="ABC", titles={"en": "Basics"}, modes=["session"], by=by, at=at))
    enrol_person(hub, course=course, by=by, at=at)
    return company


def addresses():
    """Every list and, of each model, the newest record, its history, the form of a new one and, where there is one, the question."""
    yield "/admin/"
    yield "/admin/coe/"
    for model, found in admin.site._registry.items():
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        yield base
        if type(found).create is not HubAdmin.create:
            yield f"{base}add/"
        row = model._default_manager.order_by("-pk").first()
        if row is not None:
            yield f"{base}{row.pk}/change/"
            if type(found).remove is not HubAdmin.remove:
                yield f"{base}{row.pk}/delete/"
    role = RoleAssignment.objects.order_by("-pk").first()
    yield f"/admin/coe/roleassignment/{role.pk}/history/"


def findings(page):
    """What axe says, and whether the page scrolls sideways."""
    result = Axe().run(page)
    problems = [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in result.response["violations"]]
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        problems.append("scrolls sideways")
    return problems


@pytest.mark.usefixtures("office")
# Every theme and every width once in the gate, each with each in the full proof (PROOF_SCALE=1).
@pytest.mark.parametrize(
    ("width", "theme"),
    [(1440, "light"), (390, "dark"), *([(1440, "dark"), (390, "light")] if IS_FULL else [])],
)
def test_no_page_of_the_admin_has_a_finding(enter, theme, width):
    found, noise = {}, []
    page = enter("/", theme)
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 900})
    page.on(
        "console",
        lambda message: (
            noise.append(message.text) if message.type == "error" and "403" not in message.text else None
        ),
    )
    root = page.url.rstrip("/")
    for path in addresses():
        answer = page.goto(f"{root}{path}")
        if answer.status == 403:
            continue  # nobody adds such records; tests/security says so
        # What axe says to the console of style sheets that it opens itself is not the page's.
        heard = len(noise)
        problems = findings(page)
        del noise[heard:]
        if answer.status != 200:
            problems.append(f"status {answer.status}")
        if problems:
            found[path] = problems

    assert found == {}
    assert noise == []
