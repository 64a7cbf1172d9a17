"""Is this account ours?"""

import pytest

from coe.enums.accounts import AccountState
from coe.rules.principals import Actor
from coe.selectors.verify import Verdict, verify_url
from coe.services.accounts import rename_handle, set_co_owners
from coe.services.platforms import ensure_platforms
from tests.factories import AT, AccountFactory, LineFactory

pytestmark = pytest.mark.django_db
BY = Actor.system("test")


@pytest.fixture
def account():
    return AccountFactory(platform=ensure_platforms(by=BY, at=AT)["x"], handle="Acme")


@pytest.mark.parametrize(
    "url", ["https://twitter.com/acme", "http://m.twitter.com/ACME/", "x.com/Acme?ref=1"]
)
def test_an_account_is_ours_however_its_address_is_written(account, url):
    found = verify_url(url, AT)

    assert (found.verdict, found.account, found.platform) == (Verdict.OURS, account, "X (Twitter)")


def test_a_shared_account_is_co_owned(account):
    set_co_owners(account, lines=[LineFactory()], by=BY, at=AT)

    assert verify_url("https://x.com/acme", AT).verdict == Verdict.CO_OWNED


@pytest.mark.parametrize("state", [AccountState.REQUESTED, AccountState.COMPROMISED, AccountState.ARCHIVED])
def test_an_account_that_is_not_live_is_told_so(account, state):
    account.state = state
    account.save()

    assert verify_url("https://x.com/acme", AT).verdict == Verdict.NOT_LIVE


def test_a_former_handle_is_never_silently_ours(account):
    rename_handle(account, handle="acme_new", by=BY, at=AT)

    found = verify_url("https://x.com/acme", AT)

    assert (found.verdict, found.account, found.until) == (Verdict.FORMER, account, AT)


@pytest.mark.parametrize(
    ("url", "verdict"),
    [
        ("https://x.com/stranger", Verdict.UNKNOWN),
        ("https://www.facebook.com/acme", Verdict.UNKNOWN),
        ("https://example.com/acme", Verdict.UNREADABLE),
        ("not an address", Verdict.UNREADABLE),
        ("", Verdict.UNREADABLE),
    ],
)
def test_what_is_not_registered_is_unknown(account, url, verdict):
    assert verify_url(url, AT).verdict == verdict
