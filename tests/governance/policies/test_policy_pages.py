"""Policies on the pages: written, judged, published with its warning, compared, imported, adopted; and what others do not see."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings

from coe.enums.roles import Role
from coe.models import ChangeEvent
from coe.selectors.duties import duties_of
from governance.library import shipped
from governance.models import AudienceRule, Policy, PolicyVersion
from governance.selectors.audience import Rule
from governance.selectors.policy_library import models
from governance.services.audience import set_audience
from tests.factories import UserFactory
from tests.governance.world import BY, approved, drafted, next_published, policy, published, submitted

pytestmark = pytest.mark.django_db
ABOUT = {
    "code": "use", "type": "employee_use", "title_en": "Use", "title_fr": "Usage", "review_months": "6", "quorum": "1", "grace_days": "30",
    "exception_days": "90", "is_acknowledged": "on",
}  # fmt: skip
AT = "/policies/use/"
V1 = f"{AT}versions/1.0/"


def words_of(page):
    return page.content.decode()


def errors_of(page):
    return sorted(page.context["form"].errors)


def test_a_policy_is_written_judged_and_published_without_a_script(hub, log_in, at):
    ren = log_in(name="Ren", email="ren@example.com")
    assert hub.post("/policies/new/", ABOUT)["Location"] == AT
    assert hub.post(f"{AT}act/", {"action": "draft"})["Location"] == f"{V1}edit/"
    draft = {
        "text_en": "# Hello\n\n**Bold** {{company}}",
        "text_fr": "# Bonjour",
        "is_material": "on",
        "revision": "1",
    }
    preview = words_of(hub.post(f"{V1}edit/", {**draft, "action": "preview"}))
    assert ("<h2>Hello</h2>" in preview, PolicyVersion.objects.get().texts.count()) == (True, 0)
    script = hub.post(f"{V1}edit/", {**draft, "text_fr": "<script>x</script>", "action": "save"})
    assert (script.status_code, errors_of(script)) == (422, ["text_fr"])
    assert hub.post(f"{V1}edit/", {**draft, "action": "save"})["Location"] == V1
    early = hub.post(f"{V1}submit/", {"reviewers": "ren@example.com", "revision": "2"})
    assert (early.status_code, errors_of(early)) == (422, ["__all__"])
    hub.post(f"{V1}edit/", {**draft, "text_en": "# Hello\n\nAll", "revision": "2", "action": "save"})

    nobody = hub.post(f"{V1}submit/", {"reviewers": "who@example.com", "revision": "3"})
    own = hub.post(f"{V1}submit/", {"reviewers": "hanna@example.com", "revision": "3"})
    assert (errors_of(nobody), errors_of(own)) == (["reviewers"], ["reviewers"])
    assert [ren.get(path).status_code for path in (AT, V1, f"{V1}review/")] == [404, 404, 404]
    hub.post(f"{V1}submit/", {"reviewers": "ren@example.com", "due_at": "2026-12-01T12:00", "revision": "3"})
    assert [ren.get(path).status_code for path in (AT, V1, f"{V1}review/")] == [200, 200, 200]
    assert [one.url for one in duties_of([ren.user], at=at)[ren.user.pk]] == [f"{V1}review/"]
    assert hub.get(f"{V1}review/").status_code == 404
    sha256 = PolicyVersion.objects.get().sha256
    asked = ren.post(f"{V1}review/", {"outcome": "changes", "sha256": sha256})
    assert (asked.status_code, errors_of(asked)) == (422, ["note"])
    assert ren.post(f"{V1}review/", {"outcome": "approved", "sha256": sha256})["Location"] == V1
    assert ren.get(f"{V1}publish/").status_code == 403

    set_audience(Policy.objects.get(), rules=[Rule()], by=BY, at=at)
    page = hub.get(f"{V1}publish/")
    assert "It asks 2 people to acknowledge it." in words_of(page)
    assert "It voids no acknowledgement." in words_of(page)
    refused = hub.post(f"{V1}publish/", {"confirm": "0" * 64})
    assert (refused.status_code, PolicyVersion.objects.get().state) == (409, "approved")
    hub.post(
        f"{V1}publish/",
        {"confirm": page.context["effects"].token, "revision": page.context["version"].revision},
    )
    version = PolicyVersion.objects.get()
    assert (version.state, version.published_by, version.published_at) == ("published", hub.user, at)
    assert hub.post(f"{V1}publish/", {"confirm": page.context["effects"].token}).status_code == 409
    reader = log_in(language="fr")
    french = words_of(reader.get(AT))
    assert ("Bonjour" in french, "Hello" in words_of(reader.get(f"{AT}?language=en"))) == (True, True)
    assert "<h2>Hello</h2>" in words_of(reader.get("/policies/use/versions/1.0/en.html"))


def test_what_changed_is_told_beside_each_other_and_escaped(hub, at):
    first = published(texts={"en": "Keep.\nBe `<b>` kind.", "fr": "Gardez."})
    next_published(first, at=at, texts={"en": "Keep.\nBe `<i>` kind.", "fr": "Gardez."}, change_note="Kinder")

    # Unnamed, it is the version before; the first has none.
    unnamed = hub.get("/policies/use/versions/2.0/changes/?language=en")
    assert unnamed.context["other"].number == "1.0"
    assert hub.get("/policies/use/versions/1.0/changes/").status_code == 404
    page = words_of(hub.get("/policies/use/versions/2.0/changes/?from=1.0&language=en"))
    assert ("Be `&lt;<del>b</del>" in page, "<ins>i</ins>" in page, "<b>" in page) == (True, True, False)
    assert "same in this language" in words_of(
        hub.get("/policies/use/versions/2.0/changes/?from=1.0&language=fr")
    )
    assert [
        hub.get(f"/policies/use/versions/{number}/changes/?from=1.0").status_code
        for number in ("3.0", "x", "9" * 30, "1.٣x")
    ] == [404, 404, 404, 404]
    assert hub.get("/policies/use/versions/2.0/en.exe").status_code == 404


def test_drafts_are_for_those_who_write_and_review_them(hub, lead, auditor, at):
    published("open")
    draft = drafted(policy("use"))
    archived = published("gone").policy
    hub.post("/policies/gone/act/", {"action": "archive", "reason": "Old"})
    for reader in (lead, auditor):
        assert [reader.get(path).status_code for path in (AT, V1, f"{V1}en.md", "/policies/open/", "/policies/new/")] == [
            404, 404, 404, 200, 403,
        ]  # fmt: skip
        assert [row[0].code for row in reader.get("/policies/").context["rows"]] == ["open"]
    assert [row[0].code for row in hub.get("/policies/").context["rows"]] == ["open", "use"]
    assert "gone" in [row[0].code for row in hub.get("/policies/?archived=1").context["rows"]]
    hub.post("/policies/gone/act/", {"action": "restore"})
    archived.refresh_from_db()
    assert archived.archived_at is None
    # Discarded, and drafted again from its words.
    hub.post(f"{V1}act/", {"action": "discard", "reason": "Later", "revision": draft.revision})
    assert (
        hub.post(f"{AT}act/", {"action": "draft", "source": str(draft.public_id)})["Location"] == f"{V1}edit/"
    )
    assert PolicyVersion.objects.get(state="draft").texts.count() == 2


def test_an_owner_says_that_no_change_is_needed_and_is_reminded_before(log_in, at):
    owner = log_in(name="Own")
    one = published(owner=owner.user, review_months=12).policy
    Policy.objects.update(next_review_on=dt.date(2026, 12, 20))
    duty = duties_of([owner.user], at=at)[owner.user.pk][0]
    assert (duty.kind, duty.url, duty.remind_days) == ("policy.renew", AT, (60, 30, 7))
    owner.post(f"{AT}act/", {"action": "renew", "reason": "Read it"})
    one.refresh_from_db()
    assert (one.next_review_on, duties_of([owner.user], at=at)[owner.user.pk]) == (dt.date(2027, 11, 23), [])
    assert owner.post(f"{AT}act/", {"action": "draft"}).status_code == 403
    Policy.objects.update(next_review_on=dt.date(2026, 11, 1))
    owner.user.is_active = False
    owner.user.save()
    lead = log_in(Role.HUB_LEAD)
    # What the owner left behind is a duty of the hub's, too.
    found = [one.kind for one in duties_of([lead.user], at=at)[lead.user.pk]]
    assert found == ["policy.renew", "person.left"]


def test_a_file_becomes_a_draft_and_the_export_reads_back(hub, at):
    def send(text, name="moderation.md", **fields):
        return hub.post("/policies/import/", {"file": SimpleUploadedFile(name, text.encode()), **fields})

    made = send(
        "---\ntitle: Modération\nlang: fr\ntype: moderation\nredirect_from: x\n---\n\n## 1. Objet\n\nTexte.\n"
    )
    assert made["Location"] == "/policies/moderation/versions/1.0/"
    send("# Moderation\n\nWords.", language="en")
    version = PolicyVersion.objects.get()
    assert dict(version.texts.values_list("language", "body")) == {
        "en": "# Moderation\n\nWords.\n", "fr": "## 1. Objet\n\nTexte.\n",
    }  # fmt: skip
    assert (version.policy.titles, version.policy.type) == (
        {"fr": "Modération", "en": "Moderation"},
        "moderation",
    )
    told = words_of(hub.get("/policies/moderation/versions/1.0/fr.md"))
    send(told, name="x.md")
    version.refresh_from_db()
    assert (version.texts.get(language="fr").body, PolicyVersion.objects.count()) == (
        "## 1. Objet\n\nTexte.\n",
        1,
    )
    before = ChangeEvent.objects.count()
    for text, fields in (
        ("---\na: [\n---\nx", {}), ("---\ntitle: x\n---\n", {}), ("<script>x</script>", {}),
        ("x", {"type": "nothing"}), ("x", {"code": "new"}),
    ):  # fmt: skip
        assert send(text, **fields).status_code == 422, text
    hub.post("/policies/import/", {"file": SimpleUploadedFile("x.md", b"\xff\xfe\x00")})
    assert ChangeEvent.objects.count() == before


def test_a_model_text_is_adopted_once_and_its_later_wording_is_news(hub, monkeypatch):
    kind = "employee_use"
    blanks = {f"company_{code}": "Northwind" for code in ("en", "fr")}
    made = hub.post(f"/policies/library/{kind}/", {**blanks, "action": "adopt"})
    assert made["Location"] == "/policies/employee-use/versions/1.0/"
    one = Policy.objects.get()
    text = one.versions.get().texts.get(language="fr").body
    assert ("Northwind" in text, "{{company}}" in text, "{{hub_contact}}" in text) == (True, False, True)
    assert list(AudienceRule.objects.values_list("policy__code", "role", "line", "platform")) == [
        ("employee-use", "", None, None)
    ]
    assert (one.library_code, one.titles) == (kind, dict(shipped().policy(kind).titles))
    assert [row.is_changed for row in models() if row.policy] == [False]

    ChangeEvent.objects.filter(action="policy.adopted").update(changes={"library_sha256": [None, "0" * 64]})
    assert "The model has changed" in words_of(hub.get("/policies/library/"))
    refused = hub.post(f"/policies/library/{kind}/", {"action": "adopt"})
    assert (refused.status_code, Policy.objects.count(), PolicyVersion.objects.count()) == (422, 1, 1)
    hub.post("/policies/employee-use/versions/1.0/act/", {"action": "discard", "reason": "x"})
    hub.post(f"/policies/library/{kind}/", {**blanks, "action": "adopt"})
    assert [row.is_changed for row in models() if row.policy] == [False]
    assert hub.get("/policies/library/nothing/").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_lists_cost_the_same_for_one_policy_and_three(hub, django_assert_num_queries, count):
    for number in range(count):
        approved(drafted(published(f"p{number}", owner=UserFactory()).policy))
    submitted(drafted(policy("last")))
    hub.get("/policies/")

    with django_assert_num_queries(6):
        hub.get("/policies/")


@override_settings(LANGUAGE_CODE="en")
def test_effects_are_told_before_a_version_voids_anything(hub, at):
    first = published()
    from governance.models import Acknowledgement

    text = first.texts.get(language="en")
    for person in UserFactory.create_batch(2):
        Acknowledgement.objects.create(
            version=first, person=person, answer="accepted", language="en", sha256=text.sha256, at=at, person_name=str(person)
        )  # fmt: skip
    version = approved(drafted(first.policy, at=at), at=at)
    page = hub.get("/policies/use/versions/2.0/publish/")
    assert "It voids 2 acknowledgements, which are asked for afresh." in words_of(page)
    # Somebody acknowledges in between: what was confirmed is no longer what would happen.
    Acknowledgement.objects.create(
        version=first,
        person=UserFactory(),
        answer="accepted",
        language="en",
        sha256=text.sha256,
        at=at,
        person_name="Late",
    )
    late = hub.post(
        "/policies/use/versions/2.0/publish/",
        {"confirm": page.context["effects"].token, "revision": str(version.revision)},
    )
    version.refresh_from_db()
    assert (late.status_code, version.state, "It voids 3" in words_of(late)) == (409, "approved", True)
    assert BY.label == "tests"
