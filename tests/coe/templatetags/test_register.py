"""A row of the register says what its columns ask for, escapes what people wrote and links only to lines one may read."""

import pytest
from django.http import QueryDict
from django.utils import translation

from coe.forms.account_table import COLUMNS, ROW_FIELDS
from coe.forms.tables import BulkAction, Table
from coe.models import SocialAccount
from coe.templatetags.register import account_mfa, account_row, account_state
from tests.factories import AT, AccountFactory, LineFactory, UserFactory

pytestmark = pytest.mark.django_db


def table(*columns, **more):
    query = QueryDict(mutable=True)
    query.setlist("col", list(columns))
    return Table(id="a", label="", columns=COLUMNS, query=query, row_template="", **more)


def test_a_row_says_what_every_column_asks_for(django_assert_num_queries):
    account = AccountFactory(
        handle="ours", display_name="Our company", line=LineFactory(code="FDE", name="Germany"), tier=2,
        primary_owner=UserFactory(name="Ada"), backup_owner=UserFactory(name="Bob", is_active=False), mfa_state="off",
        last_post_at=AT, updated_at=AT,
    )  # fmt: skip
    row = (
        SocialAccount.objects.select_related("platform", "line", "primary_owner", "backup_owner")
        .only(*ROW_FIELDS)
        .get()
    )

    with django_assert_num_queries(0):
        html = account_row(row, table(*(column.key for column in COLUMNS)), {row.line_id})

    assert html.startswith(f'<tr><th scope="row"><a href="/accounts/{account.public_id}/">ours</a><br>')
    assert html.count("<td") == len(COLUMNS) - 1
    for words in (
        "Our company",
        "Active",
        '<td class="num" data-label="Tier">2</td>',
        "Ada",
        "Bob",
        "left",
        "Off",
        "<time",
    ):
        assert words in html
    assert '<a href="/lines/FDE/">Germany</a>' in html
    assert '<td data-label="Primary owner">Ada</td>' in html


def test_a_row_shows_the_columns_that_were_chosen_and_a_tick():
    row = AccountFactory(handle="ours")

    html = account_row(row, table("tier", bulk=(BulkAction("edit", "Edit"),)), ())

    assert html.count("<td") == 2
    assert f'name="id" value="{row.public_id}"' in html
    assert "Select ours" in html


def test_a_line_that_one_may_not_read_is_named_and_not_linked():
    row = AccountFactory(line=LineFactory(code="FDE", name="Germany"))

    html = account_row(row, table("line"), {row.line_id + 1})

    assert "<td>Germany</td>" in html


def test_a_row_escapes_what_people_wrote():
    hostile = "<script>x</script>"
    row = AccountFactory(
        handle=hostile, display_name=f"{hostile}2", line=LineFactory(name=hostile), primary_owner=UserFactory(name=hostile)
    )  # fmt: skip
    row.platform.name = hostile

    html = account_row(row, table(bulk=(BulkAction("edit", "Edit"),)), {row.line_id})

    assert "<script" not in html
    assert html.count("&lt;script&gt;") >= 6


def test_nobody_is_said_in_words_of_the_reader():
    row = AccountFactory()

    assert account_row(row, table(), ()).count("nobody yet") == 2
    with translation.override("fr"):
        assert "nobody yet" not in account_row(row, table(), ())


@pytest.mark.parametrize(
    ("state", "tone"), [("active", "good"), ("compromised", "bad"), ("dormant", "care"), ("archived", "void")]
)
def test_a_state_has_its_tone(state, tone):
    pill = account_state(SocialAccount(state=state))

    assert f"v-{tone}" in pill
    assert state.capitalize() in pill


@pytest.mark.parametrize(("state", "tone"), [("on", "good"), ("off", "bad"), ("unknown", "void")])
def test_a_second_factor_has_its_tone(state, tone):
    assert f"v-{tone}" in account_mfa(SocialAccount(mfa_state=state))
