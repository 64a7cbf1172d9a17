"""The programme's scorecard, the lines behind a criterion, and the fragment an open page waits with."""

import datetime as dt

import pytest
from django.utils import timezone

from coe.enums.roles import Role
from coe.models import LineFact
from coe.rules.principals import Actor
from metrics.services.rubrics import ensure_rubrics
from metrics.services.runs import run_inline, start_run
from tests.factories import AccountFactory
from tests.metrics.world import good_account, organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def scored(tree, at):
    """An ownerless account in Foods Europe and one in the Americas, measured and judged."""
    organisation()
    ensure_rubrics(by=Actor.system(), at=at)
    good_account(tree.foods)
    AccountFactory(line=tree.foods, handle="ownerless")
    AccountFactory(line=tree.america, handle="lost")
    return run_inline(start_run(by=Actor.system(), at=at), at=at)


def test_programme_before_the_first_measurement_says_so(hub):
    page = hub.get("/programme/")

    assert page.status_code == 200
    assert page.context["card"] is None


def test_everybody_reads_the_programme_and_the_lines_behind_it_in_scope_only(hub, lead, scored):
    seen = {
        name: [line.code for line in client.get("/programme/criteria/GOV-W1/").context["lines"]]
        for name, client in (("hub", hub), ("lead", lead))
    }

    assert lead.get("/programme/").context["card"]["level"]
    assert seen == {"hub": ["EU", "FDE", "US"], "lead": ["EU", "FDE"]}


def test_every_criterion_of_the_programme_opens(hub, scored):
    page = hub.get("/programme/")
    codes = [
        one["code"] for d in page.context["dimensions"] for group in d["groups"] for one in group["criteria"]
    ]

    assert codes
    assert {hub.get(f"/programme/criteria/{code}/").status_code for code in codes} == {200}
    assert hub.get("/programme/criteria/NOPE/").status_code == 404


def test_records_measured_once_are_for_those_who_see_everything(hub, log_in, tree, scored):
    lists = {
        name: client.get("/programme/criteria/PEO-C1/").context["lists"]
        for name, client in (("hub", hub), ("viewer", log_in(Role.VIEWER, tree.foods)))
    }

    assert lists["hub"]
    assert lists["viewer"] == ()


def test_cells_of_the_programme_lead_to_its_scorecard(hub, scored):
    total = hub.get("/").context["heat"][0]

    assert {cell["url"] for cell in total["cells"] if cell} <= {
        f"/programme/#d-{dimension.code}" for dimension in hub.get("/").context["dimensions"]
    }


@pytest.mark.parametrize(
    ("url", "fresh"),
    [
        ("/waiting/?page=dashboard", "/"),
        ("/waiting/?page=programme", "/programme/"),
        ("/waiting/?page=https://evil.example/", "/"),
        ("/lines/FDE/waiting/", "/lines/FDE/"),
    ],
)
def test_an_open_page_asks_until_the_scores_are_there(lead, tree, url, fresh):
    fact = LineFact.objects.create(line=tree.foods, fact="accounts", at=timezone.now())
    waits = lead.get(url, HTTP_HX_REQUEST="true").content.decode()
    opened = lead.get(url).content.decode()
    fact.delete()
    done = lead.get(url, HTTP_HX_REQUEST="true").content.decode()

    assert 'hx-trigger="every 2s"' in waits
    assert "<html" not in waits
    assert all(part in opened for part in ("<html", "1 change waits for its score", f'href="{fresh}"'))
    assert "1 change waits for its score" in waits
    assert 'hx-trigger="every 2s"' not in done
    assert f'hx-get="{fresh}"' in done


def test_changes_of_other_lines_do_not_keep_a_page_waiting(lead, tree):
    LineFact.objects.create(line=tree.america, fact="accounts", at=timezone.now())
    # A certificate in America is a fact of the programme too.
    LineFact.objects.create(line=None, fact="training", at=timezone.now())

    assert [lead.get(url).context["wait"].changes for url in ("/waiting/", "/lines/FDE/waiting/")] == [0, 0]
    assert lead.get("/lines/US/waiting/").status_code == 404


def test_a_change_that_waits_too_long_asks_for_the_worker(hub):
    LineFact.objects.create(line=None, fact="line", at=timezone.now() - dt.timedelta(minutes=5))

    assert "is a worker running?" in hub.get("/").content.decode()
