"""How form widgets become HTML: as Django's templates do, but select boxes by string.

A filter bar offers a hundred options, and Django walks two templates for each of them; the markup is the same.
"""

from collections.abc import Mapping
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe


class HubRenderer(DjangoTemplates):
    """Django's renderer with a short way for select boxes."""

    def render(self, template_name: str, context: Any, request: Any = None) -> SafeString:
        """The widget's HTML."""
        if template_name == "django/forms/widgets/select.html":
            return _select(context["widget"])
        found: SafeString = super().render(template_name, context, request)
        return found


def _attributes(attributes: Mapping[str, Any]) -> str:
    return "".join(
        f" {name}" if value is True else f' {name}="{escape(str(value))}"'
        for name, value in attributes.items()
        if value is not False
    )


def _select(widget: Mapping[str, Any]) -> SafeString:
    parts = [f'<select name="{escape(widget["name"])}"{_attributes(widget["attrs"])}>']
    for name, options, _index in widget["optgroups"]:
        if name:
            parts.append(f'\n  <optgroup label="{escape(name)}">')
        parts += [
            f'\n  <option value="{escape(str(one["value"]))}"{_attributes(one["attrs"])}>{escape(one["label"])}</option>'
            for one in options
        ]
        if name:
            parts.append("\n  </optgroup>")
    return mark_safe(f"{''.join(parts)}\n</select>")  # noqa: S308 - every value is escaped above
