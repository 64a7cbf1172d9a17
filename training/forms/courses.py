"""Forms by which courses are written: what is said about one, its quiz, a lesson, a question."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coe.forms.fields import DayInput, PersonField
from training.enums.training import CourseMode, QuestionKind
from training.forms.texts import given_texts, language_codes, shown_texts, text_fields
from training.models import Course, CourseVersion, Lesson, Question

# How the services call what a form calls otherwise.
NAMES = {
    "titles": "title", "summaries": "summary", "bodies": "body", "texts": "text", "explanations": "explanation",
    "objectives": "objectives", "choices": "choice", "correct": "right",
}  # fmt: skip
CHOICES = 6
# So many stand open in the form; the others in a fold.
USUAL = 4
ONE = _("In one language at least.")


class CourseForm(forms.Form):
    """What is said about a course; its code when it is added."""

    code = forms.CharField(
        label=_("Code"), max_length=40, help_text=_("Letters, digits, “-” and “_”. It stays for good.")
    )
    modes = forms.MultipleChoiceField(
        label=_("Ways to take it"), choices=CourseMode.choices, widget=forms.CheckboxSelectMultiple
    )
    validity_months = forms.IntegerField(
        label=_("Certificate valid for, months"), required=False, help_text=_("Empty: it never expires.")
    )
    renewal_days = forms.IntegerField(label=_("May be taken again so many days before it ends"), initial=60)
    owner = PersonField(
        label=_("Owner"), required=False, help_text=_("E-mail of whoever keeps it up to date.")
    )
    reviewed_on = forms.DateField(label=_("Content reviewed on"), required=False, widget=DayInput)
    activity_id = forms.CharField(
        label=_("xAPI activity id"), required=False, max_length=500,
        help_text=_("The address by which a learning system names it; empty: the hub gives it one."),
    )  # fmt: skip
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any] | None = None, *, course: Course | None = None) -> None:
        initial: dict[str, Any] = {"modes": [CourseMode.SELF_PACED.value]}
        if course is not None:
            initial = {
                name: getattr(course, name)
                for name in (
                    "modes",
                    "validity_months",
                    "renewal_days",
                    "reviewed_on",
                    "activity_id",
                    "revision",
                )
            }
            initial |= shown_texts("title", course.titles) | shown_texts("summary", course.summaries)
            initial["owner"] = course.owner.email if course.owner else ""
        super().__init__(data, initial=initial)
        texts = text_fields("title", _("Title"), help_text=ONE) | text_fields(
            "summary", _("Summary"), rows=3, most=60_000
        )
        self.fields.update(texts)
        self.order_fields(["code", *texts])
        if course is not None:
            del self.fields["code"]

    def values(self) -> dict[str, Any]:
        """What the services take, without code and revision."""
        clean = self.cleaned_data
        names = ("modes", "validity_months", "renewal_days", "owner", "reviewed_on", "activity_id")
        values = {name: clean[name] for name in names}
        if not values["activity_id"]:
            # An empty field asks for the name the hub gives, or leaves the one there is.
            del values["activity_id"]
        return values | {"titles": given_texts(clean, "title"), "summaries": given_texts(clean, "summary")}


class QuizSettingsForm(forms.Form):
    """What a version aims at, and how its quiz asks."""

    duration_minutes = forms.IntegerField(label=_("Duration, minutes"), min_value=0)
    pass_mark = forms.IntegerField(label=_("Pass mark, %"), help_text=_("Of the questions drawn, 1 to 100."))
    drawn = forms.IntegerField(
        label=_("Questions drawn"), help_text=_("How many of the bank’s questions an attempt asks.")
    )
    attempts_allowed = forms.IntegerField(
        label=_("Attempts allowed"), required=False, help_text=_("Empty: as many as it takes.")
    )
    is_shuffled = forms.BooleanField(label=_("Shuffle questions and choices"), required=False)
    change_note = forms.CharField(
        label=_("What changed"),
        required=False,
        max_length=300,
        help_text=_("For those who knew the version before."),
    )
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any] | None = None, *, version: CourseVersion) -> None:
        names = (
            "duration_minutes",
            "pass_mark",
            "drawn",
            "attempts_allowed",
            "is_shuffled",
            "change_note",
            "revision",
        )
        initial: dict[str, Any] = {name: getattr(version, name) for name in names}
        initial |= shown_texts(
            "objectives", {code: "\n".join(aims) for code, aims in version.objectives.items()}
        )
        super().__init__(data, initial=initial)
        texts = text_fields(
            "objectives", _("Afterwards people can"), rows=3, most=10_000, help_text=_("One a line.")
        )
        self.fields.update(texts)
        self.order_fields(texts)

    def values(self) -> dict[str, Any]:
        """What the service takes, without the revision."""
        clean = self.cleaned_data
        names = ("duration_minutes", "pass_mark", "drawn", "attempts_allowed", "is_shuffled", "change_note")
        aims = {code: text.splitlines() for code, text in given_texts(clean, "objectives").items()}
        return {name: clean[name] for name in names} | {"objectives": aims}


class LessonForm(forms.Form):
    """A lesson in every language, Markdown."""

    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, revision: int, lesson: Lesson | None = None
    ) -> None:
        initial: dict[str, Any] = {"revision": revision}
        if lesson is not None:
            initial |= shown_texts("title", lesson.titles) | shown_texts("body", lesson.bodies)
        super().__init__(data, initial=initial)
        self.fields.update(text_fields("title", _("Title"), help_text=ONE))
        self.fields.update(
            text_fields(
                "body",
                _("Text"),
                rows=14,
                most=60_000,
                help_text=_("Markdown: ## heading, **bold**, - list, [words](https://…)."),
            )
        )
        pairs = [f"{name}_{code}" for code in language_codes() for name in ("title", "body")]
        self.order_fields(pairs)

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        clean = self.cleaned_data
        return {"titles": given_texts(clean, "title"), "bodies": given_texts(clean, "body")}


class QuestionForm(forms.Form):
    """A question with up to six choices; empty ones are left out."""

    kind = forms.ChoiceField(label=_("Kind"), choices=QuestionKind.choices, widget=forms.RadioSelect)
    right = forms.MultipleChoiceField(
        label=_("Right answers"), required=False, widget=forms.CheckboxSelectMultiple
    )
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, revision: int, question: Question | None = None
    ) -> None:
        initial: dict[str, Any] = {"revision": revision, "kind": QuestionKind.SINGLE}
        held = question.choices if question is not None else []
        if question is not None:
            initial |= shown_texts("text", question.texts) | shown_texts("explanation", question.explanations)
            initial["kind"] = question.kind
            initial["right"] = [
                str(place) for place, one in enumerate(held) if one["key"] in question.correct
            ]
        for place, one in enumerate(held):
            initial |= shown_texts(f"choice_{place}", one["texts"])
        super().__init__(data, initial=initial)
        # A question that an import or the API gave more choices keeps them all.
        self.count = max(CHOICES, len(held))
        self.keys = [one["key"] for one in held]
        texts = text_fields("text", _("Question"), rows=2, most=1000, help_text=ONE)
        self.fields.update(texts)
        names = [*texts, "kind"]
        for place in range(self.count):
            label = _("Choice %(number)d") % {"number": place + 1}
            fields = text_fields(f"choice_{place}", label, most=1000)
            self.fields.update(fields)
            names += fields
        self.fields["right"].choices = [(str(place), _("Right answer")) for place in range(self.count)]
        self.fields.update(
            text_fields(
                "explanation", _("Explanation"), rows=2, most=2000, help_text=_("Shown after handing in.")
            )
        )
        self.order_fields([*names, "right"])

    def values(self) -> dict[str, Any]:
        """What the service takes; a choice keeps its key, and a right answer without words is refused by it."""
        clean, choices, correct = self.cleaned_data, [], []
        self.places: list[int] = []
        taken = set(self.keys)
        for place in range(self.count):
            texts = given_texts(clean, f"choice_{place}")
            is_right = str(place) in clean["right"]
            if not texts and not is_right:
                continue
            key = self.keys[place] if place < len(self.keys) else next(
                one for one in map(chr, range(97, 123)) if one not in taken
            )  # fmt: skip
            taken.add(key)
            self.places.append(place)
            choices.append({"key": key, "texts": texts})
            correct += [key] if is_right else []
        return {
            "kind": clean["kind"], "texts": given_texts(clean, "text"), "choices": choices, "correct": correct,
            "explanations": given_texts(clean, "explanation"),
        }  # fmt: skip

    def pair(self, name: str) -> list[forms.BoundField]:
        """The fields of a text, one a language."""
        return [self[f"{name}_{code}"] for code in language_codes()]

    def question(self) -> list[forms.BoundField]:
        """Its wording."""
        return self.pair("text")

    def explanation(self) -> list[forms.BoundField]:
        """Why the right answer is right."""
        return self.pair("explanation")

    def choices(self) -> list[tuple[int, list[forms.BoundField], Any]]:
        """(number, texts, box “Right answer”) of each choice that is filled in, and of as many empty ones as most questions need."""
        return self._rows(range(self._shown()))

    def more_choices(self) -> list[tuple[int, list[forms.BoundField], Any]]:
        """The empty places after them."""
        return self._rows(range(self._shown(), self.count))

    def _shown(self) -> int:
        filled = [
            place
            for place in range(self.count)
            if any(field.value() or field.errors for field in self.pair(f"choice_{place}"))
            or str(place) in (self["right"].value() or [])
        ]
        return max([USUAL, *(place + 1 for place in filled)])

    def _rows(self, places: range) -> list[tuple[int, list[forms.BoundField], Any]]:
        boxes = self["right"].subwidgets
        return [(place + 1, self.pair(f"choice_{place}"), boxes[place]) for place in places]

    def name_of(self, field: str) -> str:
        """The form's place of a service's: `questions/4/choices/1/texts` is the second choice that was filled in."""
        head, _slash, tail = field.partition("/choices/")
        number = tail.split("/")[0]
        if not number.isdigit() or int(number) >= len(self.places):
            return field
        return f"{head}/choices/{self.places[int(number)]}"
