"""The import wizard: upload, say what the columns mean, look, check, apply, undo; and the list of what was brought."""

import io
from datetime import timedelta

import pytest

from coe.enums.work import BatchState
from coe.models import BusinessLine, ImportBatch, SavedMapping
from coe.rules.principals import Actor
from coe.services.import_runs import carry_on
from coe.services.platforms import ensure_platforms
from coe.services.undo import undo_import
from tests.factories import BatchFactory, LineFactory, UserFactory

pytestmark = pytest.mark.django_db

LINES = "code,name\nNEW,New line\n,Nameless\n"
DIRTY = "Kürzel;Bezeichnung;Art\nNEW;Neu;brand\nX;Ix;planet\n"
MATCHED = {"column_0": "code", "column_1": "name", "column_2": "kind", "name": ""}


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


def _upload(client, text=LINES, kind="lines", name="my lines.csv", **more):
    file = io.BytesIO(text if isinstance(text, bytes) else text.encode())
    file.name = name
    return client.post("/imports/new/", {"kind": kind, "file": file, **more})


def _received(client, text=LINES, **more):
    _upload(client, text, **more)
    return ImportBatch.objects.latest("pk")


def _match(client, batch, **fields):
    return client.post(f"/imports/{batch.public_id}/columns/", fields)


def test_an_upload_waits_for_its_columns_and_writes_nothing_of_the_domain(hub, at):
    answer = _upload(hub)

    batch = ImportBatch.objects.get()
    assert (answer.status_code, answer.url) == (302, f"/imports/{batch.public_id}/columns/")
    assert (batch.state, batch.file_name, batch.by) == (BatchState.MATCHING, "my lines.csv", hub.user)
    assert carry_on(batch, at=at).state == BatchState.MATCHING
    assert not BusinessLine.objects.exists()


def test_a_file_without_content_is_refused_beside_the_field(hub):
    answer = _upload(hub, "")

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["file"])
    assert not ImportBatch.objects.exists()


def test_a_file_beyond_the_limit_is_refused_with_the_limit(hub, settings):
    settings.MAX_IMPORT_BYTES = 1_048_576
    answer = _upload(hub, b"code,name\n" + b"A,A\n" * 300_000)

    assert answer.status_code == 422
    assert "1 MB" in answer.context["form"].errors["file"][0]
    assert not ImportBatch.objects.exists()


def test_a_checked_import_says_what_it_would_do_then_does_it_then_takes_it_back(hub, at):
    batch = _received(hub)
    answer = _match(hub, batch, column_0="code", column_1="name")
    batch = carry_on(ImportBatch.objects.get(), at=at)
    url = f"/imports/{batch.public_id}/"

    before = hub.get(url)
    untouched = BusinessLine.objects.count()
    hub.post(f"{url}act/", {"action": "apply"})
    carry_on(ImportBatch.objects.get(), at=at)
    applied = set(BusinessLine.objects.values_list("code", flat=True))
    hub.post(f"{url}act/", {"action": "undo"})
    asked = ImportBatch.objects.get()
    waits = asked.state
    undone = undo_import(asked, by=Actor.system("test"), at=at + timedelta(days=400))

    assert answer.url == url
    assert (before.context["may_apply"], untouched) == (True, 0)
    assert [tile["value"] for tile in before.context["tiles"]] == [1, 0, 0, 0, 1]
    assert (applied, waits, undone.state) == ({"NEW"}, BatchState.UNDOING, BatchState.UNDONE)
    assert not BusinessLine.objects.exists()


def test_the_first_rows_are_shown_as_understood_with_problems_at_their_cells(hub):
    batch = _received(hub, DIRTY)

    page = hub.get(f"/imports/{batch.public_id}/columns/")
    preview = hub.post(
        f"/imports/{batch.public_id}/columns/",
        MATCHED | {"action": "preview"},
        headers={"HX-Request": "true"},
    )

    assert [row.label for row in page.context["form"].rows] == ["Kürzel", "Bezeichnung", "Art"]
    assert page.context["form"].rows[0].help_text == "NEW · X"
    good, bad = preview.context["preview"].rows
    assert ([cell.text for cell in good.cells], good.outcome) == (["NEW", "Neu", "brand"], "created")
    assert [cell.is_wrong for cell in bad.cells] == [False, False, True]
    assert "<html" not in preview.content.decode()
    assert not BusinessLine.objects.exists()
    assert ImportBatch.objects.get().state == BatchState.MATCHING


