"""What the fields of an import are called on a page, in the reader's language."""

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from coe.models import BusinessLine, RoleAssignment, SocialAccount, User

_MODELS: dict[str, tuple[type[Model], ...]] = {
    "lines": (BusinessLine,),
    "people": (User, RoleAssignment),
    "accounts": (SocialAccount,),
    "observations": (SocialAccount,),
}
_WORDS = {
    "code": gettext_lazy("code"), "parent": gettext_lazy("parent line"), "parent_name": gettext_lazy("name of the parent line"),
    "platform": gettext_lazy("platform"), "handle": gettext_lazy("handle"), "url": gettext_lazy("address (URL)"),
    "line": gettext_lazy("line"), "line_name": gettext_lazy("name of the line"), "line_kind": gettext_lazy("kind of the line"),
    "line_parent": gettext_lazy("line above it"), "line_parent_name": gettext_lazy("name of the line above it"),
    "co_owners": gettext_lazy("co-owning lines"), "co_owner_names": gettext_lazy("names of the co-owning lines"),
    "previous_handles": gettext_lazy("earlier handles"), "tags": gettext_lazy("tags"), "account_name": gettext_lazy("name of the account"),
    "metric": gettext_lazy("metric"), "date": gettext_lazy("date"), "value": gettext_lazy("value"),
    "numerator": gettext_lazy("numerator"), "denominator": gettext_lazy("denominator"), "observed_at": gettext_lazy("observed at"),
    "role": gettext_lazy("role"), "valid_from": gettext_lazy("role since"), "valid_until": gettext_lazy("role until"),
    "platform_account_id": gettext_lazy("id given by the platform"),
}  # fmt: skip


def field_word(kind: str, name: str) -> str:
    """The name of a field of a kind, as a label."""
    if name in _WORDS:
        return capfirst(str(_WORDS[name]))
    for model in _MODELS.get(kind, ()):
        try:
            return capfirst(str(getattr(model._meta.get_field(name), "verbose_name", name)))
        except FieldDoesNotExist:
            continue
    return capfirst(name.replace("_", " "))
