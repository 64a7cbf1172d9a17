"""The figures of one account: months, gaps, scope."""

import datetime as dt

import pytest

from coe.rules.principals import Principal
from metrics.selectors.account_figures import account_figures
from tests.factories import AccountFactory
from tests.metrics.world import metric, observed

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 3, 2)


def test_a_level_keeps_its_last_day_and_a_flow_adds_up_by_month(tree):
    account = AccountFactory(line=tree.foods)
    followers, posts = metric("followers", aggregation="last"), metric("posts", aggregation="sum")
    for on, level, flow in (("2026-01-05", 10, 1), ("2026-01-20", 12, 2), ("2026-03-01", 15, 4)):
        observed(account, followers, dt.date.fromisoformat(on), value=level)
        observed(account, posts, dt.date.fromisoformat(on), value=flow)

    shown = {
        code: account_figures(account, principal=Principal.system(), today=TODAY, code=code)
        for code in ("", "posts", "nonsense")
    }

    assert [one.code for one in shown[""].metrics] == ["followers", "posts"]
    assert shown[""].points[-3:] == (("Jan 2026", 12.0), ("Feb 2026", None), ("Mar 2026", 15.0))
    assert shown["posts"].points[-3:] == (("Jan 2026", 3.0), ("Feb 2026", None), ("Mar 2026", 4.0))
    assert shown["nonsense"] == shown[""]
    assert len(shown[""].points) == 13


def test_an_account_without_figures_says_what_to_do(lead, tree):
    account = AccountFactory(line=tree.foods)

    page = lead.get(f"/accounts/{account.public_id}/figures/").content.decode()

    assert "No figure yet" in page
    assert "/imports/new/?kind=observations" in page


def test_the_page_of_an_account_has_the_panel(lead, tree):
    account = AccountFactory(line=tree.foods)

    panels = lead.get(f"/accounts/{account.public_id}/").context["panels"]

    here = f"/accounts/{account.public_id}/"
    assert [panel["url"] for panel in panels] == [
        f"{here}{part}/" for part in ("access", "certification", "figures")
    ]
    page = lead.get(here).content.decode()
    assert all(f'id="{part}"' in page for part in ("access", "certification", "figures")), "links jump there"
    assert 'class="panel-body"' in lead.get(f"{here}figures/").content.decode()


def test_figures_of_other_lines_are_not_found(lead, tree):
    account = AccountFactory(line=tree.america)

    assert lead.get(f"/accounts/{account.public_id}/figures/").status_code == 404
