"""Writing to lines."""

import pytest

from coe.enums.lines import LineStatus
from coe.models import BusinessLine, ChangeEvent, JournalEntry
from tests.factories import AccountFactory

pytestmark = pytest.mark.django_db


def test_a_line_is_created_below_a_parent(hub, tree):
    answer = hub.post(
        "/new-line/",
        {
            "code": "LGE",
            "name": "Logistics",
            "kind": "line",
            "parent": tree.europe.pk,
            "is_spoke": "on",
            "tags": "b2b, new",
        },
    )

    line = BusinessLine.objects.get(code="LGE")
    assert (answer.status_code, answer.url) == (302, "/lines/LGE/")
    assert (line.parent, line.depth, line.is_spoke) == (tree.europe, 1, True)
    assert sorted(line.tags.values_list("name", flat=True)) == ["b2b", "new"]


def test_a_line_with_a_taken_code_is_refused_beside_the_field(hub, tree):
    answer = hub.post("/new-line/", {"code": "fde", "name": "Again", "kind": "line"})

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["code"]
    assert BusinessLine.objects.count() == 3


def test_a_line_lead_edits_words_but_not_the_place(lead, tree):
    answer = lead.post(
        "/lines/FDE/edit/",
        {
            "name": "Foods and drinks",
            "description": "All food.",
            "code": "HACK",
            "revision": tree.foods.revision,
        },
    )

    tree.foods.refresh_from_db()
    assert answer.status_code == 302
    assert (tree.foods.name, tree.foods.description, tree.foods.code) == (
        "Foods and drinks",
        "All food.",
        "FDE",
    )


def test_an_edit_of_an_old_revision_is_refused(hub, tree):
    BusinessLine.objects.filter(pk=tree.foods.pk).update(revision=5)

    answer = hub.post("/lines/FDE/edit/", {"code": "FDE", "name": "Late", "kind": "line", "revision": 1})

    tree.foods.refresh_from_db()
    assert answer.status_code == 422
    assert tree.foods.name == "Foods Europe"


def test_a_line_moves_with_all_below(hub, tree):
    answer = hub.post("/lines/FDE/move/", {"parent": tree.america.pk, "revision": tree.foods.revision})

    tree.foods.refresh_from_db()
    assert answer.status_code == 302
    assert tree.foods.parent == tree.america


def test_a_line_with_accounts_is_not_archived_and_says_why(hub, tree):
    account = AccountFactory(line=tree.foods)

    answer = hub.post("/lines/FDE/archive/", {"step": "archive", "revision": 1, "why": "closed"})

    tree.foods.refresh_from_db()
    assert answer.status_code == 422
    assert account.handle in answer.content.decode()
    assert tree.foods.status == LineStatus.ACTIVE
    assert not ChangeEvent.objects.exists()


def test_a_line_is_archived_and_restored(hub, tree):
    read = []
    for why in ("closed", "open again"):
        form = hub.get("/lines/FDE/archive/").context["form"]
        hub.post("/lines/FDE/archive/", {**form.initial, "why": why})
        read.append((form.initial["step"], BusinessLine.objects.get(code="FDE").status))

    assert read == [("archive", LineStatus.ARCHIVED), ("restore", LineStatus.ACTIVE)]


def test_an_archive_form_sent_twice_does_not_restore(hub, tree):
    sent = {**hub.get("/lines/FDE/archive/").context["form"].initial, "why": "closed"}
    hub.post("/lines/FDE/archive/", sent)
    events = ChangeEvent.objects.count()

    answer = hub.post("/lines/FDE/archive/", sent)

    assert answer.status_code == 422
    assert BusinessLine.objects.get(code="FDE").status == LineStatus.ARCHIVED
    assert ChangeEvent.objects.count() == events


def test_an_archive_without_the_revision_it_was_read_at_is_refused(hub, tree):
    answer = hub.post("/lines/FDE/archive/", {"step": "archive", "why": "closed"})

    assert answer.status_code == 422
    assert BusinessLine.objects.get(code="FDE").status == LineStatus.ACTIVE


@pytest.mark.parametrize("step", ["edit", "move", "archive"])
def test_a_line_of_others_is_not_found(lead, tree, step):
    assert lead.get(f"/lines/US/{step}/").status_code == 404


@pytest.mark.parametrize("step", ["move", "archive"])
def test_a_line_lead_may_not_change_the_tree(lead, tree, step):
    assert lead.post(f"/lines/FDE/{step}/", {"why": "x"}).status_code == 403


def test_a_note_is_written_in_the_journal_of_a_line(lead, tree):
    answer = lead.post("/lines/FDE/journal/", {"body": "Agreed with the region."})

    assert (answer.status_code, answer.url) == (302, "/lines/FDE/#journal")
    assert list(JournalEntry.objects.values_list("object_id", "line", "body")) == [
        (tree.foods.public_id, tree.foods.pk, "Agreed with the region.")
    ]
    assert "Agreed with the region." in lead.get("/lines/FDE/").content.decode()


def test_an_empty_note_writes_nothing(lead, tree):
    lead.post("/lines/FDE/journal/", {"body": " "})

    assert not JournalEntry.objects.exists()
