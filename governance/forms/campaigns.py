"""The form of an acknowledgement campaign."""

import datetime as dt
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coe.forms.fields import DayInput, LineField
from coe.models import BusinessLine
from governance.models import Policy
from governance.selectors.policy_coverage import covered_policies


class _PoliciesField(forms.ModelMultipleChoiceField):
    """Policies by their titles in the reader's language."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, policy: Policy) -> str:
        return policy.title


class CampaignForm(forms.Form):
    """A round: which policies, whose people, from when to when. Days are those of the reader."""

    name = forms.CharField(
        label=_("Name"), max_length=160, help_text=_("For example: yearly attestation 2027.")
    )
    policies = _PoliciesField(Policy.objects.none(), label=_("Policies"), to_field_name="code")
    line = LineField(
        BusinessLine.objects.none(), label=_("Line and below"), required=False, empty_label=_("Whole company")
    )
    is_repeated = forms.BooleanField(
        label=_("Ask everybody again"),
        required=False,
        help_text=_("Otherwise only those who have not accepted yet are asked."),
    )
    starts_on = forms.DateField(label=_("Starts on"), widget=DayInput)
    due_on = forms.DateField(label=_("To be answered by"), widget=DayInput)
    stands_for = {"starts_at": "starts_on", "due_at": "due_on"}

    def __init__(self, *args: Any, lines: QuerySet[BusinessLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["policies"].queryset = covered_policies()
        self.fields["line"].offer(lines)

    def values(self) -> dict[str, Any]:
        """What the service takes: from the beginning of the first day to the end of the last."""
        clean = self.cleaned_data
        return {
            "name": clean["name"], "policies": list(clean["policies"]), "line": clean["line"],
            "is_repeated": clean["is_repeated"],
            "starts_at": timezone.make_aware(dt.datetime.combine(clean["starts_on"], dt.time.min)),
            "due_at": timezone.make_aware(dt.datetime.combine(clean["due_on"], dt.time(23, 59))),
        }  # fmt: skip
