"""Select boxes are written by string and say what Django's templates say."""

import re

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.translation import gettext_lazy as _

from coe.forms.rendering import HubRenderer

CHOICES = [("", _("All lines")), (1, "<b>One</b>"), ("Group & Co", [("a", "A"), ("b", 'B "b"')])]


def squeezed(html):
    return re.sub(r"\s+", " ", html).strip()


@pytest.mark.parametrize("value", [None, "", 1, "1", "b", "nothing"])
@pytest.mark.parametrize("attrs", [{}, {"class": 'x"y', "required": True, "disabled": False, "data-n": 3}])
def test_a_select_box_is_djangos(value, attrs):
    widget = forms.Select(choices=CHOICES)

    ours = widget.render("line", value, attrs, renderer=HubRenderer())

    assert squeezed(ours) == squeezed(widget.render("line", value, attrs, renderer=DjangoTemplates()))


@pytest.mark.parametrize(
    ("widget", "value"),
    [
        (forms.SelectMultiple(choices=CHOICES), ["1", "a"]),
        (forms.NullBooleanSelect(), True),
        (forms.TextInput(attrs={"type": "search"}), "<words>"),
        (forms.RadioSelect(choices=CHOICES), "a"),
    ],
)
def test_other_widgets_are_djangos(widget, value):
    ours = widget.render("x", value, {"id": "id_x"}, renderer=HubRenderer())

    assert squeezed(ours) == squeezed(widget.render("x", value, {"id": "id_x"}, renderer=DjangoTemplates()))