def test_columns_said_once_are_offered_for_the_next_file_with_this_header(hub, at):
    first = _received(hub, DIRTY)
    _match(hub, first, **MATCHED | {"name": "Quarterly"})
    second = _received(hub, "art;KÜRZEL; bezeichnung\nbrand;TWO;Zwei\n")

    page = hub.get(f"/imports/{second.public_id}/columns/")
    form = page.context["form"]

    saved = SavedMapping.objects.get()
    assert (saved.name, saved.kind, saved.owner) == ("Quarterly", "lines", hub.user)
    assert page.context["page"].offer.name == "Quarterly"
    assert form["name"].value() == "Quarterly"


def test_a_header_in_the_same_words_needs_no_matching(hub, at):
    _match(hub, _received(hub, DIRTY), **MATCHED | {"name": "Quarterly"})
    second = _received(hub, "Kürzel;Bezeichnung;Art\nTWO;Zwei;brand\n")

    form = hub.get(f"/imports/{second.public_id}/columns/").context["form"]
    _match(hub, second, **{name: form[name].value() or "" for name in form.fields})
    checked = carry_on(ImportBatch.objects.latest("pk"), at=at)

    assert (checked.mapping_name, checked.created, checked.rejected) == ("Quarterly", 1, 0)
    assert SavedMapping.objects.count() == 1


def test_a_taken_name_asks_before_it_replaces(hub):
    _match(hub, _received(hub, DIRTY), **MATCHED | {"name": "Quarterly"})
    other = _received(hub, "a;b\nNEW;Neu\n")
    said = {"column_0": "code", "column_1": "name", "name": "Quarterly"}

    refused = _match(hub, other, **said)
    kept = SavedMapping.objects.get().columns
    agreed = _match(hub, other, **said, replace="on")

    assert (refused.status_code, refused.context["form"].is_taken, kept) == (
        422,
        True,
        ["Kürzel", "Bezeichnung", "Art"],
    )
    assert (agreed.status_code, SavedMapping.objects.get().columns) == (302, ["a", "b"])


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"column_0": "code", "column_1": "code"}, "column_1"),
        ({"column_1": "name"}, "__all__"),
        ({"column_0": "no_such_field"}, "column_0"),
    ],
)
def test_columns_that_make_no_sense_are_refused_and_the_file_waits(hub, said, field):
    batch = _received(hub, DIRTY)

    answer = _match(hub, batch, **said)

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert (ImportBatch.objects.get().state, SavedMapping.objects.count()) == (BatchState.MATCHING, 0)


def test_what_no_column_says_is_written_once_for_every_row(hub, at):
    LineFactory(code="EU")
    ensure_platforms(by=Actor.system("test"), at=at)
    batch = _received(hub, "Konto\nacme\nbeta\n", kind="accounts")

    _match(hub, batch, column_0="handle", same_line="EU", same_platform="X")
    checked = carry_on(ImportBatch.objects.get(), at=at)

    assert (checked.rows, checked.created, checked.rejected) == (2, 2, 0)


def test_a_shipped_mapping_is_offered_by_its_header_and_reads_a_second_file(hub, at, real_data):
    legislators = real_data / "us-congress" / "legislators-social-media.yaml"
    batch = _received(hub, legislators.read_bytes(), kind="accounts", name="legislators-social-media.yaml")
    url = f"/imports/{batch.public_id}/columns/"

    page = hub.get(url)
    beside = io.BytesIO(
        b"- {id: {bioguide: W000187}, name: {official_full: Maxine Waters}, terms: [{type: rep}]}\n"
    )
    beside.name = "legislators-current.yaml"
    hub.post(url, {"mapping": "us_congress", "beside_0": beside})

    batch.refresh_from_db()
    assert (page.context["page"].offer.name, page.context["page"].is_by_hand) == ("us_congress", False)
    assert list(page.context["beside"].names.values()) == ["legislators-current.yaml"]
    assert len(page.context["preview"].rows) > 8
    assert (batch.state, batch.mapping_name) == (BatchState.UPLOADED, "us_congress")
    assert hub.get(f"/imports/{batch.public_id}/").context["kind"].code == "accounts"


