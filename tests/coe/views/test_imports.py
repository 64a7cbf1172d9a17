"""The import wizard: read first, decide, apply, undo."""

import io

import pytest

from coe.enums.work import BatchState
from coe.models import BusinessLine, ImportBatch
from coe.services.import_runs import carry_on
from tests.factories import BatchFactory

pytestmark = pytest.mark.django_db

LINES = "code,name\nNEW,New line\n,Nameless\n"


def _upload(client, text=LINES, kind="lines", **more):
    file = io.BytesIO(text.encode())
    file.name = "my lines.csv"
    return client.post("/imports/new/", {"kind": kind, "file": file, **more})


def test_an_upload_writes_nothing_of_the_domain(hub, at):
    answer = _upload(hub)

    batch = ImportBatch.objects.get()
    assert (answer.status_code, answer.url) == (302, f"/imports/{batch.public_id}/")
    assert (batch.state, batch.file_name, batch.by) == (BatchState.UPLOADED, "my lines.csv", hub.user)
    assert not BusinessLine.objects.exists()


def test_a_checked_import_says_what_it_would_do_then_does_it_then_takes_it_back(hub, at):
    _upload(hub)
    batch = carry_on(ImportBatch.objects.get(), at=at)
    url = f"/imports/{batch.public_id}/"

    before = hub.get(url)
    untouched = BusinessLine.objects.count()
    hub.post(f"{url}act/", {"action": "apply"})
    carry_on(ImportBatch.objects.get(), at=at)
    applied = set(BusinessLine.objects.values_list("code", flat=True))
    hub.post(f"{url}act/", {"action": "undo"})

    assert (before.context["may_apply"], untouched) == (True, 0)
    assert [tile["value"] for tile in before.context["tiles"]] == [1, 0, 0, 0, 1]
    assert applied == {"NEW"}
    assert not BusinessLine.objects.exists()


def test_rejected_rows_are_downloaded_with_their_reason(hub, at):
    _upload(hub, "code,name\n,=HYPERLINK(1)\nOK,Fine\n")
    batch = carry_on(ImportBatch.objects.get(), at=at)

    text = hub.get(f"/imports/{batch.public_id}/rejects/").content.decode("utf-8-sig")

    assert text.splitlines()[0].startswith("row,field,code,message")
    assert "required" in text
    assert ",=HYPERLINK" not in text


def test_columns_are_matched_by_hand_and_the_file_is_read_again(hub, at):
    _upload(hub, "Kürzel;Bezeichnung\nNEW;Neu\n")
    first = carry_on(ImportBatch.objects.get(), at=at)
    page = hub.get(f"/imports/{first.public_id}/")

    answer = hub.post(f"/imports/{first.public_id}/columns/", {"code": "Kürzel", "name": "Bezeichnung"})
    again = carry_on(ImportBatch.objects.exclude(pk=first.pk).get(), at=at)

    assert page.context["columns_form"] is not None
    assert answer.url == f"/imports/{again.public_id}/"
    assert (again.state, again.created) == (BatchState.READY, 1)


def test_an_import_is_discarded(hub, at):
    _upload(hub)
    batch = carry_on(ImportBatch.objects.get(), at=at)

    hub.post(f"/imports/{batch.public_id}/act/", {"action": "discard"})

    batch.refresh_from_db()
    assert batch.state == BatchState.DISCARDED


def test_the_page_asks_again_while_a_worker_is_busy(hub):
    batch = BatchFactory(state=BatchState.VALIDATING)

    page = hub.get(f"/imports/{batch.public_id}/", headers={"HX-Request": "true"}).content.decode()

    assert 'hx-trigger="every 2s"' in page
    assert "<html" not in page


def test_imports_of_others_are_not_found(lead, hub):
    batch = BatchFactory(by=hub.user, state=BatchState.READY)

    assert lead.get(f"/imports/{batch.public_id}/").status_code == 404
    assert lead.post(f"/imports/{batch.public_id}/act/", {"action": "apply"}).status_code == 404


def test_an_auditor_sees_imports_and_starts_none(auditor):
    batch = BatchFactory(state=BatchState.READY)

    assert auditor.get(f"/imports/{batch.public_id}/").status_code == 200
    assert auditor.post(f"/imports/{batch.public_id}/act/", {"action": "discard"}).status_code == 403
    assert _upload(auditor).status_code == 403
    assert ImportBatch.objects.count() == 1


@pytest.mark.parametrize("item_count", [1, 3])
def test_import_list_asks_the_same_questions_for_one_and_three(hub, item_count, django_assert_num_queries):
    for _ in range(item_count):
        BatchFactory(by=hub.user)
    hub.get("/imports/")

    with django_assert_num_queries(4):
        page = hub.get("/imports/")

    assert len(page.context["page"]) == item_count
