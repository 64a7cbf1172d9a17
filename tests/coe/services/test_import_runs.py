"""Imports: refusals write nothing, a crash loses nothing, a scope holds for each row, undo takes back only what nobody touched."""

import io
from datetime import timedelta

import pytest

from coe.enums.roles import Role
from coe.enums.work import BatchState, RowOutcome
from coe.errors import AlreadyRunning, Invalid, NotAllowed, WrongState
from coe.models import (
    AccountCoOwner,
    BusinessLine,
    ChangeEvent,
    HandleRecord,
    ImportBatch,
    LineClosure,
    SocialAccount,
    User,
)
from coe.registries import import_kinds
from coe.rules.principals import Actor, Principal, principal_of
from coe.selectors.imports import unfinished_imports
from coe.services import import_runs
from coe.services.accounts import edit_account
from coe.services.import_runs import (
    apply_import,
    carry_on,
    receive_import,
    stage_import,
)
from coe.services.import_steps import discard_import
from coe.services.importing import ImportKind
from coe.services.platforms import ensure_platforms
from coe.services.undo import undo_import
from tests.factories import AT, AccountFactory, LineFactory, RoleFactory, UserFactory

pytestmark = pytest.mark.django_db
ROOT = Principal.system("test")
BY = Actor.system("test")