def test_columns_can_be_changed_after_the_check_and_not_after_the_import(hub, at):
    batch = _received(hub, DIRTY)
    _match(hub, batch, **MATCHED)
    first = carry_on(ImportBatch.objects.get(), at=at)
    _match(hub, batch, column_0="code", column_1="name", name="")
    second = carry_on(ImportBatch.objects.get(), at=at)
    hub.post(f"/imports/{batch.public_id}/act/", {"action": "apply"})
    carry_on(ImportBatch.objects.get(), at=at)

    late = _match(hub, batch, **MATCHED)

    assert ((first.created, first.rejected), (second.created, second.rejected)) == ((1, 1), (2, 0))
    assert late.url == f"/imports/{batch.public_id}/"
    assert ImportBatch.objects.get().state == BatchState.APPLIED


def test_rejected_rows_are_downloaded_with_their_reason(hub, at):
    batch = _received(hub, "code,name\n,=HYPERLINK(1)\nOK,Fine\n")
    _match(hub, batch, column_0="code", column_1="name")
    carry_on(ImportBatch.objects.get(), at=at)

    answer = hub.get(f"/imports/{batch.public_id}/rejects/")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")

    assert text.splitlines()[0].startswith("row,field,code,message")
    assert "required" in text
    assert ",=HYPERLINK" not in text


def test_reasons_add_up_to_the_rows_that_were_left_out(hub, at):
    batch = _received(hub, "code,name,kind\n,A,\n,B,\nC,C,planet\nD,D,\nD,D,\n")
    _match(hub, batch, column_0="code", column_1="name", column_2="kind")
    carry_on(ImportBatch.objects.get(), at=at)

    page = hub.get(f"/imports/{batch.public_id}/")

    reasons = [(one["is_reject"], one["code"], one["count"]) for one, _word in page.context["reasons"]]
    assert reasons == [(True, "required", 2), (True, "choice_unknown", 1), (False, "doubled_row", 1)]
    assert [tile["value"] for tile in page.context["tiles"]] == [1, 0, 0, 1, 3]


@pytest.mark.parametrize("state", [BatchState.MATCHING, BatchState.READY])
def test_an_import_is_discarded(hub, state):
    batch = BatchFactory(by=hub.user, state=state)

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
    assert lead.get(f"/imports/{batch.public_id}/columns/").status_code == 404
    assert lead.post(f"/imports/{batch.public_id}/act/", {"action": "apply"}).status_code == 404


def test_an_auditor_sees_imports_and_starts_none(auditor):
    batch = BatchFactory(state=BatchState.READY)

    assert auditor.get(f"/imports/{batch.public_id}/").status_code == 200
    assert auditor.get(f"/imports/{batch.public_id}/columns/").status_code == 403
    assert auditor.post(f"/imports/{batch.public_id}/act/", {"action": "discard"}).status_code == 403
    assert _upload(auditor).status_code == 403
    assert ImportBatch.objects.count() == 1


def test_the_list_is_narrowed_by_who_what_and_when(hub, at):
    other = UserFactory(name="Otto")
    mine = BatchFactory(by=hub.user, kind="lines", file_name="b.csv", created_at=at, state=BatchState.APPLIED)
    his = BatchFactory(by=other, kind="people", file_name="a.csv", created_at=at - timedelta(days=3))

    def listed(**query):
        return [batch.pk for batch in hub.get("/imports/", query).context["table"].page]

    assert listed() == [his.pk, mine.pk]
    assert listed(sort="file") == [his.pk, mine.pk]
    assert listed(q="B.C") == listed(kind="lines") == listed(state="applied") == [mine.pk]
    assert listed(by=str(other.public_id)) == listed(until="2026-11-20") == [his.pk]
    assert listed(since="2026-11-23", until="2026-11-23") == [mine.pk]
    assert listed(by="nonsense", since="never") == [his.pk, mine.pk]


def test_an_empty_list_says_how_to_begin(hub, auditor):
    empty, narrowed = hub.get("/imports/"), hub.get("/imports/?q=x")

    assert empty.context["table"].empty["actions"][0]["url"] == "/imports/new/"
    assert narrowed.context["table"].empty["actions"] == []
    assert auditor.get("/imports/").context["table"].empty["actions"] == []


def test_an_empty_table_of_each_kind_can_be_downloaded(hub):
    answer = hub.get("/imports/template/people/")

    assert answer.content.decode("utf-8-sig").startswith("email,name,job_title")
    assert hub.get("/imports/template/dragons/").status_code == 404


@pytest.mark.parametrize("item_count", [1, 3])
def test_import_list_asks_the_same_questions_for_one_and_three(hub, item_count, django_assert_num_queries):
    for _ in range(item_count):
        BatchFactory(by=hub.user)
    hub.get("/imports/")

    with django_assert_num_queries(6):
        page = hub.get("/imports/")

    assert len(page.context["table"].page) == item_count
