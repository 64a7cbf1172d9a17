"""Settings of the organisation, tags, and names of saved views."""

import pytest

from coe.enums.roles import Role
from coe.models import ChangeEvent, Organisation, SavedFilter, Tag
from coe.services.organisation import organisation
from tests.factories import AccountFactory, TagFactory

pytestmark = pytest.mark.django_db
SETTINGS = {
    "name": "Northwind",
    "time_zone": "Europe/Paris",
    "language": "fr",
    "corporate_domains": "northwind.example, nw.example",
    "dormancy_days": "60",
    "open_scorecards": "on",
}


@pytest.fixture
def administrator(log_in):
    """An administrator's browser."""
    return log_in(Role.ADMINISTRATOR)


def test_an_administrator_changes_the_settings(administrator):
    answer = administrator.post(
        "/organisation/", {**SETTINGS, "revision": organisation().revision, "why": "Set up"}
    )

    row = Organisation.objects.get()
    assert answer.status_code == 302
    assert (
        row.name,
        row.time_zone,
        row.language,
        row.corporate_domains,
        row.dormancy_days,
        row.open_scorecards,
    ) == (
        "Northwind",
        "Europe/Paris",
        "fr",
        ["northwind.example", "nw.example"],
        60,
        True,
    )
    assert ChangeEvent.objects.get().why == "Set up"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"corporate_domains": "not a domain"}, "corporate_domains"),
        ({"dormancy_days": "0"}, "dormancy_days"),
        ({"name": ""}, "name"),
        ({"language": "xx"}, "language"),
    ],
)
def test_settings_that_make_no_sense_are_refused_at_their_field(administrator, wrong, field):
    organisation()

    answer = administrator.post("/organisation/", {**SETTINGS, **wrong})

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert Organisation.objects.get().name == "My company"


def test_settings_are_for_administrators(hub):
    assert hub.get("/organisation/").status_code == 403


def test_a_tag_is_renamed_and_an_old_form_is_refused(hub):
    tag = TagFactory(name="b2b")
    url = f"/tags/{tag.public_id}/"

    done = hub.post(url, {"action": "rename", "name": "Business", "revision": 1})
    late = hub.post(url, {"action": "rename", "name": "Late", "revision": 1})

    assert (done.status_code, late.status_code) == (302, 422)
    assert Tag.objects.get().name == "Business"


def test_a_tag_is_merged_into_another(hub):
    gone, kept = TagFactory(name="b2b"), TagFactory(name="business")
    account = AccountFactory()
    account.tags.add(gone)

    answer = hub.post(f"/tags/{gone.public_id}/", {"action": "merge", "into": kept.key})

    assert answer.status_code == 302
    assert [tag.name for tag in account.tags.all()] == ["business"]
    assert list(Tag.objects.values_list("name", flat=True)) == ["business"]


def test_a_merge_into_nothing_is_refused(hub):
    tag = TagFactory(name="b2b")

    answer = hub.post(f"/tags/{tag.public_id}/", {"action": "merge", "into": "nowhere"})

    assert answer.status_code == 422
    assert Tag.objects.count() == 1


def test_a_tag_is_removed_and_the_records_stay(hub):
    tag = TagFactory(name="b2b")
    account = AccountFactory()
    account.tags.add(tag)

    hub.post(f"/tags/{tag.public_id}/", {"action": "remove"})

    account.refresh_from_db()
    assert not Tag.objects.exists()


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_list_of_tags_asks_the_same_questions_for_one_and_three(
    hub, item_count, django_assert_num_queries
):
    for _ in range(item_count):
        tag = TagFactory()
        AccountFactory().tags.add(tag)
    hub.get("/tags/")

    with django_assert_num_queries(4):
        page = hub.get("/tags/")

    assert [(tag.line_count, tag.account_count) for tag in page.context["page"]] == [(0, 1)] * item_count


def test_a_line_lead_tidies_no_tags(lead):
    assert lead.get("/tags/").status_code == 403


@pytest.mark.parametrize("page", ["/lines/", "/metrics/", "/accounts/", "/people/"])
def test_every_list_keeps_its_views(lead, page):
    lead.post("/views/", {"path": page, "name": "Mine", "query": "q=foods"})

    assert [view["label"] for view in lead.get(page).context["saved"]] == ["Mine"]


def test_a_saved_view_is_renamed_and_keeps_its_query(lead):
    view = SavedFilter.objects.create(owner=lead.user, page="line-list", name="Old", query="q=foods")

    answer = lead.post(f"/views/{view.public_id}/rename/", {"name": "New"})

    assert (answer.status_code, answer.url) == (302, "/lines/?q=foods")
    assert SavedFilter.objects.get().name == "New"


@pytest.mark.parametrize("name", ["", "Taken"])
def test_a_saved_view_without_a_name_of_its_own_is_refused(lead, name):
    view = SavedFilter.objects.create(owner=lead.user, page="line-list", name="Old")
    SavedFilter.objects.create(owner=lead.user, page="line-list", name="Taken")

    answer = lead.post(f"/views/{view.public_id}/rename/", {"name": name})

    assert answer.status_code == 422
    assert sorted(SavedFilter.objects.values_list("name", flat=True)) == ["Old", "Taken"]
