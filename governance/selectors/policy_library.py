"""The model texts that ship, and which of them the company has made its own."""

from dataclasses import dataclass
from typing import Any

from coe.models import ChangeEvent
from governance.library import ModelPolicy, shipped
from governance.models import Policy
from training.models.texts import read


@dataclass(frozen=True)
class Model:
    """A model text and the policy it became, if any. `is_changed`: the library says something else than what was adopted."""

    model: ModelPolicy
    policy: Policy | None = None
    is_changed: bool = False

    @property
    def title(self) -> Any:
        """In the reader's language."""
        return read(self.model.titles)

    @property
    def summary(self) -> Any:
        """In the reader's language."""
        return read(self.model.summaries)


def models() -> list[Model]:
    """All model texts in the order of the catalogue (two queries)."""
    policies = {one.library_code: one for one in Policy.objects.exclude(library_code="").order_by("-id")}
    events = ChangeEvent.objects.filter(
        object_id__in=[one.public_id for one in policies.values()], action="policy.adopted"
    )
    taken = {event.object_id: event.changes["library_sha256"][1] for event in events.order_by("id")}
    found = []
    for model in shipped().policies:
        policy = policies.get(model.type)
        known = taken.get(policy.public_id) if policy else None
        found.append(Model(model, policy, known is not None and known != model.sha256))
    return found


def model_of(type_code: str) -> Model | None:
    """The model of a type, or None."""
    return next((one for one in models() if one.model.type == type_code), None)
