"""Lists and forms: addresses that keep their filters, sortable headers, breadcrumbs, tabs and form fields."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.template import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

PLACE_IN_LIST = ("page", "cursor")


def querystring_with(context: Context, **changes: Any) -> str:
    """The current query string with ``changes``; None or "" drops a key, a list repeats it. The page and cursor are
    dropped unless given: another filter starts at the top."""
    request = context.get("request")
    query = request.GET.copy() if request else QueryDict(mutable=True)
    for key in PLACE_IN_LIST:
        query.pop(key, None)
    for key, value in changes.items():
        if value is None or value == "":
            query.pop(key, None)
        elif isinstance(value, (list, tuple, set, frozenset)):
            query.setlist(key, [str(item) for item in value])
        else:
            query[key] = str(value)
    return f"?{query.urlencode()}" if query else "?"


def hidden_query(context: Context, *leave_out: str) -> SafeString:
    """The current query as hidden inputs, for a GET form beside the filters; place in the list is never kept."""
    request = context.get("request")
    pairs = [
        (key, value)
        for key, values in (request.GET.lists() if request else ())
        if key not in leave_out and key not in PLACE_IN_LIST
        for value in values
    ]
    return format_html_join("", '<input type="hidden" name="{}" value="{}">', pairs)


def sort_th(context: Context, label: str, key: str = "", num: bool = False, default: str = "") -> SafeString:
    """A header cell; with ``key`` a link that sorts by it, turning the order at the second press. ``default`` names the
    order used when the address has none (``-followers``)."""
    cls = mark_safe(' class="num"') if num else ""
    if not key:
        return format_html('<th scope="col"{}>{}</th>', cls, label)
    request = context.get("request")
    current = (request.GET.get("sort") if request else "") or default
    direction = {key: "ascending", f"-{key}": "descending"}.get(current, "none")
    turn = f"-{key}" if direction == "ascending" or (direction == "none" and num) else key
    arrow = {"ascending": " ↑", "descending": " ↓"}.get(direction, "")
    url = querystring_with(context, sort=turn)
    return format_html(
        '<th scope="col"{} aria-sort="{}"><a class="plain" href="{}" hx-get="{}">{}'
        '<span aria-hidden="true">{}</span></a></th>',
        cls, direction, url, url, label, arrow,
    )  # fmt: skip


def select_all_th(form_id: str = "") -> SafeString:
    """The header of the tick column; the box works with script, the column without."""
    return format_html(
        '<th scope="col"><input class="form-check-input m-0" type="checkbox" data-select-all hidden aria-label="{}"{}>'
        '<span class="visually-hidden">{}</span></th>',
        gettext("Select all on this page"),
        format_html(' form="{}"', form_id) if form_id else "",
        gettext("Select"),
    )


def select_td(value: Any, label: str, checked: bool = False, name: str = "id") -> SafeString:
    """A tick of one row; ``label`` names the row."""
    return format_html(
        '<td><input class="form-check-input m-0" type="checkbox" name="{}" value="{}" data-select'
        ' aria-label="{}"{}></td>',
        name, value, gettext("Select %(row)s") % {"row": label}, mark_safe(" checked") if checked else "",
    )  # fmt: skip


def breadcrumb(*steps: Any, label: str = "") -> SafeString:
    """``{% breadcrumb "Lines" url "Europe" url "FDE" %}``: words and addresses in turn, the last without address."""
    pairs = [(steps[i], steps[i + 1] if i + 1 < len(steps) else "") for i in range(0, len(steps), 2)]
    pieces = [
        format_html('<a href="{}">{}</a>', url, words) if url else format_html("{}", words)
        for words, url in pairs
    ]
    return format_html(
        '<nav class="crumbs" aria-label="{}">{}</nav>',
        label or gettext("Breadcrumb"),
        format_html_join(" / ", "{}", ((piece,) for piece in pieces)),
    )


def _class_of(widget: forms.Widget) -> str:
    if isinstance(widget, (forms.RadioSelect, forms.CheckboxSelectMultiple)):
        return ""
    if isinstance(widget, forms.CheckboxInput):
        return "form-check-input"
    if isinstance(widget, forms.Select):
        return "form-select"
    return "form-control"


def field(bound: BoundField, hint: str = "", placeholder: str = "", label: str = "") -> dict[str, Any]:
    """Context of components/field.html: label, control, hint and errors, tied together by aria-describedby."""
    widget = bound.field.widget
    group = isinstance(widget, (forms.RadioSelect, forms.CheckboxSelectMultiple))
    hint = hint or bound.help_text
    ids = [f"{bound.auto_id}_hint"] * bool(hint) + [f"{bound.auto_id}_error"] * bool(bound.errors)
    attributes: dict[str, Any] = {}
    if not group:  # Django would put the class of a group on its wrapper as well
        classes = [widget.attrs.get("class", ""), _class_of(widget), "is-invalid" if bound.errors else ""]
        attributes["class"] = " ".join(filter(None, classes))
    if ids and not group:
        attributes["aria-describedby"] = " ".join(ids)
    if bound.errors and not group:
        attributes["aria-invalid"] = "true"
    if placeholder:
        attributes["placeholder"] = placeholder
    return {
        "bound": bound,
        "control": bound.as_widget(attrs=attributes),
        "hint": hint,
        "hint_id": f"{bound.auto_id}_hint",
        "error_id": f"{bound.auto_id}_error",
        "label": label or bound.label,
        "group": group,
        "check": isinstance(widget, forms.CheckboxInput),
        "file": isinstance(widget, forms.FileInput),
        "described_by": " ".join(ids),
        "optional": not bound.field.required and not isinstance(widget, forms.CheckboxInput),
    }


def compact_control(bound: BoundField) -> SafeString:
    """The bare control of a filter bar with the right class; the label stands around it."""
    widget = bound.field.widget
    return bound.as_widget(
        attrs={"class": " ".join(filter(None, [widget.attrs.get("class", ""), _class_of(widget)]))}
    )
