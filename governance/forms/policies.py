"""Forms of policies: what is said about one, a draft's words, reviewers, a file, the blanks of a model text."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from coe.forms.fields import MomentInput, PersonField
from coe.models import User
from governance.enums.policies import PolicyType
from governance.library import Placeholder
from governance.models import Policy, PolicyVersion
from training.forms.texts import given_texts, language_codes, shown_texts, text_fields
from training.models.texts import read

# How the services call what a form calls otherwise.
NAMES = {"titles": "title", "summaries": "summary", "texts": "text", "file": "file", "why": "reason"}
ONE = _("In one language at least.")


class PolicyFilter(forms.Form):
    """What the library may be narrowed by."""

    q = forms.CharField(
        label=_("Search"), required=False, max_length=200, widget=forms.TextInput(attrs={"type": "search"})
    )
    type = forms.ChoiceField(label=_("Type"), required=False, choices=[("", _("Any")), *PolicyType.choices])

    def criteria(self) -> dict[str, Any]:
        """What was asked for and is valid."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class PolicyForm(forms.Form):
    """What is said about a policy; its code when it is added."""

    code = forms.CharField(
        label=_("Code"), max_length=60, help_text=_("Small letters, digits and “-”. It stays for good.")
    )
    type = forms.ChoiceField(label=_("Type"), choices=PolicyType.choices)
    owner = PersonField(
        label=_("Owner"), required=False, help_text=_("E-mail of whoever reviews it when its day comes.")
    )
    review_months = forms.IntegerField(
        label=_("Reviewed every so many months"), initial=12, help_text=_("1 to 24.")
    )
    quorum = forms.IntegerField(
        label=_("Approvals needed"),
        initial=1,
        help_text=_("How many named reviewers must approve a version."),
    )
    is_acknowledged = forms.BooleanField(label=_("People acknowledge it"), required=False, initial=True)
    grace_days = forms.IntegerField(label=_("Days to acknowledge"), initial=30)
    exception_days = forms.IntegerField(label=_("Longest exception, days"), initial=180)
    is_public = forms.BooleanField(label=_("Written for the public, too"), required=False)
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any] | None = None, *, policy: Policy | None = None) -> None:
        initial: dict[str, Any] = {}
        if policy is not None:
            names = [name for name in self.base_fields if name not in ("code", "owner")]
            initial = {name: getattr(policy, name) for name in names}
            initial |= shown_texts("title", policy.titles) | shown_texts("summary", policy.summaries)
            initial["owner"] = policy.owner.email if policy.owner else ""
        super().__init__(data, initial=initial)
        texts = text_fields("title", _("Title"), help_text=ONE)
        texts |= text_fields("summary", _("Summary"), rows=3, most=60_000)
        self.fields.update(texts)
        self.order_fields(["code", "type", *texts])
        if policy is not None:
            del self.fields["code"]

    def values(self) -> dict[str, Any]:
        """What the services take, without code and revision."""
        clean = self.cleaned_data
        names = (
            "type", "owner", "review_months", "quorum", "is_acknowledged", "grace_days", "exception_days", "is_public",
        )  # fmt: skip
        values = {name: clean[name] for name in names}
        return values | {"titles": given_texts(clean, "title"), "summaries": given_texts(clean, "summary")}


class DraftForm(forms.Form):
    """The words of a draft in every language, and what its change means."""

    is_material = forms.BooleanField(
        label=_("Material change"),
        required=False,
        help_text=_("People acknowledge a material version afresh."),
    )
    ends_certificates = forms.BooleanField(
        label=_("Ends certificates"), required=False,
        help_text=_("Certificates of the courses that teach this policy end when it is published."),
    )  # fmt: skip
    change_note = forms.CharField(
        label=_("What changed"), required=False, max_length=500,
        help_text=_("For those who know the version before."),
    )  # fmt: skip
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any] | None = None, *, version: PolicyVersion) -> None:
        names = ("is_material", "ends_certificates", "change_note", "revision")
        initial = {name: getattr(version, name) for name in names}
        bodies = dict(version.texts.values_list("language", "body"))
        super().__init__(data, initial=initial | shown_texts("text", bodies))
        texts = text_fields("text", _("Text"), rows=24, most=400_000, help_text=_("Markdown."))
        self.fields.update(texts)
        self.order_fields([*texts, *names])

    def values(self) -> dict[str, Any]:
        """Changes for the service."""
        return {name: self.cleaned_data[name] for name in ("is_material", "ends_certificates", "change_note")}

    def texts(self) -> dict[str, str]:
        """Markdown of every language; an empty one is taken out."""
        return {code: self.cleaned_data[f"text_{code}"] for code in language_codes()}


class PeopleField(forms.CharField):
    """Several people by e-mail, one a line, among those whom a form offers."""

    widget = forms.Textarea(attrs={"rows": 3, "autocomplete": "off"})
    people: QuerySet[User] = User.objects.none()

    def clean(self, value: Any) -> list[User]:
        """The active people of these e-mails (one query)."""
        emails = list(dict.fromkeys(super().clean(value).replace(",", " ").lower().split()))
        found = {one.email: one for one in self.people.filter(is_active=True, email__in=emails)}
        if missing := [email for email in emails if email not in found]:
            raise forms.ValidationError(
                _("You see nobody with the e-mail %(email)s. Choose a person from the list."),
                params={"email": missing[0]},
            )
        return [found[email] for email in emails]


class SubmitForm(forms.Form):
    """Who is asked to review a version, and until when."""

    reviewers = PeopleField(label=_("Reviewers"), help_text=_("E-mails, one a line. Not those who wrote it."))
    due_at = forms.DateTimeField(
        label=_("Due"), required=False, widget=MomentInput, help_text=_("They are reminded before.")
    )
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, people: QuerySet[User], revision: int
    ) -> None:
        super().__init__(data, initial={"revision": revision})
        field: Any = self.fields["reviewers"]
        field.people = people


class ReviewForm(forms.Form):
    """What a reviewer thinks of the words they read."""

    note = forms.CharField(
        label=_("Note"), required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Needed when you ask for changes."),
    )  # fmt: skip
    sha256 = forms.CharField(widget=forms.HiddenInput, required=False)


class ImportForm(forms.Form):
    """A Markdown file, and what to believe rather than its front matter."""

    file = forms.FileField(label=_("Markdown file"))
    code = forms.CharField(
        label=_("Code of the policy"), required=False, max_length=60,
        help_text=_("Empty: as the file says, else its name. A policy of this code gets a draft."),
    )  # fmt: skip
    language = forms.ChoiceField(label=_("Language"), required=False)
    type = forms.ChoiceField(
        label=_("Type"), required=False, choices=[("", _("As the file says")), *PolicyType.choices]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["language"]
        field.choices = [("", _("As the file says")), *((code, code) for code in language_codes())]


class AdoptForm(forms.Form):
    """The blanks of a model text, in each language."""

    def __init__(self, data: Mapping[str, Any] | None = None, *, placeholders: Iterable[Placeholder]) -> None:
        super().__init__(data)
        self.names = []
        for one in placeholders:
            self.names.append(one.name)
            hint = format_lazy("{word} {example}", word=_("For example:"), example=read(one.examples))
            self.fields.update(text_fields(one.name, read(one.labels), help_text=hint))

    def values(self) -> dict[str, dict[str, str]]:
        """Placeholder → language → words."""
        return {name: given_texts(self.cleaned_data, name) for name in self.names}
