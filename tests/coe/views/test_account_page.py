"""One account: page, registration, edit, life cycle, co-owners, journal."""

import pytest

from coe.enums.accounts import AccountState
from coe.enums.roles import Role
from coe.models import ChangeEvent, JournalEntry, SocialAccount
from coe.rules.principals import Actor
from coe.services.platforms import ensure_platforms
from tests.factories import (
    AT,
    AccountFactory,
    CoOwnerFactory,
    HandleRecordFactory,
    LineFactory,
    PlatformFactory,
    RoleFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def _edited(account, **changes):
    """A post of the edit form as the browser sends it: every field as shown, with some changed."""
    from coe.forms.accounts import AccountForm
    from coe.models import BusinessLine, User

    form = AccountForm(account=account, lines=BusinessLine.objects.all(), people=User.objects.all())
    values = {}
    for bound in form:
        value = bound.value()
        if value in (None, False):
            continue
        values[bound.name] = "on" if value is True else bound.field.prepare_value(value)
    return values | {"revision": account.revision} | changes


def test_account_page_tells_owners_custody_and_old_handles(lead, tree):
    account = AccountFactory(
        line=tree.foods, primary_owner=UserFactory(name="Marta K."), vault_reference="social/fde/01"
    )
    HandleRecordFactory(account=account, handle="old_name", until_at=AT)

    page = lead.get(f"/accounts/{account.public_id}/")

    text = page.content.decode()
    assert page.status_code == 200
    assert all(
        words in text for words in ("Marta K.", "social/fde/01", "old_name", "This account has one owner.")
    )


def test_account_page_outside_the_scope_is_not_found(lead, tree):
    assert lead.get(f"/accounts/{AccountFactory(line=tree.america).public_id}/").status_code == 404


def test_a_co_owner_reads_the_account_and_may_not_write(lead, tree):
    account = CoOwnerFactory(account__line=tree.america, line=tree.foods).account

    page = lead.get(f"/accounts/{account.public_id}/")

    assert page.status_code == 200
    assert (page.context["may_edit"], page.context["actions"]) == (False, [])
    assert lead.get(f"/accounts/{account.public_id}/edit/").status_code == 403
    assert lead.post(f"/accounts/{account.public_id}/journal/", {"body": "x"}).status_code == 403
    assert not JournalEntry.objects.exists()


@pytest.mark.parametrize("item_count", [1, 3])
def test_account_page_asks_the_same_questions_for_one_and_three(
    hub, tree, item_count, django_assert_num_queries
):
    account = AccountFactory(line=tree.foods)
    for _ in range(item_count):
        CoOwnerFactory(account=account)
        HandleRecordFactory(account=account, until_at=AT)
        JournalEntry.objects.create(
            object_type="coe.socialaccount", object_id=account.public_id, author=UserFactory(), body="x"
        )
    hub.get(f"/accounts/{account.public_id}/")

    with django_assert_num_queries(8):
        hub.get(f"/accounts/{account.public_id}/")


def test_an_account_is_registered_by_its_address(lead, tree, at):
    ensure_platforms(by=Actor.system(), at=at)

    answer = lead.post(
        "/accounts/new/",
        {
            "address": "https://www.instagram.com/NorthWind.eu/?hl=en",
            "line": tree.foods.pk,
            "kind": "brand",
            "tier": "2",
        },
    )

    account = SocialAccount.objects.get()
    assert (answer.status_code, answer.url) == (302, f"/accounts/{account.public_id}/")
    assert (account.platform.code, account.handle_key, account.line, account.tier) == (
        "instagram",
        "northwind.eu",
        tree.foods,
        2,
    )
    assert (account.state, account.requested_by) == (AccountState.REQUESTED, lead.user)


@pytest.mark.parametrize(
    ("address", "field"), [("https://unknown.example/someone", "address"), ("@someone", "platform")]
)
def test_an_address_the_hub_cannot_read_is_refused_beside_the_field(lead, tree, address, field):
    answer = lead.post(
        "/accounts/new/", {"address": address, "line": tree.foods.pk, "kind": "brand", "tier": "2"}
    )

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not SocialAccount.objects.exists()


def test_an_account_is_not_registered_on_lines_of_others(lead, tree):
    PlatformFactory(code="instagram", name="Instagram")

    answer = lead.post(
        "/accounts/new/",
        {"address": "https://instagram.com/a.b.c", "line": tree.america.pk, "kind": "brand", "tier": "2"},
    )

    assert answer.status_code == 422
    assert not SocialAccount.objects.exists()


def test_the_edit_form_sent_back_unchanged_changes_nothing(lead, tree):
    account = AccountFactory(
        line=tree.foods,
        primary_owner=UserFactory(),
        languages=["en", "fr"],
        last_post_at=AT,
        opened_on=AT.date(),
    )

    answer = lead.post(f"/accounts/{account.public_id}/edit/", _edited(account))

    account.refresh_from_db()
    assert (answer.status_code, account.revision) == (302, 1)
    assert not ChangeEvent.objects.exists()


def test_an_edit_is_saved_with_its_reason(lead, tree):
    account = AccountFactory(line=tree.foods)
    owner = RoleFactory(user=UserFactory(email="owner@example.com"), line=tree.foods).user

    answer = lead.post(
        f"/accounts/{account.public_id}/edit/",
        _edited(
            account,
            backup_owner="Owner@example.com",
            tags="News, Food",
            mfa_state="on",
            mfa_verified_on="2026-03-01",
            why="Audit 12",
        ),
    )

    account.refresh_from_db()
    assert answer.status_code == 302
    assert (account.backup_owner, account.mfa_state, str(account.mfa_verified_on)) == (
        owner,
        "on",
        "2026-03-01",
    )
    assert sorted(account.tags.values_list("name", flat=True)) == ["Food", "News"]
    assert [event.why for event in ChangeEvent.objects.filter(object_id=account.public_id)] == ["Audit 12"]


def test_an_edit_that_holds_a_secret_is_refused_and_not_stored(lead, tree):
    account = AccountFactory(line=tree.foods)

    answer = lead.post(
        f"/accounts/{account.public_id}/edit/", _edited(account, vault_reference="password: hunter2secret")
    )

    account.refresh_from_db()
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["vault_reference"]
    assert account.vault_reference == ""


def test_an_edit_of_an_old_revision_says_so_and_keeps_the_newer_value(lead, tree):
    account = AccountFactory(line=tree.foods, purpose="first")
    stale = _edited(account, purpose="mine")
    SocialAccount.objects.filter(pk=account.pk).update(purpose="theirs", revision=2)

    answer = lead.post(f"/accounts/{account.public_id}/edit/", stale)

    account.refresh_from_db()
    assert (answer.status_code, answer.context["stale"], account.purpose) == (409, True, "theirs")


def test_a_person_who_does_not_exist_is_refused_beside_the_field(lead, tree):
    account = AccountFactory(line=tree.foods)

    answer = lead.post(
        f"/accounts/{account.public_id}/edit/", _edited(account, primary_owner="nobody@example.com")
    )

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["primary_owner"]


def test_an_account_is_renamed_and_keeps_its_old_handle(lead, tree):
    account = AccountFactory(line=tree.foods, handle="old_name")

    answer = lead.post(f"/accounts/{account.public_id}/rename/", {"handle": "new_name"})

    account.refresh_from_db()
    assert (answer.status_code, account.handle) == (302, "new_name")
    assert list(account.handle_history.values_list("handle", flat=True)) == ["old_name"]


def test_the_hub_approves_and_the_line_does_not(hub, lead, tree):
    account = AccountFactory(line=tree.foods, state=AccountState.REQUESTED)
    url = f"/accounts/{account.public_id}/state/"

    refused = lead.post(url, {"action": "approve"})
    account.refresh_from_db()
    before = account.state
    done = hub.post(url, {"action": "approve", "why": "fine"})

    account.refresh_from_db()
    assert (refused.status_code, before, done.status_code, account.state) == (
        403,
        "requested",
        302,
        "approved",
    )


def test_a_step_the_state_does_not_allow_changes_nothing(hub, tree):
    account = AccountFactory(line=tree.foods, state=AccountState.REQUESTED)

    hub.post(f"/accounts/{account.public_id}/state/", {"action": "archive"})

    account.refresh_from_db()
    assert account.state == AccountState.REQUESTED
    assert hub.post(f"/accounts/{account.public_id}/state/", {"action": "explode"}).status_code == 404


def test_co_owners_outside_the_writers_sight_stay(lead, tree):
    account = AccountFactory(line=tree.foods)
    CoOwnerFactory(account=account, line=tree.america)
    sister = LineFactory(code="LGE", parent=tree.europe)

    lead.post(f"/accounts/{account.public_id}/co-owners/", {"lines": [sister.code]})

    assert set(account.co_owner_lines.values_list("code", flat=True)) == {"US", "LGE"}


def test_co_owners_are_named_by_codes_with_commas(hub, tree):
    account = AccountFactory(line=tree.foods)
    address = f"/accounts/{account.public_id}/"

    hub.post(f"{address}co-owners/", {"lines": "US, EU"})
    after = set(account.co_owner_lines.values_list("code", flat=True))
    hub.post(f"{address}co-owners/", {"lines": "US, NOWHERE"})

    assert after == {"US", "EU"}
    assert set(account.co_owner_lines.values_list("code", flat=True)) == {"US", "EU"}
    assert 'value="EU, US"' in hub.get(address).content.decode()


def test_a_note_is_written_in_the_journal(lead, tree):
    account = AccountFactory(line=tree.foods)

    lead.post(f"/accounts/{account.public_id}/journal/", {"body": "Asked the agency."})

    (entry,) = JournalEntry.objects.all()
    assert (entry.body, entry.author, entry.line, entry.object_id) == (
        "Asked the agency.",
        lead.user,
        tree.foods,
        account.public_id,
    )


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CONTRIBUTOR, Role.COMMUNITY_MANAGER])
def test_those_who_read_only_may_not_edit(log_in, tree, role):
    account = AccountFactory(line=tree.foods)
    reader = log_in(role, tree.foods)

    assert reader.get(f"/accounts/{account.public_id}/").status_code == 200
    assert reader.post(f"/accounts/{account.public_id}/edit/", {"purpose": "x"}).status_code == 403
