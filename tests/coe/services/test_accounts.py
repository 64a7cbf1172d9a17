"""Accounts: what may be registered, how they live, how they are renamed, and what is refused."""

from datetime import timedelta

import pytest

from coe.enums.accounts import CUSTODY_FIELDS, TRANSITIONS, AccountAction, AccountState, CustodyKind, MfaState
from coe.enums.lines import LineStatus
from coe.errors import Duplicate, Invalid, SecretRefused, SomeRefused, Stale, WrongState
from coe.models import ChangeEvent, HandleRecord, LineFact, SocialAccount
from coe.registries import account_moved
from coe.rules.principals import Actor
from coe.services.account_register import AccountRef
from coe.services.accounts import (
    create_account,
    edit_account,
    edit_accounts,
    ensure_accounts,
    register_accounts,
    rename_handle,
    set_co_owners,
    transition,
)
from coe.services.platforms import ensure_platforms
from tests.factories import AT, AccountFactory, LineFactory, UserFactory

pytestmark = pytest.mark.django_db
BY = Actor.system("test")


@pytest.fixture
def platforms():
    found = ensure_platforms(by=BY, at=AT)
    ChangeEvent.objects.all().delete()
    LineFact.objects.all().delete()
    return found


def written():
    """What a refusal must leave at nothing."""
    return (
        SocialAccount.objects.count(),
        HandleRecord.objects.count(),
        ChangeEvent.objects.count(),
        LineFact.objects.count(),
    )


def test_create_account_reads_a_pasted_address(platforms):
    line = LineFactory()

    account = create_account(
        line=line,
        platform=platforms["x"],
        url="https://twitter.com/NASA/",
        tags=["Space", "space"],
        languages="EN, fr",
        by=BY,
        at=AT,
    )

    assert (account.handle, account.handle_key, account.url) == ("NASA", "nasa", "https://twitter.com/NASA/")
    assert (account.state, account.languages) == (AccountState.REQUESTED, ["en", "fr"])
    assert [tag.name for tag in account.tags.all()] == ["space"]
    assert ChangeEvent.objects.get().action == "account.registered"
    assert list(LineFact.objects.values_list("line_id", "fact")) == [(line.pk, "accounts")]


@pytest.mark.parametrize(
    ("fields", "error", "field"),
    [
        ({"handle": "@nasa"}, Duplicate, "handle"),
        ({"handle": ""}, Invalid, "handle"),
        ({"handle": "no handle at all"}, Invalid, "handle"),
        ({"handle": "", "url": "https://www.facebook.com/nasa"}, Invalid, "url"),
        ({"tier": 9}, Invalid, "tier"),
        ({"comment_policy_url": "javascript:alert(1)"}, Invalid, "comment_policy_url"),
        ({"recovery_email": "nobody"}, Invalid, "recovery_email"),
        ({"state": "archived"}, Invalid, "state"),
        ({"custody_revision": 7}, Invalid, "custody_revision"),
        ({"notes": "Password: Summer2026!"}, SecretRefused, "notes"),
        ({"vault_reference": "ghp_0123456789abcdefghijABCDEFGHIJ"}, SecretRefused, "vault_reference"),
        ({"tags": ["pwd=hunter2hunter2"]}, SecretRefused, "tags"),
        ({"purpose": "see https://acme:s3cret@vault.example.com"}, SecretRefused, "purpose"),
    ],
)
def test_create_account_refuses_and_writes_nothing(platforms, fields, error, field):
    AccountFactory(platform=platforms["x"], handle="NASA")
    line = LineFactory()

    with pytest.raises(error) as refusal:
        create_account(
            **{"line": line, "platform": platforms["x"], "handle": "new_one", "by": BY, "at": AT} | fields
        )

    assert refusal.value.problems[0].field == field
    assert written() == (1, 0, 0, 0)
    for secret in ("Summer2026", "ghp_", "hunter2", "s3cret"):
        assert secret not in refusal.value.message


def test_a_duplicate_is_named_and_an_archived_handle_is_free(platforms):
    old = AccountFactory(platform=platforms["x"], handle="NASA")
    line = LineFactory()

    with pytest.raises(Duplicate, match=r"NASA on X \(Twitter\) is registered already \(Active\)"):
        create_account(line=line, platform=platforms["x"], handle="nasa", by=BY, at=AT)
    SocialAccount.objects.filter(pk=old.pk).update(state=AccountState.ARCHIVED)
    create_account(line=line, platform=platforms["x"], handle="nasa", by=BY, at=AT)

    with pytest.raises(Duplicate):
        transition(old, action=AccountAction.RESTORE, by=BY, at=AT)


@pytest.mark.parametrize(
    "text",
    [
        "Vault: op://Social/Acme/login", "keys are in 1Password, vault “Social”", "https://vault.example.com/items/acme-social-team-emea",
        "Ask the password manager", "token of appreciation", "Tier 1 account for the whole company and its 20000000 followers",
        "Département de la communication institutionnelle",
    ],
)  # fmt: skip
def test_a_reference_to_a_vault_is_no_secret(platforms, text):
    account = create_account(
        line=LineFactory(), platform=platforms["x"], handle="ok", vault_reference=text, by=BY, at=AT
    )

    assert account.vault_reference == text


