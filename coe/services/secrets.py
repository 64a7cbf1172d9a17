"""The hub stores where a credential is kept, never the credential: what looks like one is refused before it is written."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _, gettext_noop

from coe.errors import Problem, SecretRefused

_PATTERNS = (
    (
        gettext_noop("a password"),
        re.compile(r"(?i)\b(?:pass(?:word|wort|phrase|code)?|pwd|mot de passe|mdp|kennwort|login)\s*(?:is|est|ist|[:=])\s*\S{4,}"),
    ),
    (gettext_noop("a private key"), re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
    (
        gettext_noop("a key or token"),
        re.compile(r"(?i)\b(?:api[_ -]?key|secret|token|bearer|client[_ -]?secret|access[_ -]?key|2fa|totp|otp)\s*(?:is|[:=])\s*\S{6,}"),
    ),
    (
        gettext_noop("a key or token"),
        re.compile(r"\b(?:gh[pousr]_\w{20,}|xox[abprs]-[\w-]{10,}|AKIA[0-9A-Z]{16}|ya29\.[\w-]{20,}|EAA[A-Za-z0-9]{30,}|sk-[\w-]{20,}|AIza[\w-]{30,}|coe_[0-9a-f]{6,}_[\w-]{20,})"),
    ),
    (gettext_noop("a key or token"), re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}")),
    (gettext_noop("a one-time password address"), re.compile(r"(?i)otpauth://")),
    (gettext_noop("a password inside an address"), re.compile(r"(?i)\b[a-z][a-z0-9+.-]*://[^/\s:@]+:[^/\s@]+@")),
)  # fmt: skip
_WORD = re.compile(r"[A-Za-z0-9+/=_\-!@#$%^&*]{20,}")


def _entropy(text: str) -> float:
    counts = [text.count(sign) / len(text) for sign in set(text)]
    return -sum(share * math.log2(share) for share in counts)


def secret_reason(text: str) -> str | None:
    """What a text looks like (untranslated), or None when nothing in it looks like a secret."""
    for reason, pattern in _PATTERNS:
        if pattern.search(text):
            return reason
    for word in _WORD.findall(text):
        # Paths and addresses are long words too; a random one mixes three sorts of signs without any separator in between.
        sorts = sum(bool(re.search(sort, word)) for sort in ("[a-z]", "[A-Z]", "[0-9]"))
        if sorts == 3 and "/" not in word and len(word) >= 24 and _entropy(word) > 4.2:
            return gettext_noop("a key or token")
    return None


def refuse_secrets(values: Mapping[str, Any], *, fields: Iterable[str]) -> None:
    """Refuse when a named field holds what looks like a secret. The message never repeats the value.

    :raises SecretRefused: one problem for each such field.
    """
    problems = []
    for name in fields:
        value = values.get(name)
        texts = value if isinstance(value, (list, tuple)) else [value]
        for text in texts:
            reason = secret_reason(text) if isinstance(text, str) else None
            if reason:
                message = _(
                    "This looks like %(what)s and was not stored. Keep it in the vault and enter the vault reference here."
                ) % {"what": _(reason)}
                problems.append(Problem(name, "secret_refused", message))
                break
    if problems:
        raise SecretRefused(problems[0].message, problems=tuple(problems))