@pytest.fixture(autouse=True)
def platforms(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return ensure_platforms(by=BY, at=AT)


def stage(text, kind, *, principal=ROOT, name="file.csv", **options):
    source = io.BytesIO(text if isinstance(text, bytes) else text.encode())
    return stage_import(source, kind=kind, principal=principal, at=AT, file_name=name, **options)


def run(text, kind, **options):
    return apply_import(stage(text, kind, **options), at=AT)


def counts(batch):
    return tuple(
        getattr(batch, name) for name in ("rows", "created", "updated", "unchanged", "skipped", "rejected")
    )


def told(batch):
    return list(batch.problems.values_list("row", "field", "code"))


def content():
    """The domain as values: what undo must bring back."""
    accounts = SocialAccount.objects.values_list(
        "platform__code",
        "handle",
        "handle_key",
        "url",
        "line__code",
        "state",
        "tier",
        "purpose",
        "custody_revision",
        "primary_owner__email",
    )
    return (
        sorted(
            BusinessLine.objects.values_list(
                "code", "name", "kind", "parent__code", "depth", "status", "description"
            )
        ),
        sorted(LineClosure.objects.values_list("ancestor__code", "descendant__code", "depth")),
        sorted(accounts),
        sorted(SocialAccount.tags.through.objects.values_list("socialaccount__handle_key", "tag__key")),
        sorted(AccountCoOwner.objects.values_list("account__handle_key", "line__code")),
        sorted(HandleRecord.objects.values_list("account__handle_key", "handle_key")),
        sorted(User.objects.values_list("email", "name", "job_title")),
    )


LINES = "code,name,parent,tags\nFR-Retail,Retail,FR,Shop;Key\nFR,France,EU,\nEU,Europe,,\n"


def test_lines_come_in_with_parents_below_their_children_and_again_as_unchanged():
    first, second = run(LINES, "lines"), run(LINES, "lines")

    assert counts(first) == (3, 3, 0, 0, 0, 0)
    assert counts(second) == (3, 0, 0, 3, 0, 0)
    leaf = BusinessLine.objects.get(code="FR-Retail")
    assert (leaf.depth, leaf.ancestor_links.count(), leaf.tags.count()) == (2, 3, 2)
    assert ChangeEvent.objects.filter(batch_id=first.public_id, action="line.created").count() == 3


def test_a_checked_import_has_written_nothing_but_its_report():
    before = content()

    batch = stage(LINES, "lines")

    assert (batch.state, counts(batch)) == (BatchState.READY, (3, 3, 0, 0, 0, 0))
    assert content() == before
    assert not ChangeEvent.objects.filter(object_type="coe.businessline").exists()


def test_a_dry_run_cannot_be_applied():
    batch = stage(LINES, "lines", is_dry_run=True)

    with pytest.raises(WrongState):
        apply_import(batch, at=AT)

    assert not BusinessLine.objects.exists()


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("A,A,B\nB,B,A\n", [(2, "parent", "line_circle"), (3, "parent", "line_circle")]),
        ("A,A,A\n", [(2, "parent", "line_circle")]),
        ("A,A,NOWHERE\n", [(2, "parent", "line_unknown")]),
        ("A,A,\na,Again,\n", [(3, "code", "doubled_row")]),
        (",Nameless,\n", [(2, "code", "required")]),
        ("TOP,Top,LOW\n", [(2, "parent", "line_circle")]),
        ("A,A\n", [(2, "", "too_few_cells")]),
    ],
)
def test_a_wrong_line_is_rejected_with_row_field_and_code(rows, expected):
    LineFactory(code="LOW", parent=LineFactory(code="TOP", name="Top"))

    batch = run("code,name,parent\n" + rows, "lines")

    assert told(batch) == expected
    assert batch.rejected == len(expected)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_empty"),
        (b"\x89PNG\r\n\x1a\n0000", "format_unknown"),
        (b"name,colour\nx,y\n", "columns_missing"),
        (b"code,code\nx,y\n", "duplicate_columns"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_as_a_whole(data, code):
    batch = stage(data, "lines")

    assert (batch.state, [one[2] for one in told(batch)]) == (BatchState.REFUSED, [code])
    assert batch.error
    with pytest.raises(WrongState):
        apply_import(batch, at=AT)
    assert not BusinessLine.objects.exists()


def test_unknown_kinds_mappings_and_strangers_are_refused_before_a_file_is_kept(settings):
    for options, error in [
        ({"kind": "dragons"}, Invalid),
        ({"kind": "lines", "mapping": "no_such_mapping"}, Invalid),
        ({"kind": "lines", "mapping": "us_digital_registry"}, Invalid),
        ({"kind": "lines", "principal": principal_of(UserFactory(), AT)}, NotAllowed),
    ]:
        with pytest.raises(error):
            stage("code\nX\n", **options)

    assert not ImportBatch.objects.exists()


ACCOUNTS = (
    "line,url,handle,platform,tier,purpose,primary_owner,tags,mfa_state\n"
    "EU,https://twitter.com/Acme_EU,,,1,News,ada@example.com,Key,on\n"
    "eu,,acme.fr,instagram,2,,,,\n"
)


@pytest.fixture
def europe():
    UserFactory(email="ada@example.com")
    return LineFactory(code="EU", name="Europe")


def test_accounts_come_in_by_address_or_handle_and_again_as_unchanged(europe):
    first, second = run(ACCOUNTS, "accounts"), run(ACCOUNTS, "accounts")

    assert (counts(first), counts(second)) == ((2, 2, 0, 0, 0, 0), (2, 0, 0, 2, 0, 0))
    account = SocialAccount.objects.get(platform__code="x")
    assert (account.handle_key, account.tier, account.primary_owner.email, account.mfa_state) == (
        "acme_eu",
        1,
        "ada@example.com",
        "on",
    )
    assert account.state == "active"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("EU,https://twitter.com/acme_eu,,,3,Other,,,", [(4, "handle", "doubled_row")]),
        ("NOWHERE,,new_one,x,3,,,,", [(4, "line", "line_unknown")]),
        ("EU,,new_one,friendster9,3,,,,", [(4, "platform", "platform_unknown")]),
        ("EU,,no handle!,x,3,,,,", [(4, "handle", "handle_not_understood")]),
        ("EU,,new_one,x,7,,,,", [(4, "tier", "invalid_choice")]),
        ("EU,,new_one,x,high,,,,", [(4, "tier", "number_not_understood")]),
        ("EU,,new_one,x,3,Password: Summer2026!x,,,", [(4, "purpose", "secret_refused")]),
        ("EU,,new_one,x,3,,nobody@example.com,,", [(4, "primary_owner", "person_unknown")]),
        ("EU,,,,3,,,,", [(4, "handle", "account_not_named")]),
        ("EU,,new_one,x,3,,,,maybe", [(4, "mfa_state", "invalid_choice")]),
    ],
)
def test_a_wrong_account_is_rejected_and_the_others_come_in(europe, row, expected):
    batch = run(ACCOUNTS + row + "\n", "accounts")

    assert told(batch) == expected
    assert counts(batch) == (3, 2, 0, 0, 0, 1)
    assert "Summer2026" not in str(list(batch.problems.values_list("message", flat=True)))


