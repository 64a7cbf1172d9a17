"""Choosing a line: from a list while there are few, by its code beyond."""

import pytest
from django import forms

from coe.forms.fields import FEW_LINES, LineField
from coe.models import BusinessLine
from tests.factories import LineFactory

pytestmark = pytest.mark.django_db


class Filter(forms.Form):
    line = LineField(BusinessLine.objects.none(), required=False, empty_label="All lines")

    def __init__(self, data):
        super().__init__(data)
        self.fields["line"].offer(BusinessLine.objects.order_by("code_key"))


@pytest.mark.parametrize(("count", "is_list"), [(1, True), (FEW_LINES, True), (FEW_LINES + 1, False)])
def test_a_line_is_chosen_from_a_list_while_there_are_few(count, is_list, django_assert_num_queries):
    for n in range(count):
        LineFactory(code=f"L{n:03d}")

    with django_assert_num_queries(1):
        form = Filter({})
        html = str(form["line"])

    assert ("<select" in html, html.count("<option")) == ((True, count + 1) if is_list else (False, 0))
    chosen = Filter({"line": "L000"})
    assert (chosen.is_valid(), chosen.cleaned_data["line"].code) == (True, "L000")
    assert "L000" in str(chosen["line"])
    assert not Filter({"line": "nowhere"}).is_valid()
