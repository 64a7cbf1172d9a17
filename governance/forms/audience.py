"""The form of an audience: a few rules, each a role, a line and a platform; an empty part asks nothing."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from coe.enums.roles import Role
from coe.forms.fields import LineField
from coe.models import BusinessLine, Platform
from governance.selectors.audience import Rule

SPARE = 3


class RuleForm(forms.Form):
    """One rule; `use` unticked leaves it out, so that a rule for everybody can be told from an empty row."""

    use = forms.BooleanField(label=_("Use this rule"), required=False)
    role = forms.ChoiceField(
        label=_("Role"), required=False, choices=[("", _("Any role, or none")), *Role.choices]
    )
    line = LineField(
        BusinessLine.objects.none(), label=_("Line and below"), required=False, empty_label=_("Whole company")
    )
    platform = forms.ModelChoiceField(
        Platform.objects.none(),
        label=_("Runs an account on"),
        required=False,
        to_field_name="code",
        empty_label=_("Any platform, or none"),
    )

    def __init__(
        self, *args: Any, lines: QuerySet[BusinessLine], platforms: QuerySet[Platform], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["line"].offer(lines)
        self.fields["platform"].queryset = platforms

    def rule(self) -> Rule | None:
        """The rule, or None when it is not used."""
        clean = self.cleaned_data
        line, platform = clean["line"], clean["platform"]
        if not clean["use"]:
            return None
        return Rule(clean["role"], line.pk if line else None, platform.pk if platform else None)


def rule_forms(rules: Sequence[Rule], data: Any = None) -> list[RuleForm]:
    """A form for each rule and three spare ones; as many as were sent, of those that were."""
    lines = BusinessLine.objects.active().order_by("code_key")
    platforms = Platform.objects.order_by("name")
    codes = dict(
        BusinessLine.objects.filter(pk__in=[r.line_id for r in rules if r.line_id]).values_list("pk", "code")
    )
    named = dict(
        Platform.objects.filter(pk__in=[r.platform_id for r in rules if r.platform_id]).values_list(
            "pk", "code"
        )
    )
    known: list[dict[str, Any]] = [
        {
            "use": True,
            "role": rule.role,
            "line": codes.get(rule.line_id or 0, ""),
            "platform": named.get(rule.platform_id or 0, ""),
        }
        for rule in rules
    ]
    known += [{} for _spare in range(SPARE)]
    if data is not None:
        sent = [int(name.split("-")[0]) for name in data if name.split("-")[0].isdecimal() and len(name) < 20]
        known = [{} for _row in range(min(max(sent, default=-1) + 1, 100))]
    return [
        RuleForm(data, prefix=str(place), initial=initial, lines=lines, platforms=platforms)
        for place, initial in enumerate(known)
    ]
