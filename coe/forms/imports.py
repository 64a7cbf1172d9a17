"""Forms of the import wizard: the file, then which column is which field."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from coe.services.importing import ImportKind


class UploadForm(forms.Form):
    """A file and what is in it. Nothing is written before the reader has seen what would happen."""

    kind = forms.ChoiceField(label=_("What is in the file"))
    file = forms.FileField(label=_("File"), help_text=_("CSV, XLSX, JSON or NDJSON, with a header row."))
    mapping = forms.ChoiceField(
        label=_("Columns"),
        required=False,
        help_text=_("Leave it automatic for a first try: the next page lets you match columns by hand."),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        files: Any = None,
        *,
        kinds: Sequence[ImportKind],
        mappings: Sequence[str],
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, files, initial=initial)
        self.fields["kind"].choices = [(kind.code, kind.label) for kind in kinds]
        self.fields["mapping"].choices = [
            ("", _("Columns are named as fields (automatic)")),
            *((name, name) for name in mappings),
        ]

    def clean_file(self) -> UploadedFile:
        """A file of a size the hub reads."""
        file: UploadedFile = self.cleaned_data["file"]
        if file.size is not None and file.size > settings.MAX_IMPORT_BYTES:
            raise forms.ValidationError(
                _("The file is larger than %(limit)d MB. Split it, or use the command line."),
                params={"limit": settings.MAX_IMPORT_BYTES // 1_048_576},
            )
        return file


class ColumnsForm(forms.Form):
    """For each field of the kind, the column of the file that holds it."""

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, fields: Sequence[str], columns: Sequence[str]
    ) -> None:
        super().__init__(data)
        choices = [("", _("not in the file")), *((name, name) for name in columns)]
        known = {name.casefold().replace(" ", "_"): name for name in columns}
        for name in fields:
            self.fields[name] = forms.ChoiceField(
                label=name.replace("_", " "),
                required=False,
                choices=choices,
                initial=known.get(name.casefold(), ""),
            )

    def clean(self) -> dict[str, Any]:
        """At least one field must be in the file."""
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not any(cleaned.values()):
            raise forms.ValidationError(_("Match at least one column."))
        return cleaned

    def document(self, kind: str) -> dict[str, Any]:
        """The mapping as the import reads it."""
        return {
            "name": "by_hand",
            "kind": kind,
            "fields": {name: column for name, column in self.cleaned_data.items() if column},
        }
