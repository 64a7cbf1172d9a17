"""How the admin writes: refusals at their fields, the reason in the history, stale forms, deeds that ask first, one secret once."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from coe.enums.accounts import AccountState
from coe.enums.lines import LineStatus
from coe.enums.roles import Role
from coe.models import (
    BusinessLine,
    ChangeEvent,
    HandleRecord,
    LineFact,
    Platform,
    RoleAssignment,
    ServiceToken,
    SocialAccount,
    Tag,
    WorkingCalendar,
)
from coe.services.tokens import authenticate
from tests.factories import (
    AccountFactory,
    LineFactory,
    PlatformFactory,
    RoleFactory,
    TagFactory,
    TokenFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    """An administrator, logged in."""
    user = UserFactory(is_staff=True, name="Ada Admin", email="ada@example.com")
    RoleFactory(user=user, role=Role.ADMINISTRATOR, line=None)
    client.force_login(user, backend="coe.backends.HubBackend")
    return user


def page(model, act="changelist", *args):
    """The address of a page of the admin."""
    return reverse(f"admin:coe_{model}_{act}", args=args)


def line_form(line, **fields):
    """What the form of a line sends."""
    return {
        "code": line.code, "name": line.name, "kind": "line", "is_spoke": "on", "parent": "", "description": "", "tags": "",
        "time_zone": "",
        "expected_revision": line.revision, "why": "", **fields,
    }  # fmt: skip


def told():
    """Actions of the history with their reasons, oldest first."""
    return list(ChangeEvent.objects.order_by("id").values_list("action", "why"))


def act(client, model, action, *rows, **fields):
    """Press the button of an action's page."""
    form = {"action": action, "_selected_action": [row.pk for row in rows], "confirmed": "1", **fields}
    return client.post(page(model), form)


def test_the_reason_stands_in_the_history_and_the_facts_are_noted(client, staff):
    line = LineFactory(code="FDE", name="Foods")

    answer = client.post(
        page("businessline", "change", line.pk),
        line_form(line, name="Foods Europe", tags="b2b, retail", why="Board, May"),
    )

    assert answer.status_code == 302
    line.refresh_from_db()
    assert (line.name, sorted(tag.name for tag in line.tags.all())) == ("Foods Europe", ["b2b", "retail"])
    assert told() == [("line.updated", "Board, May")]
    assert LineFact.objects.filter(line_id=line.pk).exists()


def test_a_refusal_stands_at_its_field_with_what_was_filled_in_and_nothing_is_written(client, staff):
    line = LineFactory(code="FDE", name="Foods")

    answer = client.post(
        page("businessline", "change", line.pk), line_form(line, name="Kept words", time_zone="Mars/Base")
    )

    assert answer.status_code == 422
    form = answer.context["adminform"].form
    assert list(form.errors) == ["time_zone"]
    assert "Europe/Paris" in form.errors["time_zone"][0]
    assert form["name"].value() == "Kept words"
    line.refresh_from_db()
    assert (line.name, line.revision, told()) == ("Foods", 1, [])


def test_a_stale_form_is_refused_with_what_to_do(client, staff):
    line = LineFactory(code="FDE", name="Foods")
    sent = line_form(line, name="Mine")
    client.post(page("businessline", "change", line.pk), line_form(line, name="Theirs"))

    answer = client.post(page("businessline", "change", line.pk), sent)

    assert answer.status_code == 422
    assert "Somebody else changed this record" in answer.content.decode()
    assert BusinessLine.objects.get(pk=line.pk).name == "Theirs"
    assert told() == [("line.updated", "")]


def test_the_history_of_a_record_is_our_own(client, staff):
    line = LineFactory(code="FDE", name="Foods")
    form = line_form(line, name="Foods Europe", why="Board, May")
    client.post(page("businessline", "change", line.pk), form, headers={"x-request-id": "req-0815-a"})

    text = client.get(page("businessline", "history", line.pk)).content.decode()

    for words in ("Ada Admin", "Foods → Foods Europe", "Board, May", "req-0815-a"):
        assert words in text


def test_a_long_history_is_told_by_the_page(client, staff):
    line = LineFactory()
    events = [
        ChangeEvent(
            at=timezone.now(), action="line.updated", object_type="coe.businessline", object_id=line.public_id, line_id=line.pk,
            object_label="x", why=f"reason {number:03d}",
        )
        for number in range(51)
    ]  # fmt: skip
    ChangeEvent.objects.bulk_create(events)

    first = client.get(page("businessline", "history", line.pk)).content.decode()
    second = client.get(page("businessline", "history", line.pk), {"p": 2}).content.decode()

    assert ("reason 050" in first, "reason 000" in first) == (True, False)
    assert ("reason 050" in second, "reason 000" in second) == (False, True)


def test_who_may_not_read_history_reads_none_here(client):
    line = LineFactory()
    viewer = RoleFactory(role=Role.VIEWER, line=line, user=UserFactory(is_staff=True)).user
    client.force_login(viewer, backend="coe.backends.HubBackend")

    assert (
        page("businessline", "history", line.pk)
        not in client.get(page("businessline", "change", line.pk)).content.decode()
    )
    assert client.get(page("businessline", "history", line.pk)).status_code == 403


