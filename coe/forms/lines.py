"""Forms of a line: create, edit, archive."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from coe.enums.lines import LineKind, LineStatus
from coe.forms.fields import LineField, WordsField, zone_choices
from coe.models import BusinessLine, WorkingCalendar

_PLAIN = ("code", "name", "kind", "is_spoke", "description", "time_zone")


class LineForm(forms.Form):
    """A line of business. `parents` are the lines the reader may hang it under."""

    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        help_text=_("Short and unique, such as FDE. Imports and the API find the line by it."),
    )
    name = forms.CharField(label=_("Name"), max_length=200)
    kind = forms.ChoiceField(label=_("Kind"), choices=LineKind.choices, initial=LineKind.LINE)
    parent = LineField(
        BusinessLine.objects.none(),
        label=_("Parent"),
        required=False,
        empty_label=_("None: directly under the hub"),
    )
    is_spoke = forms.BooleanField(
        label=_("Counts as a line of business"),
        required=False,
        initial=True,
        help_text=_("Regions that only group other lines usually do not."),
    )
    description = forms.CharField(
        label=_("Description"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False)
    calendar = forms.ModelChoiceField(
        WorkingCalendar.objects.none(),
        label=_("Working calendar"),
        required=False,
        empty_label=_("As the parent"),
    )
    tags = WordsField(label=_("Tags"), required=False, help_text=_("Words with commas between them."))
    why = forms.CharField(
        label=_("Why"),
        required=False,
        max_length=500,
        help_text=_("One sentence for the history: who asked, which ticket."),
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        parents: QuerySet[BusinessLine] | None = None,
        line: BusinessLine | None = None,
        whole: bool = True,
    ) -> None:
        super().__init__(data, initial=_initial(line) if line else None)
        self.fields["time_zone"].choices = [("", _("As the parent")), *zone_choices()]
        self.fields["calendar"].queryset = WorkingCalendar.objects.all()
        if line is None and parents is not None:
            self.fields["parent"].queryset = parents
        else:
            del self.fields["parent"]
        if not whole:
            for name in ("code", "kind", "is_spoke"):
                del self.fields[name]

    def values(self) -> dict[str, Any]:
        """Everything, for a new line."""
        return {name: value for name, value in self.cleaned_data.items() if name not in ("why", "revision")}

    def changes(self) -> dict[str, Any]:
        """What differs from the line as read."""
        return {name: value for name, value in self.values().items() if name in self.changed_data}


def _initial(line: BusinessLine) -> dict[str, Any]:
    return {name: getattr(line, name) for name in _PLAIN} | {
        "calendar": line.calendar_id,
        "tags": [tag.name for tag in line.tags.all()],
        "revision": line.revision,
    }


class MoveForm(forms.Form):
    """Another place in the tree."""

    parent = LineField(
        BusinessLine.objects.none(),
        label=_("New parent"),
        required=False,
        empty_label=_("None: directly under the hub"),
    )
    why = forms.CharField(label=_("Why"), required=False, max_length=500)
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, line: BusinessLine, parents: QuerySet[BusinessLine]
    ) -> None:
        super().__init__(data, initial={"parent": line.parent_id, "revision": line.revision})
        self.fields["parent"].queryset = parents


class WhyForm(forms.Form):
    """A step that asks for a reason: archive, end, revoke."""

    why = forms.CharField(label=_("Why"), required=False, max_length=500)


class ArchiveForm(WhyForm):
    """Archive or restore. The step and the revision are those of the page that was read, so a form sent twice does nothing twice."""

    step = forms.ChoiceField(choices=(("archive", ""), ("restore", "")), widget=forms.HiddenInput)
    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any] | None = None, *, line: BusinessLine) -> None:
        is_archived = line.status == LineStatus.ARCHIVED
        super().__init__(
            data, initial={"step": "restore" if is_archived else "archive", "revision": line.revision}
        )