def test_an_edit_of_custody_raises_the_custody_revision_and_no_other_does(platforms):
    account = AccountFactory(platform=platforms["x"], handle="a")
    values = {
        "line": LineFactory(), "primary_owner": UserFactory(), "backup_owner": UserFactory(), "publish_method": "approved_tool",
        "custody_kind": CustodyKind.VAULT, "vault_reference": "op://x", "recovery_email": "a@example.com",
        "recovery_kind": "shared_mailbox", "mfa_state": MfaState.ON, "mfa_method": "app",
    }  # fmt: skip
    assert values.keys() == CUSTODY_FIELDS

    for count, (field, value) in enumerate(values.items(), start=2):
        account = edit_account(account, changes={field: value}, by=BY, at=AT)
        assert account.custody_revision == count
    account = edit_account(account, changes={"purpose": "News", "tier": 1}, by=BY, at=AT)

    account.refresh_from_db()
    assert (account.custody_revision, account.tier, account.revision) == (11, 1, 12)


def test_edit_account_writes_nothing_when_nothing_differs_or_when_it_is_refused(platforms):
    account = AccountFactory(platform=platforms["x"], purpose="News", revision=3)
    person = UserFactory(is_active=False)

    edit_account(account, changes={"purpose": "News ", "tags": []}, by=BY, at=AT)
    for changes, error in [
        ({"purpose": "x", "primary_owner": person}, Invalid),
        ({"notes": "passwort: geheim123"}, SecretRefused),
        ({"line": LineFactory(status=LineStatus.ARCHIVED, archived_at=AT)}, WrongState),
        ({"handle": "other"}, Invalid),
    ]:
        with pytest.raises(error):
            edit_account(account, changes=changes, by=BY, at=AT)
    with pytest.raises(Stale):
        edit_account(account, changes={"purpose": "y"}, by=BY, at=AT, expected_revision=2)

    account.refresh_from_db()
    assert (account.purpose, account.revision, written()) == ("News", 3, (1, 0, 0, 0))


def test_a_moved_account_tells_both_lines_and_whoever_asked(platforms, monkeypatch):
    told = []
    monkeypatch.setitem(account_moved._items, "test", lambda moves, at: told.append((dict(moves), at)))
    account, new = AccountFactory(platform=platforms["x"]), LineFactory()
    old = account.line_id
    set_co_owners(account, lines=[new], by=BY, at=AT)
    LineFact.objects.all().delete()

    edit_account(account, changes={"line": new}, by=BY, at=AT)

    assert told == [({account.pk: (old, new.pk)}, AT)]
    assert set(LineFact.objects.values_list("line_id", flat=True)) == {old, new.pk}
    assert not account.co_owners.exists()


@pytest.mark.parametrize("count", [1, 3])
def test_edit_accounts_costs_the_same_for_one_and_three(platforms, django_assert_num_queries, count):
    accounts = AccountFactory.create_batch(count, platform=platforms["x"])

    with django_assert_num_queries(11):
        edit_accounts([(account, {"tier": 2, "tags": ["Key"]}) for account in accounts], by=BY, at=AT)


def test_edit_accounts_refuses_all_when_somebody_changed_one_meanwhile(platforms):
    first, second = AccountFactory.create_batch(2, platform=platforms["x"])
    edit_account(SocialAccount.objects.get(pk=second.pk), changes={"line": LineFactory()}, by=BY, at=AT)

    with pytest.raises(Stale):
        edit_accounts([(one, {"tier": 2, "line": LineFactory()}) for one in (first, second)], by=BY, at=AT)

    assert not SocialAccount.objects.filter(tier=2).exists()


@pytest.mark.parametrize(("state", "action"), [(s, a) for s in AccountState for a in AccountAction])
def test_transitions_follow_the_table(platforms, state, action):
    account = AccountFactory(platform=platforms["x"], state=state)

    if (state, action) in TRANSITIONS:
        moved = transition(account, action=action, by=BY, at=AT + timedelta(days=1))
        assert (moved.state, moved.state_since) == (TRANSITIONS[state, action], AT + timedelta(days=1))
        assert ChangeEvent.objects.get().action == f"account.{action}"
    else:
        with pytest.raises(WrongState):
            transition(account, action=action, by=BY, at=AT)
        assert written() == (1, 0, 0, 0)


def test_rename_keeps_the_old_handle_and_when_it_ended(platforms):
    account = AccountFactory(platform=platforms["x"], handle="OldName")

    rename_handle(account, handle="NewName", by=BY, at=AT)
    rename_handle(account, handle="newname", by=BY, at=AT + timedelta(days=1))
    rename_handle(account, handle="Third", by=BY, at=AT + timedelta(days=2))

    account.refresh_from_db()
    past = list(account.handle_history.values_list("handle", "from_at", "until_at"))
    assert (account.handle, account.handle_key) == ("Third", "third")
    assert past == [("newname", AT, AT + timedelta(days=2)), ("OldName", None, AT)]


