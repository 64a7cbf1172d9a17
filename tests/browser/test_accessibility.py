"""axe-core finds nothing on any page, light and dark, desktop and phone; no page breaks the CSP or scrolls sideways."""

import pytest

from coe.enums.roles import Role
from coe.rules.principals import Actor
from coe.services.people import assign_role
from metrics.selectors.rubrics import current_rubric
from metrics.services.dictionary import ensure_dictionary
from metrics.services.observing import NewObservation, record_observations
from tests.browser.looking import look_at
from tests.factories import UserFactory
from training.models import Course
from training.services.paths import FOLDER, load_paths, read_path
from training.services.statements import take_statements
from training.services.versions import draft_version

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = [
    "/", "/lines/", "/lines/FDE/", "/lines/FDE/criteria/GOV-C1/", "/lines/FDE/edit/", "/new-line/",
    "/accounts/", "/accounts/new/", "{account}", "{account}edit/", "/people/", "{person}", "/people/new/",
    "/imports/", "/imports/new/", "/exceptions/", "/exceptions/new/", "/search/?q=foods", "/verify/", "/history/", "/me/", "/me/tokens/",
    "/me/notices/", "/programme/", "/programme/criteria/GOV-W1/", "/lines/FDE/targets/", "/lines/FDE/targets/GOV/", "/lines/FDE/what-if/",
    "{account}figures/", "/calendars/", "/calendars/new/", "/tags/", "/rubrics/", "{rubric}", "{rubric}preview/", "/runs/",
    "/training/", "/training/courses/", "/training/courses/FND/", "/training/courses/FND/lessons/who-speaks/", "/training/sessions/",
    "/training/sessions/new/", "/training/curricula/", "/training/curricula/foundation/", "/training/coverage/",
    "/training/courses/FND/write/", "/training/courses/FND/draft/questions/new/", "/training/learning-systems/statements/",
    "/training/learning-systems/", "/me/duties/", "/people/duties/", "/metrics/", "/metrics/followers/", "/metrics/followers/targets/new/",
]  # fmt: skip


@pytest.fixture
def school(company, at):
    """A figure, the foundation path, somebody who has to take it, and a learning system that speaks of people and courses nobody knows."""
    ensure_dictionary(by=Actor.system(), at=at)
    figure = NewObservation("followers", at.date(), account_id=company["account"].pk, value=1_000_000)
    record_observations([figure], by=Actor.system(), at=at, source="import")
    file = FOLDER / "foundation.yaml"
    load_paths(by=Actor.system(), at=at, files=[read_path(file.name, content=file.read_bytes())])
    draft_version(Course.objects.get(code="FND"), by=Actor.system(), at=at)
    assign_role(UserFactory(), role=Role.LINE_LEAD, line=company["foods"], by=Actor.system(), at=at)
    statement = {
        "actor": {"name": "Ana", "account": {"homePage": "https://lms.example.com", "name": "e1"}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/passed"},
        "object": {"id": "https://lms.example.com/101", "definition": {"name": {"en": "Social 101"}}},
    }
    take_statements(
        [statement], line=company["foods"], authority={}, version="1.0.0", by=Actor.system(), at=at
    )


@pytest.mark.usefixtures("school")
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_no_page_has_an_axe_finding(enter, company, theme, width):
    page = enter("/", theme)
    paths = [
        path.format(
            account=company["account"].get_absolute_url(),
            person=f"/people/{company['hub'].public_id}/",
            rubric=f"/rubrics/{current_rubric().public_id}/",
        )
        for path in PAGES
    ]

    found, noise = look_at(page, paths, width=width)

    assert found == {}
    assert noise == []
