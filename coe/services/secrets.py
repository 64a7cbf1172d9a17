"""The hub stores where a credential is kept, never the credential: what looks like one is refused before it is written."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from coe.errors import Problem, SecretRefused
from coe.intake.secrets import SECRET_REASONS, looks_like_secret


def refuse_secrets(values: Mapping[str, Any], *, fields: Iterable[str]) -> None:
    """Refuse when a named field holds what looks like a secret. The message never repeats the value.

    :raises SecretRefused: one problem for each such field.
    """
    problems = []
    for name in fields:
        value = values.get(name)
        texts = value if isinstance(value, (list, tuple)) else [value]
        reason = next(
            (found for text in texts if isinstance(text, str) and (found := looks_like_secret(text))), None
        )
        if reason:
            message = _(
                "This looks like a secret (%(what)s) and was not stored. Keep it in the vault and enter the reference here."
            )
            problems.append(Problem(name, "secret_refused", message % {"what": _(SECRET_REASONS[reason])}))
    if problems:
        raise SecretRefused(problems[0].message, problems=tuple(problems))
