"""Who takes on what a person holds."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from coe.forms.fields import PersonField, offer_people
from coe.models import User
from coe.selectors.holdings import HeldOfKind


class HandOverForm(forms.Form):
    """One successor for everything, or one for each thing; what nobody takes on must be said."""

    rest = PersonField(
        label=_("Successor for everything"),
        required=False,
        help_text=_("Takes on whatever has no successor of its own below."),
    )
    rest_to_nobody = forms.BooleanField(
        label=_("Nobody takes on the rest; the hub gets the duty to find somebody."), required=False
    )
    why = forms.CharField(label=_("Why"), required=False, max_length=500)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        held: Sequence[HeldOfKind],
        people: QuerySet[User],
    ) -> None:
        super().__init__(data)
        self.names: dict[str, str] = {}
        for one in held:
            if not one.needs_successor:
                continue
            for row in one.rows:
                field = f"to_{len(self.names)}"
                self.fields[field] = PersonField(label=f"{one.kind.label}: {row.label}", required=False)
                self.names[field] = row.name
        if not self.names:
            del self.fields["rest"], self.fields["rest_to_nobody"]
        # A refusal that names a holding stands beside its field.
        self.order_fields(["rest", "rest_to_nobody", *self.names, "why"])
        offer_people(self, people)

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        clean = self.cleaned_data
        chosen = {name: clean[field] for field, name in self.names.items() if clean.get(field)}
        return {
            "successors": chosen,
            "rest": clean.get("rest"),
            "rest_to_nobody": bool(clean.get("rest_to_nobody")),
            "why": clean["why"],
        }
