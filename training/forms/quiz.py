"""The questions of an attempt as a form: one group of choices each, in the order in which they were drawn."""

from collections.abc import Mapping
from typing import Any

from django import forms

from training.enums.training import QuestionKind
from training.models import Attempt
from training.models.texts import read


class QuizForm(forms.Form):
    """One field a question, named by its place, so that no key of the bank is an HTML name."""

    def __init__(self, data: Mapping[str, Any] | None = None, *, attempt: Attempt) -> None:
        super().__init__(data)
        self.keys: dict[str, str] = {}
        for place, question in enumerate(attempt.questions, start=1):
            name = f"q{place}"
            self.keys[name] = question["key"]
            choices = [(choice["key"], read(choice["texts"])) for choice in question["choices"]]
            given = attempt.answers.get(question["key"], [])
            label = f"{place}. {read(question['texts'])}"
            if question["kind"] == QuestionKind.MULTIPLE:
                self.fields[name] = forms.MultipleChoiceField(
                    label=label,
                    choices=choices,
                    required=False,
                    initial=given,
                    widget=forms.CheckboxSelectMultiple,
                )
            else:
                self.fields[name] = forms.ChoiceField(
                    label=label, choices=choices, required=False, initial=given[0] if given else None,
                    widget=forms.RadioSelect,
                )  # fmt: skip

    def answers(self) -> dict[str, list[str]]:
        """What was chosen, by the keys of the questions; a question without an answer is left out."""
        chosen = {self.keys[name]: value for name, value in self.cleaned_data.items() if value}
        return {key: [value] if isinstance(value, str) else list(value) for key, value in chosen.items()}
