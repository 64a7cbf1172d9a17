"""Forms of exceptions: the filter, the request, the decision, the extension."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coe.forms.fields import DayInput, LineField, PersonField
from coe.models import BusinessLine, SocialAccount, User
from governance.enums.exceptions import ExceptionState, ExceptionSubject
from governance.forms.fields import AccountField
from governance.models import Policy, PolicyException
from training.forms.catalogue import CourseField
from training.models import Course

_LONG = forms.Textarea(attrs={"rows": 3})


class ExceptionFilterForm(forms.Form):
    """What the list of exceptions may be narrowed by."""

    q = forms.CharField(
        label=_("Search"), required=False, max_length=200, widget=forms.TextInput(attrs={"type": "search"})
    )
    line = LineField(
        BusinessLine.objects.none(),
        label=_("Line"),
        required=False,
        to_field_name="code",
        empty_label=_("All lines"),
    )
    state = forms.ChoiceField(
        label=_("State"), required=False,
        choices=[("", _("Waiting or active")), ("any", _("All")), *ExceptionState.choices],
    )  # fmt: skip
    subject = forms.ChoiceField(
        label=_("Exception from"), required=False, choices=[("", _("Anything")), *ExceptionSubject.choices]
    )
    mine = forms.ChoiceField(
        label=_("Whose"), required=False,
        choices=[("", _("Everybody’s")), ("asked", _("Mine")), ("decide", _("Mine to decide"))],
    )  # fmt: skip
    ends = forms.TypedChoiceField(
        label=_("Ends"), required=False, coerce=int, empty_value=None,
        choices=[("", _("Any time")), ("7", _("Within 7 days")), ("30", _("Within 30 days"))],
    )  # fmt: skip

    def __init__(
        self, data: Mapping[str, Any], *, lines: QuerySet[BusinessLine], is_shown: bool = True
    ) -> None:
        super().__init__(data)
        self.fields["line"].offer(lines, is_shown=is_shown)

    def criteria(self) -> dict[str, Any]:
        """What was asked for and is valid."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}


class DayEndField(forms.DateField):
    """A day that ends an exception with its last minute, in the reader's zone."""

    widget = DayInput

    def clean(self, value: Any) -> dt.datetime | None:  # type: ignore[override]  # a day in, an instant out
        day = super().clean(value)
        return None if day is None else end_of(day)


def end_of(day: dt.date) -> dt.datetime:
    """The midnight that ends a day in the reader's zone; the last day there is has none, and stands for itself."""
    following = day if day >= dt.date.max - dt.timedelta(days=1) else day + dt.timedelta(days=1)
    return timezone.make_aware(dt.datetime.combine(following, dt.time()))


class ExceptionForm(forms.Form):
    """What is asked for, why, what protects meanwhile, until when and of whom."""

    subject = forms.ChoiceField(label=_("Exception from"), choices=ExceptionSubject.choices)
    title = forms.CharField(label=_("Title"), max_length=160)
    policy = forms.ModelChoiceField(
        Policy.objects.none(), label=_("Policy"), required=False, to_field_name="code", empty_label=_("None")
    )
    clause = forms.CharField(label=_("Clause"), required=False, max_length=40)
    criterion = forms.CharField(
        label=_("Criterion"), required=False, max_length=20, help_text=_("Its code, as GOV-C2.")
    )
    account = AccountField(label=_("Account"), required=False)
    course = CourseField(
        Course.objects.none(), label=_("Course"), required=False, to_field_name="code", empty_label=_("None")
    )
    line = LineField(
        BusinessLine.objects.none(), label=_("Line"), required=False, to_field_name="code", empty_label=_("Whole company"),
        help_text=_("It holds for this line and the lines below. Of an account: the account’s line."),
    )  # fmt: skip
    person = PersonField(
        label=_("For one person"),
        required=False,
        help_text=_("Their e-mail. Empty: for everybody of the line."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=4000, widget=_LONG)
    compensating_control = forms.CharField(
        label=_("Compensating control"), max_length=4000, widget=_LONG,
        help_text=_("What protects the company meanwhile."),
    )  # fmt: skip
    expires_at = DayEndField(label=_("Last day"))
    approver = forms.ModelChoiceField(
        User.objects.none(), label=_("Approver"), required=False, to_field_name="public_id",
        empty_label=_("Who takes it up"), help_text=_("Somebody else than you, who may decide exceptions."),
    )  # fmt: skip

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        lines: QuerySet[BusinessLine],
        people: QuerySet[User],
        policies: QuerySet[Policy],
        courses: QuerySet[Course],
        accounts: QuerySet[SocialAccount],
        approvers: QuerySet[User],
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self.fields["line"].offer(lines)
        self.fields["person"].offer(people)
        self.fields["account"].offer(accounts)
        for name, rows in (
            ("policy", policies), ("course", courses), ("approver", approvers),
        ):  # fmt: skip
            self.fields[name].queryset = rows

    def values(self) -> dict[str, Any]:
        """Everything, under the service's names."""
        return dict(self.cleaned_data)


class ExtendForm(forms.Form):
    """A longer end, and why."""

    expires_at = DayEndField(label=_("Last day"))
    reason = forms.CharField(label=_("Reason"), max_length=4000, widget=_LONG)
    compensating_control = forms.CharField(label=_("Compensating control"), max_length=4000, widget=_LONG)
    approver = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Approver"),
        required=False,
        to_field_name="public_id",
        empty_label=_("Who takes it up"),
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, exception: PolicyException, approvers: Iterable[User]
    ) -> None:
        super().__init__(
            data, initial={"reason": exception.reason, "compensating_control": exception.compensating_control}
        )
        self.fields["approver"].queryset = approvers


class EditExceptionForm(forms.Form):
    """What may still be changed of a request."""

    title = forms.CharField(label=_("Title"), max_length=160)
    reason = forms.CharField(label=_("Reason"), max_length=4000, widget=_LONG)
    compensating_control = forms.CharField(label=_("Compensating control"), max_length=4000, widget=_LONG)
    expires_at = DayEndField(label=_("Last day"))
    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any] | None = None, *, exception: PolicyException) -> None:
        names = ("title", "reason", "compensating_control", "revision")
        last = timezone.localtime(exception.expires_at - dt.timedelta(seconds=1)).date()
        super().__init__(
            data, initial={name: getattr(exception, name) for name in names} | {"expires_at": last}
        )

    def changes(self) -> dict[str, Any]:
        """What differs from what was read."""
        names = set(self.changed_data) - {"revision"}
        return {name: value for name, value in self.cleaned_data.items() if name in names}


class DecisionForm(forms.Form):
    """Yes or no, and why; bound to what was read."""

    decision = forms.ChoiceField(
        label=_("Decision"),
        widget=forms.RadioSelect,
        choices=[("approve", _("Approve")), ("reject", _("Reject"))],
    )
    note = forms.CharField(
        label=_("Why"), required=False, max_length=2000, widget=_LONG, help_text=_("Needed to reject.")
    )
    revision = forms.IntegerField(widget=forms.HiddenInput)
