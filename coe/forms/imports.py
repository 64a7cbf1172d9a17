"""Forms of the import wizard: the file, how it is read, then what each column means."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _, gettext_lazy

from coe.enums.work import BatchState
from coe.forms.fields import DayInput
from coe.forms.import_words import field_word
from coe.intake.kinds import fields_of, guess_mapping
from coe.models import User
from coe.services.import_columns import BY_HAND, Offer, files_beside
from coe.services.importing import ImportKind

# What may be the same for every row, where the file has no column for it.
SAME = {
    "accounts": ("line", "platform"),
    "observations": ("line", "platform", "metric"),
    "people": (),
    "lines": (),
}
_CREATE = {"accounts": ("lines",), "observations": ("lines", "accounts", "metrics")}
_CREATE_WORDS = {
    "lines": gettext_lazy("Create lines that are not there yet"),
    "accounts": gettext_lazy("Register accounts that are not there yet"),
    "metrics": gettext_lazy("Add shipped metrics that are not in the dictionary yet"),
}


def too_large() -> forms.ValidationError:
    """The refusal of a file beyond the limit."""
    return forms.ValidationError(
        gettext_lazy("The file is larger than %(limit)d MB. Split it, or use the command line."),
        params={"limit": settings.MAX_IMPORT_BYTES // 1_048_576},
    )


class UploadForm(forms.Form):
    """A file and what is in it. Nothing is written before the reader has seen what would happen."""

    kind = forms.ChoiceField(label=gettext_lazy("What is in the file"), widget=forms.RadioSelect)
    file = forms.FileField(label=gettext_lazy("File"))

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        files: Any = None,
        *,
        kinds: Sequence[ImportKind],
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, files, initial=initial)
        self.fields["kind"].choices = [(kind.code, kind.label) for kind in kinds]
        self.fields["file"].help_text = _(
            "CSV, XLSX, JSON, NDJSON or YAML, up to %(limit)d MB, also packed as .gz. The next page shows how it is understood."
        ) % {"limit": settings.MAX_IMPORT_BYTES // 1_048_576}

    def clean_file(self) -> UploadedFile:
        """A file of a size the hub reads."""
        file: UploadedFile = self.cleaned_data["file"]
        if file.size is not None and file.size > settings.MAX_IMPORT_BYTES:
            raise too_large()
        return file


class ReadingForm(forms.Form):
    """How the file is read: by which mapping, which sheet, where the column names stand, whether computed values count."""

    mapping = forms.ChoiceField(label=gettext_lazy("Mapping"), required=False)
    sheet = forms.ChoiceField(label=gettext_lazy("Sheet"), required=False)
    header_row = forms.IntegerField(
        label=gettext_lazy("Column names in row"), required=False, min_value=1, max_value=100
    )
    formulas = forms.ChoiceField(
        label=gettext_lazy("Formulas"),
        required=False,
        choices=[("", gettext_lazy("refuse them")), ("computed", gettext_lazy("use the computed values"))],
    )

    def __init__(
        self,
        data: Mapping[str, Any],
        *,
        offers: Sequence[Offer] = (),
        sheets: Sequence[str] = (),
        is_tree: bool = False,
    ) -> None:
        super().__init__(data)
        self.fields["mapping"].choices = [
            *((one.name, one.title) for one in offers),
            (BY_HAND, gettext_lazy("Match columns by hand")),
        ]
        self.fields["sheet"].choices = [(name, name) for name in sheets]
        if not sheets:
            del self.fields["formulas"]
        if len(sheets) < 2:
            del self.fields["sheet"]
        if is_tree:
            del self.fields["header_row"]
        if not offers:
            del self.fields["mapping"]

    def reading(self) -> dict[str, Any]:
        """The part of a mapping document that says how to open the file."""
        self.is_valid()
        found = {name: self.cleaned_data.get(name) for name in ("sheet", "header_row", "formulas")}
        return {name: value for name, value in found.items() if value}


class ColumnsForm(forms.Form):
    """For each column of the file the field it holds; what is the same for every row; and a name to remember it by."""

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, kind: ImportKind, columns: Sequence[str], document: Mapping[str, Any] | None = None,
        samples: Mapping[str, Sequence[str]] | None = None, name: str = "", may_create: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(data)
        self.kind, self.columns = kind, tuple(columns)
        given = self._given(document)
        required = {one.name for one in fields_of(kind.code).values() if one.is_required}
        wanted = [*kind.fields, *(name for name in fields_of(kind.code) if name not in kind.fields)]
        choices = [
            ("", _("not imported")),
            *((name, field_word(kind.code, name) + (" *" if name in required else "")) for name in wanted),
        ]
        for place, column in enumerate(self.columns):
            self.fields[f"column_{place}"] = forms.ChoiceField(
                label=column, required=False, choices=choices, initial=given.get(column, ""),
                help_text=" · ".join((samples or {}).get(column, ())),
            )  # fmt: skip
        constants = {
            name: rule["constant"]
            for name, rule in (document or {}).get("fields", {}).items()
            if isinstance(rule, dict) and "constant" in rule
        }
        for one in SAME.get(kind.code, ()):
            self.fields[f"same_{one}"] = forms.CharField(
                label=field_word(kind.code, one), required=False, max_length=200, initial=constants.get(one, ""),
            )  # fmt: skip
        self.fields["date_order"] = forms.ChoiceField(
            label=gettext_lazy("Dates like 03/04/2026"), required=False, initial=(document or {}).get("date_order", ""),
            choices=[
                ("", gettext_lazy("say when in doubt")), ("day_first", gettext_lazy("day first")),
                ("month_first", gettext_lazy("month first")),
            ],
        )  # fmt: skip
        self.fields["numbers"] = forms.ChoiceField(
            label=gettext_lazy("Numbers like 1.234"), required=False, initial=(document or {}).get("numbers", ""),
            choices=[
                ("", gettext_lazy("say when in doubt")), ("plain", gettext_lazy("1234.5, no grouping")), ("comma_groups", "1,234.5"),
                ("dot_groups", "1.234,5"), ("space_groups", "1 234,5"), ("space_groups_dot", "1 234.5"),
            ],
        )  # fmt: skip
        created = (document or {}).get("create", {})
        for one in _CREATE.get(kind.code, ()) if may_create else ():
            self.fields[f"create_{one}"] = forms.BooleanField(
                label=_CREATE_WORDS[one], required=False, initial=bool(created.get(one))
            )
        self.fields["name"] = forms.CharField(
            label=gettext_lazy("Remember these columns as"), required=False, max_length=80, initial=name,
            help_text=gettext_lazy("A file with the same header is then read this way. Leave it empty to forget them."),
        )  # fmt: skip
        self.fields["replace"] = forms.BooleanField(
            label=gettext_lazy("Replace the mapping of this name"), required=False
        )
        self.is_taken = False

    def _given(self, document: Mapping[str, Any] | None) -> dict[str, str]:
        if not document:
            return {column: name for name, column in guess_mapping(self.columns, self.kind.code).items()}
        found = {}
        for name, rule in document.get("fields", {}).items():
            column = rule.get("column") if isinstance(rule, dict) else rule
            if isinstance(column, str):
                found.setdefault(column, name)
        return found

    @property
    def rows(self) -> list[Any]:
        """The bound fields of the columns."""
        return [self[f"column_{place}"] for place in range(len(self.columns))]

    @property
    def same(self) -> list[Any]:
        """The bound fields of what is the same for every row."""
        return [self[name] for name in self.fields if name.startswith("same_")]

    @property
    def options(self) -> list[Any]:
        """The bound fields of everything else but the name."""
        return [
            self[name]
            for name in self.fields
            if name in ("date_order", "numbers") or name.startswith("create_")
        ]

    def clean(self) -> dict[str, Any]:
        """A field has one column, and what a row cannot do without has one at all."""
        cleaned = super().clean() or self.cleaned_data
        first: dict[str, str] = {}
        for place, column in enumerate(self.columns):
            name = cleaned.get(f"column_{place}")
            if not name:
                continue
            if name in first:
                message = _("“%(first)s” holds this field already; a field has one column.")
                self.add_error(f"column_{place}", message % {"first": first[name]})
            first.setdefault(name, column)
        for name in SAME.get(self.kind.code, ()):
            if cleaned.get(f"same_{name}") and name in first:
                message = _("“%(first)s” holds this field already; empty one of the two.")
                self.add_error(f"same_{name}", message % {"first": first[name]})
        has = {*first, *(name for name in SAME.get(self.kind.code, ()) if cleaned.get(f"same_{name}"))}
        needed = {one.name for one in fields_of(self.kind.code).values() if one.is_required} | set(
            self.kind.required
        )
        missing = [name for name in sorted(needed) if not has & set(name.split("|"))]
        if not first and not self.errors:
            raise forms.ValidationError(_("Say what at least one column means."))
        if missing and not self.errors:
            words = ", ".join(field_word(self.kind.code, name.split("|")[0]) for name in missing)
            raise forms.ValidationError(
                _("No column holds: %(fields)s. Choose the column that does.") % {"fields": words}
            )
        return cleaned

    def initial_document(self, reading: Mapping[str, Any]) -> dict[str, Any]:
        """The mapping that the form offers before anybody changed it."""
        self.cleaned_data = {name: field.initial for name, field in self.fields.items()}
        return self.document(reading)

    def document(self, reading: Mapping[str, Any]) -> dict[str, Any]:
        """The mapping as the import reads it."""
        cleaned = self.cleaned_data
        fields: dict[str, Any] = {
            cleaned[f"column_{place}"]: column
            for place, column in enumerate(self.columns)
            if cleaned.get(f"column_{place}")
        }
        for name in SAME.get(self.kind.code, ()):
            if text := cleaned.get(f"same_{name}"):
                fields[name] = {"constant": text}
        create = {name: True for name in _CREATE_WORDS if cleaned.get(f"create_{name}")}
        style = {name: cleaned[name] for name in ("date_order", "numbers") if cleaned.get(name)}
        return {
            "name": BY_HAND,
            "kind": self.kind.code,
            **reading,
            **style,
            **({"create": create} if create else {}),
            "fields": fields,
        }


class BesideForm(forms.Form):
    """The files that a mapping reads beside the uploaded one."""

    def __init__(
        self, data: Mapping[str, Any] | None = None, files: Any = None, *, document: Mapping[str, Any], present: Iterable[str] = ()
    ) -> None:  # fmt: skip
        super().__init__(data, files)
        there = set(present)
        for place, (name, is_optional) in enumerate(files_beside(document)):
            self.fields[f"beside_{place}"] = forms.FileField(
                label=name, required=not is_optional and name not in there,
                help_text=gettext_lazy("It is here already; another one replaces it.") if name in there else "",
            )  # fmt: skip
        self.names = {
            f"beside_{place}": name for place, (name, _optional) in enumerate(files_beside(document))
        }

    def given(self) -> list[tuple[str, UploadedFile]]:
        """Name and content of each file that was sent."""
        return [
            (name, self.cleaned_data[key]) for key, name in self.names.items() if self.cleaned_data.get(key)
        ]


class BatchFilterForm(forms.Form):
    """What the list of imports may be narrowed by."""

    q = forms.CharField(
        label=gettext_lazy("File"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), required=False)
    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        required=False,
        choices=[("", gettext_lazy("Any state")), *BatchState.choices],
    )
    by = forms.ModelChoiceField(
        User.objects.none(),
        label=gettext_lazy("By"),
        required=False,
        to_field_name="public_id",
        empty_label=gettext_lazy("Anybody"),
    )
    since = forms.DateField(label=gettext_lazy("From"), required=False, widget=DayInput)
    until = forms.DateField(label=gettext_lazy("Until"), required=False, widget=DayInput)

    def __init__(self, data: Mapping[str, Any], *, kinds: Iterable[ImportKind], people: Any) -> None:
        super().__init__(data)
        self.fields["kind"].choices = [
            ("", gettext_lazy("Any kind")),
            *((kind.code, kind.label) for kind in kinds),
        ]
        self.fields["by"].queryset = people

    def criteria(self) -> dict[str, Any]:
        """What was asked for and is valid."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}
