import pytest
from django import forms
from django.template import Context
from django.test import RequestFactory

from coe.templatetags import lists


def reading(address: str) -> Context:
    return Context({"request": RequestFactory().get(address)})


@pytest.mark.parametrize(
    ("changes", "query"),
    [
        ({"sort": "name"}, "?q=a&col=x&col=y&sort=name"),
        ({"q": None}, "?col=x&col=y"),
        ({"col": ["z"]}, "?q=a&col=z"),
        ({"page": 3}, "?q=a&col=x&col=y&page=3"),
    ],
)
def test_an_address_keeps_its_filters_and_leaves_its_page(changes, query):
    assert lists.querystring_with(reading("/l?q=a&col=x&col=y&page=2&cursor=abc"), **changes) == query


def test_a_header_turns_its_order_and_says_it():
    assert 'aria-sort="ascending"' in lists.sort_th(reading("/l?sort=name"), "Name", "name")
    assert "sort=-name" in lists.sort_th(reading("/l?sort=name"), "Name", "name")
    assert 'aria-sort="descending"' in lists.sort_th(
        reading("/l"), "Followers", "followers", num=True, default="-followers"
    )
    assert lists.sort_th(reading("/l"), "Owner") == '<th scope="col">Owner</th>'


def test_hidden_inputs_escape_what_the_address_says():
    html = lists.hidden_query(reading("/l?q=%22%3E%3Cscript%3E&col=x"), "col")
    assert html == '<input type="hidden" name="q" value="&quot;&gt;&lt;script&gt;">'


def test_a_breadcrumb_links_all_but_the_last_step():
    html = lists.breadcrumb("Lines", "/lines/", "<b>")
    assert html == '<nav class="crumbs" aria-label="Breadcrumb"><a href="/lines/">Lines</a> / &lt;b&gt;</nav>'


class Sample(forms.Form):
    name = forms.CharField(help_text="As people say it.")
    stage = forms.ChoiceField(choices=[("c", "Crawl")], widget=forms.RadioSelect)


def test_a_field_ties_its_hint_and_error_to_its_control():
    drawn = lists.field(Sample({})["name"])
    assert 'aria-describedby="id_name_hint id_name_error"' in drawn["control"]
    assert 'aria-invalid="true"' in drawn["control"]
    assert 'class="form-control is-invalid"' in drawn["control"]


def test_a_group_carries_its_notes_on_the_fieldset_not_on_each_choice():
    drawn = lists.field(Sample({})["stage"])
    assert drawn["group"] is True
    assert drawn["described_by"] == "id_stage_error"
    assert "form-check-input" not in drawn["control"]