def test_a_deed_asks_first_and_is_done_with_its_reason(client, staff):
    line = LineFactory(code="FDE")

    asked = client.post(page("businessline"), {"action": "archive", "_selected_action": [line.pk]})
    before = BusinessLine.objects.get(pk=line.pk).status
    done = act(client, "businessline", "archive", line, why="Sold")

    assert (asked.status_code, before, done.status_code) == (200, LineStatus.ACTIVE, 302)
    assert BusinessLine.objects.get(pk=line.pk).status == LineStatus.ARCHIVED
    act(client, "businessline", "restore", line)
    assert BusinessLine.objects.get(pk=line.pk).status == LineStatus.ACTIVE
    assert told() == [("line.archived", "Sold"), ("line.restored", "")]


def test_the_first_refusal_of_a_deed_undoes_all_of_it(client, staff):
    empty, busy = LineFactory(code="AAA"), LineFactory(code="BBB")
    AccountFactory(line=busy)

    answer = act(client, "businessline", "archive", empty, busy)

    assert answer.status_code == 422
    assert "Line BBB" in answer.content.decode()
    assert set(BusinessLine.objects.values_list("status", flat=True)) == {LineStatus.ACTIVE}
    assert told() == []


def test_more_than_a_hundred_at_once_are_refused(client, staff):
    TagFactory.create_batch(101)
    people = [UserFactory() for _ in range(101)]

    form = {"action": "deactivate", "_selected_action": [one.pk for one in people], "confirmed": "1"}
    answer = client.post(page("user"), form, follow=True)

    assert "at most 100" in answer.content.decode()
    assert told() == []


def test_what_others_need_is_not_taken_away(client, staff):
    calendar = WorkingCalendar.objects.create(code="paris", name="Paris")
    LineFactory(calendar=calendar)

    answer = client.post(page("workingcalendar", "delete", calendar.pk), {"post": "yes"}, follow=True)

    assert (WorkingCalendar.objects.count(), told()) == (1, [])
    assert answer.redirect_chain[-1][0] == page("workingcalendar", "change", calendar.pk)


def test_a_tag_is_taken_away_with_its_reason(client, staff):
    tag = TagFactory(name="b2b")
    AccountFactory().tags.add(tag)

    asked = client.get(page("tag", "delete", tag.pk)).content.decode()
    client.post(page("tag", "delete", tag.pk), {"post": "yes", "why": "Nobody says it"})

    assert "b2b" in asked
    assert (Tag.objects.count(), SocialAccount.objects.count()) == (0, 1)
    assert told() == [("tag.removed", "Nobody says it")]


def test_a_secret_is_shown_once_and_opens_the_door(client, staff):
    line = LineFactory(code="FDE")
    until = timezone.now() + dt.timedelta(days=30)
    form = {
        "name": "BI", "line": line.pk, "scopes": ["read"], "expires_at_0": f"{until:%Y-%m-%d}", "expires_at_1": "12:00:00",
        "why": "Dashboards",
    }  # fmt: skip

    answer = client.post(page("servicetoken", "add"), form)

    token = ServiceToken.objects.get()
    secret = answer.context["secret"]
    assert (answer.status_code, authenticate(secret, at=timezone.now())) == (200, token)
    assert secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert secret not in str(dict(client.session)) + str(client.cookies)
    assert secret not in client.get(page("servicetoken", "change", token.pk)).content.decode()
    act(client, "servicetoken", "revoke", token, why="Done")
    assert authenticate(secret, at=timezone.now()) is None
    assert told() == [("token.created", "Dashboards"), ("token.revoked", "Done")]


def test_a_token_without_a_scope_or_past_its_end_is_refused(client, staff):
    line = LineFactory()
    form = {
        "name": "BI",
        "line": line.pk,
        "scopes": ["read"],
        "expires_at_0": "2020-01-01",
        "expires_at_1": "12:00",
    }

    late = client.post(page("servicetoken", "add"), form)
    none = client.post(page("servicetoken", "add"), {**form, "scopes": []})

    assert (late.status_code, list(late.context["adminform"].form.errors)) == (422, ["expires_at"])
    assert "scopes" in none.context["adminform"].form.errors
    assert (ServiceToken.objects.count(), told()) == (0, [])


def test_a_person_leaves_and_comes_back(client, staff):
    person = UserFactory(name="Leo")
    held = RoleFactory(user=person, role=Role.LINE_LEAD)

    act(client, "user", "deactivate", person, why="Left")
    person.refresh_from_db()
    left = (person.is_active, RoleAssignment.objects.get(pk=held.pk).valid_until is not None)
    act(client, "user", "reactivate", person)
    person.refresh_from_db()

    assert (left, person.is_active) == ((False, True), True)
    assert ("person.deactivated", "Left") in told()


