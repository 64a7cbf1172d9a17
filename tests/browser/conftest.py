"""A real Chromium (Debian's) on a live server. Run with `./run test -m browser`."""

import os
import shutil

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from coe.enums.roles import Role
from coe.rules.principals import Actor
from coe.services.platforms import ensure_platforms
from metrics.services.rubrics import ensure_rubrics
from metrics.services.runs import run_inline, start_run
from tests.factories import AccountFactory, LineFactory, RoleFactory, UserFactory
from tests.metrics.world import good_account, organisation

# Playwright's sync interface runs a loop in this thread; Django would refuse every query of the test itself.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
# Milliseconds to wait for a condition before a test gives up: a busy machine is no failure. Nothing waits this long by itself.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """Debian's browser instead of a downloaded one."""
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": ["--no-sandbox"]}


@pytest.fixture
def company(transactional_db, at):
    """Europe with foods below it, one good and one ownerless account, scores, and a hub lead who looks at it."""
    organisation()
    ensure_platforms(by=Actor.system(), at=at)
    ensure_rubrics(by=Actor.system(), at=at)
    europe = LineFactory(code="EU", name="Europe", is_spoke=False)
    foods = LineFactory(code="FDE", name="Foods Europe", parent=europe)
    good_account(foods)
    account = AccountFactory(line=foods, handle="ownerless", platform__code="instagram")
    hub = UserFactory(name="Hanna Hub", email="hanna@example.com")
    UserFactory(name="Olga Owner", email="olga@example.com")
    UserFactory(name="Bert Backup", email="bert@example.com")
    RoleFactory(user=hub, role=Role.HUB_LEAD, line=None)
    run_inline(start_run(by=Actor.system(), at=at), at=at)
    return {"hub": hub, "foods": foods, "account": account}


@pytest.fixture
def enter(context, live_server, company):
    """Open a page as the hub lead, in a theme."""

    def open_page(path="/", theme="light"):
        user = company["hub"]
        type(user).objects.filter(pk=user.pk).update(theme=theme)
        client = Client()
        client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
        context.add_cookies(
            [
                {
                    "name": settings.SESSION_COOKIE_NAME,
                    "value": client.session.session_key,
                    "url": live_server.url,
                }
            ]
        )
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(f"{live_server.url}{path}")
        return page

    return open_page


@pytest.fixture(scope="session")
def base_url():
    """None: pages are opened by their whole address. (The plugin's own fixture warns of a later pytest.)"""
    return