def test_the_scope_of_the_importer_holds_for_each_row(europe):
    other = LineFactory(code="US")
    theirs = AccountFactory(line=other, platform__code="x", handle="acme_us", purpose="Theirs")
    lead = UserFactory()
    RoleFactory(user=lead, role=Role.LINE_LEAD, line=europe)
    text = "line,handle,platform,purpose\nEU,acme_eu,x,Ours\nUS,new_us,x,\nEU,acme_us,x,Stolen\n,acme_us,x,Stolen\nNOWHERE,x1,x,\n"

    batch = run(text, "accounts", principal=principal_of(lead, AT))

    assert counts(batch)[1:] == (1, 0, 0, 0, 4)
    theirs.refresh_from_db()
    assert (theirs.purpose, theirs.line_id) == ("Theirs", other.pk)
    messages = dict(batch.problems.values_list("row", "message"))
    assert messages[3].replace("US", "…") == messages[6].replace("NOWHERE", "…"), (
        "the answer must not tell whether a line exists"
    )


def test_rights_that_ended_since_the_upload_are_not_used(europe):
    lead = UserFactory()
    held = RoleFactory(user=lead, role=Role.LINE_LEAD, line=europe)
    batch = stage("line,handle,platform\nEU,acme_eu,x\n", "accounts", principal=principal_of(lead, AT))
    assert batch.created == 1
    held.valid_until = AT
    held.save()

    apply_import(batch, at=AT + timedelta(days=1))

    assert (counts(batch)[5], SocialAccount.objects.count()) == (1, 0)


def test_a_crash_between_chunks_is_resumed_behind_the_last_commit(monkeypatch):
    small = import_kinds["lines"]
    calls = []

    def flaky(ctx, rows):
        if not ctx.is_check:
            calls.append([row.number for row in rows])
            if len(calls) == 2:
                raise RuntimeError("power cut")
        return small.apply(ctx, rows)

    kind = ImportKind("lines", small.label, small.permission, small.fields, flaky, chunk_rows=2)
    monkeypatch.setitem(import_kinds._items, "lines", kind)
    batch = stage("code,name\n" + "".join(f"L{n},Line {n}\n" for n in range(5)), "lines")

    with pytest.raises(RuntimeError):
        apply_import(batch, at=AT)

    batch.refresh_from_db()
    assert (batch.state, batch.progress, BusinessLine.objects.count()) == (BatchState.APPLYING, 2, 2)
    assert [one.pk for one in unfinished_imports(at=AT)] == [batch.pk]

    carry_on(batch, at=AT + timedelta(minutes=1))

    batch.refresh_from_db()
    assert (batch.state, counts(batch)) == (BatchState.APPLIED, (5, 5, 0, 0, 0, 0))
    assert calls == [[2, 3], [4, 5], [4, 5], [6]]
    assert BusinessLine.objects.count() == 5


def test_two_workers_do_not_apply_one_import():
    batch = stage(LINES, "lines")
    ImportBatch.objects.filter(pk=batch.pk).update(
        state=BatchState.APPLYING, lease_until=AT + timedelta(minutes=1)
    )

    with pytest.raises(AlreadyRunning):
        apply_import(batch, at=AT)

    assert not BusinessLine.objects.exists()


def test_an_applied_import_is_not_applied_again_and_a_discarded_one_never():
    batch = run(LINES, "lines")
    with pytest.raises(WrongState):
        apply_import(batch, at=AT)
    other = discard_import(stage(LINES, "lines"), by=BY, at=AT)
    with pytest.raises(WrongState):
        apply_import(other, at=AT)


def test_a_file_that_is_received_is_checked_and_applied_by_the_worker():
    batch = receive_import(
        io.BytesIO(LINES.encode()), kind="lines", principal=ROOT, at=AT, file_name="a.csv", wants_apply=True
    )
    assert (batch.state, unfinished_imports(at=AT + timedelta(minutes=1))) == (BatchState.UPLOADED, [batch])

    for _again in range(2):
        batch.refresh_from_db()
        carry_on(batch, at=AT)

    batch.refresh_from_db()
    assert (batch.state, batch.created) == (BatchState.APPLIED, 3)


def test_a_file_over_the_limit_is_refused_and_not_kept(settings):
    settings.MAX_IMPORT_BYTES = 10

    with pytest.raises(Invalid) as refusal:
        stage(LINES, "lines")

    assert refusal.value.problems[0].code == "file_too_large"
    assert not ImportBatch.objects.exists()


