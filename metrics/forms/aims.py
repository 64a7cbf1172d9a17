"""The form of a target stage."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coe.forms.fields import DayInput
from metrics.models import TargetStage
from metrics.scoring import Rubric
from metrics.selectors.words import read


class TargetStageForm(forms.Form):
    """The stage a line aims at in one dimension, why, and by when."""

    level = forms.ChoiceField(label=_("Stage"))
    reason = forms.CharField(
        label=_("Why this stage"),
        max_length=300,
        help_text=_("Run everywhere is not the goal. One sentence the next lead understands."),
    )
    due_on = forms.DateField(label=_("By"), required=False, widget=DayInput)
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, rubric: Rubric, stage: TargetStage | None
    ) -> None:
        initial = {}
        if stage is not None:
            initial = {
                "level": stage.level,
                "reason": stage.reason,
                "due_on": stage.due_on,
                "revision": stage.revision,
            }
        super().__init__(data, initial=initial)
        self.fields["level"].choices = [(level.code, read(level.name)) for level in rubric.levels]
