"""Forms by which people answer to a policy, for themselves or for somebody else."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.enums.policies import Answer
from governance.services.acknowledging import NOTE_LENGTH, REASON_LENGTH, Shown


class ShownForm(forms.Form):
    """What was on the screen when the button was pressed: the version, the language and the hash of the text."""

    version = forms.UUIDField(label=_("Version"), widget=forms.HiddenInput)
    language = forms.CharField(label=_("Language"), max_length=10, widget=forms.HiddenInput)
    sha256 = forms.CharField(label=_("Text shown"), max_length=64, widget=forms.HiddenInput)

    def shown(self) -> Shown:
        """The text that was shown."""
        return Shown(self.cleaned_data["language"], self.cleaned_data["sha256"])


class DeclineForm(ShownForm):
    """A decline, with its reason."""

    reason = forms.CharField(
        label=_("Why do you decline?"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Your line lead and the hub read this."),
    )


class OnBehalfForm(ShownForm):
    """An answer somebody gave outside of the hub."""

    answer = forms.ChoiceField(label=_("Answer"), choices=Answer.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason they gave"),
        required=False,
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Needed when they decline."),
    )
    note = forms.CharField(
        label=_("How do you know?"),
        max_length=NOTE_LENGTH,
        help_text=_("For example: signed sheet of the induction day. They are told what you record."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["answer"].initial = Answer.ACCEPTED