def test_a_role_gets_an_end_and_is_ended(client, staff):
    held = RoleFactory(role=Role.LINE_LEAD)
    until = timezone.now() + dt.timedelta(days=30)

    client.post(
        page("roleassignment", "change", held.pk),
        {
            "valid_until_0": f"{until:%Y-%m-%d}",
            "valid_until_1": "12:00:00",
            "expected_revision": held.revision,
        },
    )
    held.refresh_from_db()
    assert held.valid_until is not None
    act(client, "roleassignment", "end", held, why="Handed over")
    held.refresh_from_db()

    assert held.valid_until <= timezone.now()
    assert [action for action, _why in told()] == ["role.ended", "role.ended"]


def test_a_platform_is_added_decided_and_no_longer_offered(client, staff):
    form = {
        "code": "newnet", "name": "NewNet", "decision": "restricted", "hosts": '["newnet.example"]', "aliases": "[]", "handle_rules": "[]",
        "url_template": "https://newnet.example/{handle}", "is_active": "on", "why": "Asked by Foods",
    }  # fmt: skip

    answer = client.post(page("platform", "add"), form)

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    platform = Platform.objects.get(code="newnet")
    act(client, "platform", "retire", platform)
    platform.refresh_from_db()
    assert (platform.decision, platform.is_active) == ("restricted", False)
    assert told()[0] == ("platform.created", "Asked by Foods")


def account_form(client, account):
    """What the form of an account sends when nobody touched it."""
    form = client.get(page("socialaccount", "change", account.pk)).context["adminform"].form
    sent = {}
    for name, field in form.fields.items():
        value = (
            field.prepare_value(form.initial.get(name))
            if hasattr(field, "prepare_value")
            else form.initial.get(name)
        )
        if name == "last_post_at":
            continue
        sent[name] = ", ".join(value) if isinstance(value, list) else value
    return {name: value for name, value in sent.items() if value not in (None, False)}


def test_an_account_is_renamed_shared_and_edited_in_one_form(client, staff):
    other = LineFactory(code="SIB")
    account = AccountFactory(handle="before", platform=PlatformFactory(code="twitter"))
    sent = account_form(client, account)

    answer = client.post(
        page("socialaccount", "change", account.pk),
        {
            **sent,
            "handle": "after",
            "co_owners": "SIB",
            "purpose": "Support",
            "tags": "b2b",
            "why": "New brand",
        },
    )

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    account.refresh_from_db()
    assert (account.handle, account.purpose, list(account.co_owner_lines.all())) == (
        "after",
        "Support",
        [other],
    )
    assert [record.handle for record in HandleRecord.objects.filter(account=account)] == ["before"]
    assert told() == [
        ("account.renamed", "New brand"), ("account.shared", "New brand"), ("account.updated", "New brand"),
    ]  # fmt: skip


def test_a_password_pasted_into_an_account_is_refused_at_its_field(client, staff):
    account = AccountFactory()
    sent = account_form(client, account)

    answer = client.post(
        page("socialaccount", "change", account.pk), {**sent, "vault_reference": "password: hunter2!"}
    )

    assert answer.status_code == 422
    assert list(answer.context["adminform"].form.errors) == ["vault_reference"]
    account.refresh_from_db()
    assert (account.vault_reference, told()) == ("", [])


def test_accounts_move_from_state_to_state_by_the_same_rules(client, staff):
    waiting = AccountFactory(state=AccountState.REQUESTED)

    act(client, "socialaccount", "approve", waiting, why="Checked")
    refused = act(client, "socialaccount", "archive", waiting)

    waiting.refresh_from_db()
    assert (waiting.state, refused.status_code) == (AccountState.APPROVED, 422)
    assert told() == [("account.approve", "Checked")]


def test_lists_lead_to_import_export_and_the_hub(client, staff):
    text = client.get(page("businessline")).content.decode()

    for address in (
        "/lines/",
        "/imports/new/?kind=lines",
        "/export/lines/?format=csv",
        "/export/lines/?format=xlsx",
    ):
        assert f'href="{address}"' in text


@pytest.mark.parametrize("model", ["changeevent", "outboxmessage", "notice", "timer", "importbatch"])
def test_what_only_services_write_is_not_added_here(client, staff, model):
    assert client.post(page(model, "add"), {"x": "y"}).status_code == 403


def test_a_line_lead_revokes_nothing_here(client):
    token = TokenFactory()
    lead = RoleFactory(role=Role.LINE_LEAD, line=token.line, user=UserFactory(is_staff=True)).user
    client.force_login(lead, backend="coe.backends.HubBackend")

    act(client, "servicetoken", "revoke", token)

    token.refresh_from_db()
    assert (token.revoked_at, told()) == (None, [])


def test_a_line_lead_is_offered_only_people_of_their_lines(client):
    line = LineFactory()
    lead = RoleFactory(role=Role.LINE_LEAD, line=line, user=UserFactory(is_staff=True, name="Lea")).user
    RoleFactory(line=line, role=Role.VIEWER, user=UserFactory(name="Near"))
    RoleFactory(role=Role.VIEWER, user=UserFactory(name="Far"))
    client.force_login(lead, backend="coe.backends.HubBackend")

    asked = {"app_label": "coe", "model_name": "roleassignment", "field_name": "user", "term": ""}
    found = client.get("/admin/autocomplete/", asked).json()["results"]

    assert sorted(one["text"] for one in found) == ["Lea", "Near"]
