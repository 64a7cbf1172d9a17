"""What people do, from log-in to the score that moves."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from coe.models import LineFact
from coe.rules.principals import Actor
from coe.services.tags import create_tag
from metrics.models import Metric, Observation
from metrics.services.dictionary import ensure_dictionary
from metrics.services.observing import NewObservation, record_observations
from metrics.services.runs import run_inline, start_run

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_from_the_heat_map_to_the_failing_account_to_a_better_score(enter, company, at):
    page = enter("/")
    before = company["foods"]

    page.get_by_role("link", name="Foods Europe").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(before.name)
    page.get_by_text("records fail").or_(page.get_by_text("record fails")).first.click()
    page.get_by_role("link", name="Show the records that fail").locator("visible=true").first.click()
    page.get_by_role("link", name="ownerless").first.click()
    expect(page.get_by_text("This account has no owner.")).to_be_visible()
    page.get_by_role("link", name="Name an owner").click()
    page.get_by_label("Primary owner").fill("olga@example.com")
    page.get_by_label("Backup owner").fill("bert@example.com")
    page.get_by_role("button", name="Save the account").click()

    expect(page.get_by_text("Saved.")).to_be_visible()
    company["account"].refresh_from_db()
    assert company["account"].primary_owner.email == "olga@example.com"
    run_inline(start_run(by=Actor.system(), at=at), at=at)
    page.goto(page.url.split("/accounts/")[0] + "/lines/FDE/criteria/GOV-C1/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("GOV-C1")


def test_the_list_is_filtered_in_place_and_the_address_can_be_shared(enter):
    page = enter("/accounts/")

    page.get_by_label("Search", exact=True).fill("ownerless")
    page.get_by_role("button", name="Filter").click()
    page.wait_for_url("**/accounts/?*q=ownerless*")

    expect(page.locator("#accounts tbody tr")).to_have_count(1)


def test_many_accounts_are_edited_at_once(enter, company):
    page = enter("/accounts/")

    page.get_by_label("Select ownerless").check()
    page.get_by_role("button", name="Edit the ticked accounts").click()
    page.get_by_label("Tier").select_option("1")
    page.get_by_role("button", name="Change 1 account").click()

    expect(page.get_by_text("1 account changed.")).to_be_visible()
    company["account"].refresh_from_db()
    assert company["account"].tier == 1


@pytest.mark.parametrize("java_script_enabled", [False])
def test_an_account_is_registered_without_script(browser, live_server, company, java_script_enabled):
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(company["hub"], backend=settings.AUTHENTICATION_BACKENDS[0])
    context = browser.new_context(java_script_enabled=java_script_enabled)
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": client.session.session_key, "url": live_server.url}]
    )
    page = context.new_page()

    page.goto(f"{live_server.url}/accounts/new/")
    page.get_by_label("Address of the account").fill("https://www.instagram.com/northwind.eu/")
    page.get_by_label("Line", exact=True).select_option(label="FDE · Foods Europe")
    page.get_by_role("button", name="Register the account").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("northwind.eu")
    context.close()


def test_the_records_behind_a_criterion_open_in_place(enter):
    page = enter("/lines/FDE/")

    row = page.locator("tr.recs", has_text="Show the records that fail").locator("visible=true").first
    row.locator("summary").click()

    expect(row.get_by_role("link", name="ownerless").first).to_be_visible()
    expect(page).to_have_title(re.compile("Foods Europe"))


def test_what_if_shows_the_stage_as_criteria_are_ticked(enter):
    page = enter("/lines/FDE/what-if/")
    expect(page.get_by_text("if 0 criteria were met")).to_be_visible()

    page.get_by_role("checkbox").first.check()

    expect(page.get_by_text("if 1 criterion were met")).to_be_visible()
    page.wait_for_url("**/what-if/?met=*")


def test_an_open_page_follows_when_the_scores_are_there(enter, company, at):
    LineFact.objects.all().delete()
    fact = LineFact.objects.create(line=company["foods"], fact="accounts", at=timezone.now())
    page = enter("/lines/FDE/")
    expect(page.get_by_text("1 change waits for its score")).to_be_visible()

    fact.delete()

    expect(page.get_by_text("The scores are up to date.")).to_be_visible()
    expect(page.get_by_role("heading", name="Scorecard")).to_be_visible()


def test_an_account_shows_its_figures_in_place(enter, company, at):
    followers = Metric.objects.create(code="followers", labels={"en": "Followers"}, aggregation="last")
    Observation.objects.create(
        account=company["account"], metric=followers, on=timezone.localdate(), value=12, observed_at=at
    )
    page = enter(company["account"].get_absolute_url())

    expect(page.get_by_text("by month; a month without a value is a gap")).to_be_visible()
    expect(page).to_have_title(re.compile("^ownerless"))


def test_the_next_page_of_the_history_opens_as_a_page(enter, company, at):
    for number in range(60):
        create_tag(name=f"word {number}", by=Actor.system(), at=at)
    page = enter("/history/")

    page.get_by_role("link", name="Next", exact=True).click()
    page.wait_for_url("**/history/?*")

    expect(page.locator("main")).to_have_count(1)
    expect(page.get_by_role("heading", level=1)).to_have_text("Change history")


def test_a_metric_is_drawn_and_followed_with_the_keys(enter, company, at):
    ensure_dictionary(by=Actor.system(), at=at)
    days = [(at - timedelta(days=day)).date() for day in range(9)]
    account = company["account"].pk
    record_observations(
        [
            NewObservation("followers", day, account_id=account, value=1_000_000 + before)
            for before, day in enumerate(days)
        ],
        by=Actor.system(),
        at=at,
        source="import",
    )
    page = enter("/metrics/followers/")

    chart = page.get_by_role("group", name="Followers, chart; arrow keys move the cursor")
    expect(chart.locator("canvas")).to_be_visible()
    chart.press("Home")
    expect(chart).to_contain_text("1,000,008")
