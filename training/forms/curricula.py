"""The form of a curriculum: whom it is for, and its courses, one a row."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as gettext_now, gettext_lazy as _

from coe.enums.roles import Role
from coe.forms.fields import LinesField, WordsField
from coe.models import BusinessLine
from training.forms.texts import given_texts, shown_texts, text_fields
from training.models import Course, Curriculum, CurriculumItem
from training.services.curricula import Item

NAMES = {"titles": "title", "summaries": "summary"}
SPARE_ROWS = 3


class CurriculumForm(forms.Form):
    """Everything about a curriculum; its code when it is added. Rows without a course are left out."""

    code = forms.CharField(
        label=_("Code"), max_length=40, help_text=_("Letters, digits, “-” and “_”. It stays for good.")
    )
    roles = forms.MultipleChoiceField(
        label=_("Roles"), required=False, choices=Role.choices, widget=forms.CheckboxSelectMultiple,
        help_text=_("Whoever holds one of them is enrolled at once; without any, people are enrolled by hand."),
    )  # fmt: skip
    lines = LinesField(BusinessLine.objects.none(), label=_("Only on lines"), required=False)
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        courses: Iterable[Course],
        curriculum: Curriculum | None = None,
        items: Iterable[CurriculumItem] = (),
    ) -> None:
        held = list(items)
        self.courses = {course.code: course for course in courses}
        self.courses |= {item.course.code: item.course for item in held}
        initial: dict[str, Any] = {}
        if curriculum is not None:
            initial = shown_texts("title", curriculum.titles) | shown_texts("summary", curriculum.summaries)
            initial["roles"] = [row.role for row in curriculum.roles.all()]
            initial["lines"] = [line.code for line in curriculum.lines.order_by("code_key")]
            initial["revision"] = curriculum.revision
        for place, item in enumerate(held):
            initial[f"course_{place}"], initial[f"due_{place}"] = item.course.code, item.due_days
            initial[f"after_{place}"] = [one.code for one in item.after.all()]
        super().__init__(data, initial=initial)
        self.fields["lines"].queryset = BusinessLine.objects.active()
        self.fields["lines"].help_text = _(
            "Codes of lines, separated by commas; with all lines below them. Empty: everywhere."
        )
        texts = text_fields("title", _("Title"), help_text=_("In one language at least.")) | text_fields(
            "summary", _("Summary"), rows=3, most=60_000
        )
        self.fields.update(texts)
        self.order_fields(["code", *texts, "roles", "lines"])
        self.count = len(held) + SPARE_ROWS
        choices = [
            ("", _("No course")),
            *((code, f"{code} · {one.title}") for code, one in self.courses.items()),
        ]
        for place in range(self.count):
            number = {"number": place + 1}
            self.fields[f"course_{place}"] = forms.ChoiceField(
                label=gettext_now("Course %(number)d") % number, required=False, choices=choices
            )
            self.fields[f"due_{place}"] = forms.IntegerField(
                label=gettext_now("Course %(number)d: due after, days") % number, required=False, initial=30
            )
            self.fields[f"after_{place}"] = WordsField(
                label=gettext_now("Course %(number)d: after") % number, required=False,
                help_text=_("Codes of courses to be completed first."),
            )  # fmt: skip
        if curriculum is not None:
            del self.fields["code"]

    def clean(self) -> dict[str, Any]:
        """Courses named as prerequisites must be courses."""
        clean = super().clean() or {}
        known = {code.casefold() for code in self.courses}
        for place in range(self.count):
            wrong = [code for code in clean.get(f"after_{place}", []) if code.casefold() not in known]
            if wrong:
                self.add_error(f"after_{place}", gettext_now("“%(code)s” is no course.") % {"code": wrong[0]})
        return clean

    def values(self) -> dict[str, Any]:
        """What the services take, without code and revision."""
        clean, known, items = (
            self.cleaned_data,
            {code.casefold(): one for code, one in self.courses.items()},
            [],
        )
        self.places: list[int] = []
        for place in range(self.count):
            if not clean[f"course_{place}"]:
                continue
            after = tuple(known[code.casefold()] for code in clean[f"after_{place}"])
            days = clean[f"due_{place}"]
            items.append(Item(self.courses[clean[f"course_{place}"]], 30 if days is None else days, after))
            self.places.append(place)
        return {
            "titles": given_texts(clean, "title"), "summaries": given_texts(clean, "summary"), "roles": clean["roles"],
            "lines": list(clean["lines"]), "items": items,
        }  # fmt: skip

    def name_of(self, field: str) -> str:
        """The form's name of a service's place: `items/1/due_days` is the due day of the second row that was filled in."""
        words = field.split("/")
        if (
            words[0] != "items"
            or len(words) < 3
            or not words[1].isdigit()
            or int(words[1]) >= len(self.places)
        ):
            return field
        part = {"course": "course", "due_days": "due", "after": "after"}.get(words[2], "course")
        return f"{part}_{self.places[int(words[1])]}"