def test_undo_brings_back_exactly_what_was(europe):
    run(LINES.replace("EU,Europe", "EU,Europe"), "lines")
    run(ACCOUNTS, "accounts")
    before = content()
    lines = run(
        "code,name,parent,description\nFR,La France,,Here\nEU,EMEA,,\nNEW,New,FR,\nNEWER,Newer,NEW,\n",
        "lines",
    )
    accounts = run(
        "line,handle,platform,tier,purpose,tags,co_owners,previous_handles,state\n"
        "FR,acme_eu,x,2,Else,New,EU;NEW,acme_old,dormant\nNEWER,brand_new,x,,,,EU,,\n",
        "accounts",
    )
    assert (counts(lines), counts(accounts)) == ((4, 2, 2, 0, 0, 0), (2, 1, 1, 0, 0, 0)), told(
        accounts
    ) + told(lines)
    assert content() != before

    undo_import(accounts, by=BY, at=AT)
    undone = undo_import(lines, by=BY, at=AT)

    assert content() == before
    assert (undone.state, undone.summary["kept_count"]) == (BatchState.UNDONE, 0)
    assert 0 < undone.summary["undo_done"] == undone.summary["undo_total"]
    assert SocialAccount.objects.get(handle_key="acme_eu").revision > 2, "a revision never goes back"
    with pytest.raises(WrongState):
        undo_import(undone, by=BY, at=AT)


def test_undo_leaves_what_somebody_touched_since_and_says_so(europe):
    batch = run(ACCOUNTS, "accounts")
    touched = SocialAccount.objects.get(handle_key="acme_eu")
    edit_account(touched, changes={"purpose": "Mine"}, by=BY, at=AT)

    undone = undo_import(batch, by=BY, at=AT)

    assert list(SocialAccount.objects.values_list("handle_key", "purpose")) == [("acme_eu", "Mine")]
    assert undone.summary["kept"] == [["coe.socialaccount", "Acme_EU", "changed since the import"]]


def test_undo_leaves_what_other_records_need():
    batch = run(LINES, "lines")
    AccountFactory(line=BusinessLine.objects.get(code="FR"), platform__code="x")

    undone = undo_import(batch, by=BY, at=AT)

    assert set(BusinessLine.objects.values_list("code", flat=True)) == {"FR", "EU"}
    assert undone.summary["kept_count"] == 2


def test_people_come_in_by_address_whatever_its_case():
    UserFactory(email="ada@example.com", name="Ada")
    text = "email,name,hub_fte_hundredths\nADA@example.com,Ada L.,50\nnew@example.com,New,\nno address,X,\nnew@EXAMPLE.com,Again,\n"

    first = run(text, "people")
    second = run(text, "people")

    assert (counts(first), counts(second)) == ((4, 1, 1, 0, 0, 2), (4, 0, 0, 2, 0, 2))
    assert told(first) == [(4, "email", "invalid"), (5, "name", "doubled_row")]


@pytest.mark.parametrize("count", [1, 3])
def test_new_accounts_cost_the_same_for_one_row_and_for_three(europe, django_assert_max_num_queries, count):
    batch = stage("line,handle,platform\n" + "".join(f"EU,h{n},x\n" for n in range(count)), "accounts")

    with django_assert_max_num_queries(46):
        apply_import(batch, at=AT)

    assert batch.created == count


def test_a_chunk_is_at_most_five_thousand_rows():
    assert {kind.chunk_rows <= 5000 for kind in import_kinds.values()} == {True}
    assert RowOutcome.values == ["created", "updated", "unchanged", "skipped", "rejected"]
    assert import_runs.KEPT_PROBLEMS >= 1000


def test_an_unknown_platform_says_what_to_do(europe):
    batch = run("line,platform,handle\nEU,Friendster,acme\n", "accounts")

    message = batch.problems.get().message
    assert "“Friendster” is not a known platform." in message
    assert "Write a name of the catalogue" in message


@pytest.mark.parametrize(
    ("second", "expected"),
    [("EU,x,acme,One", (2, 1, 0, 0, 1, 0)), ("EU,x,@ACME,Two", (2, 1, 0, 0, 0, 1))],
)
def test_two_rows_for_one_account_are_one_account_and_the_counts_add_up(europe, second, expected):
    batch = run(f"line,platform,handle,purpose\nEU,x,acme,One\n{second}\n", "accounts")

    assert counts(batch) == expected
    assert told(batch) == [(3, "" if expected[4] else "handle", "doubled_row")]
    assert "2" in batch.problems.get().message
    assert SocialAccount.objects.get().purpose == "One"