def test_rename_refuses_a_handle_that_another_account_has(platforms):
    AccountFactory(platform=platforms["x"], handle="taken")
    account = AccountFactory(platform=platforms["x"], handle="mine")

    with pytest.raises(Duplicate):
        rename_handle(account, handle="@Taken", by=BY, at=AT)

    account.refresh_from_db()
    assert (account.handle, written()) == ("mine", (2, 0, 0, 0))


def test_co_owners_are_exactly_those_that_were_named(platforms):
    account, a, b = AccountFactory(platform=platforms["x"]), LineFactory(), LineFactory()

    set_co_owners(account, lines=[a], by=BY, at=AT)
    set_co_owners(account, lines=[b], by=BY, at=AT)
    with pytest.raises(Invalid):
        set_co_owners(account, lines=[account.line], by=BY, at=AT)

    assert list(account.co_owners.values_list("line", flat=True)) == [b.pk]


def ref(handle, line, *, days=None, account_id=""):
    seen = None if days is None else AT + timedelta(days=days)
    return AccountRef("x", handle, handle.casefold(), line.pk, account_id=account_id, seen_at=seen)


def test_ensure_accounts_is_idempotent_and_shares_only_when_asked(platforms):
    a, b = LineFactory(), LineFactory()
    wanted = [ref("One", a), ref("one", a), ref("Two", b), ref("one", b)]

    first = ensure_accounts(wanted, by=BY, at=AT)
    second = ensure_accounts(wanted, by=BY, at=AT, share=True)

    assert len(first.created) == 2
    assert second.ids == first.ids
    assert len(set(first.ids.values())) == 2
    assert not second.created
    one = SocialAccount.objects.get(handle_key="one")
    assert [link.line_id for link in one.co_owners.all()] == [({a.pk, b.pk} - {one.line_id}).pop()]


def test_a_known_id_under_a_newer_handle_is_a_rename_and_an_older_one_is_history(platforms):
    line = LineFactory()
    wanted = [
        ref("old", line, days=0, account_id="7"),
        ref("new", line, days=60, account_id="7"),
        ref("mid", line, days=30, account_id="7"),
    ]

    for _again in range(2):
        found = ensure_accounts(wanted, by=BY, at=AT)
        account = SocialAccount.objects.get()
        assert set(found.ids.values()) == {account.pk}
        assert (account.handle, {past.handle for past in account.handle_history.all()}) == (
            "new",
            {"old", "mid"},
        )

    ensure_accounts([ref("newest", line, days=90, account_id="7")], by=BY, at=AT)

    account.refresh_from_db()
    assert (account.handle, account.handle_history.first().handle) == ("newest", "new")


def test_a_handle_under_another_id_is_never_silently_ours(platforms):
    line = LineFactory()
    AccountFactory(platform=platforms["x"], handle="ours", platform_account_id="1")

    stolen = ref("ours", line, account_id="2")
    found = ensure_accounts([stolen], by=BY, at=AT)

    assert (found.ids, found.problems[stolen].code, SocialAccount.objects.count()) == (
        {},
        "handle_of_another",
        1,
    )


def test_a_former_handle_means_the_account_that_had_it_then(platforms):
    line = LineFactory()
    account = AccountFactory(platform=platforms["x"], handle="before", line=line)
    rename_handle(account, handle="after", by=BY, at=AT)

    then, now = ref("before", line, days=-5), ref("before", line, days=5)
    found = ensure_accounts([then], by=BY, at=AT)
    later = ensure_accounts([now], by=BY, at=AT)

    assert found.ids[then] == account.pk
    assert later.ids[now] != account.pk


@pytest.mark.parametrize("count", [1, 3])
def test_ensure_accounts_costs_the_same_for_one_and_three(platforms, django_assert_num_queries, count):
    line = LineFactory()

    with django_assert_num_queries(10):
        ensure_accounts([ref(f"h{n}", line) for n in range(count)], by=BY, at=AT)


def test_register_accounts_names_every_refused_item_and_writes_none(platforms):
    line, gone = LineFactory(), LineFactory(status=LineStatus.ARCHIVED, archived_at=AT)
    account = AccountFactory(platform=platforms["x"], handle="taken", handle_key="taken")
    before = written()

    with pytest.raises(SomeRefused) as caught:
        register_accounts(
            [
                {"line": line, "platform": platforms["x"], "handle": "fine"},
                {"line": gone, "platform": platforms["x"], "handle": "late"},
                {"line": line, "platform": platforms["x"], "handle": "@Taken"},
                {"line": line, "platform": platforms["x"], "handle": "id1", "platform_account_id": "7"},
                {"line": line, "platform": platforms["x"], "handle": "id2", "platform_account_id": "7"},
            ],
            by=BY,
            at=AT,
        )

    assert {place: type(error) for place, error in caught.value.errors.items()} == {
        1: WrongState,
        2: Duplicate,
        4: Duplicate,
    }
    assert (caught.value.status, [p.row for p in caught.value.problems]) == (409, [1, 2, 4])
    assert written() == before
    assert SocialAccount.objects.get() == account
