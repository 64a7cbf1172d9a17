"""Recognising a password, key or token where a person meant to describe something: the hub must never hold one."""

from __future__ import annotations

import math
import re
from itertools import pairwise

from coe.intake.errors import gettext_noop

__all__ = ["SECRET_REASONS", "looks_like_secret"]

#: reason → how it is said
SECRET_REASONS: dict[str, str] = {
    "password": gettext_noop("a password"),
    "private_key": gettext_noop("a private key"),
    "api_key": gettext_noop("an API key"),
    "token": gettext_noop("an access token"),
    "web_token": gettext_noop("a signed web token"),
    "url_password": gettext_noop("an address with a password in it"),
    "one_time_secret": gettext_noop("the secret of a one-time code"),
    "random": gettext_noop("a long random text"),
}

_KNOWN = (
    ("private_key", re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|\bPuTTY-User-Key-File-\d")),
    ("one_time_secret", re.compile(r"otpauth://", re.IGNORECASE)),
    ("url_password", re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@?#]{1,200}:[^\s/@?#]{3,200}@", re.IGNORECASE)),
    ("web_token", re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{0,}")),
    ("api_key", re.compile(
        r"\b(?:AKIA|ASIA|AGPA|AIDA|AROA)[A-Z0-9]{16}\b|\bAIza[\w-]{30,}|\b(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{16,}"
        r"|\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{20,}|\bSG\.[\w-]{16,}\.[\w-]{16,}|\bkey-[0-9a-f]{32}\b|\bAC[0-9a-f]{32}\b"
    )),
    ("token", re.compile(
        r"\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}|\bxox[abeoprs]-[\w-]{10,}|\bya29\.[\w-]{20,}"
        r"|\bEAA[A-Za-z0-9]{40,}|\bnpm_[A-Za-z0-9]{30,}|\bpypi-[\w-]{30,}|\bhvs\.[\w-]{20,}|\bdop_v1_[0-9a-f]{40,}|\bcoe_[\w-]{24,}"
        r"|\bAAAA[A-Za-z0-9%]{60,}|hooks\.slack\.com/services/T\w+/B\w+/\w+|\b\d{8,10}:AA[\w-]{33}\b"
    )),
)  # fmt: skip

_LABELLED = re.compile(
    r"(?<![\w:-])(?P<label>pass(?:word|wort|phrase|wd|code)?|pwd|pw|mot de passe|mdp|kennwort|contraseña|"
    r"api[ _-]?key|secret(?:[ _-]?key)?|client[ _-]?secret|access[ _-]?(?:key|token)|auth[ _-]?token|bearer|token|"
    r"recovery codes?|backup codes?|codes? de secours|totp|2fa[ _-]?(?:secret|code)|otp)"
    r"\s*(?P<sign>[:=]|=>|->|\bis\b|\best\b|\bist\b)\s*[\"'“«]?\s*(?P<value>[^\s\"'”»,;]+)",
    re.IGNORECASE,
)
_BEARER = re.compile(r"\bbearer\s+[A-Za-z0-9._~+/-]{16,}=*", re.IGNORECASE)
# What people write after "password:" when they do not write the password.
_NO_SECRET = re.compile(
    r"(?:vault|op|bw|keepass|lastpass|1password|secretsmanager|arn|kv|ssm|env|file)[:/].*|https?://.*|"
    r"(?:in|see|the|a|an|ask|kept|stored|not|none|n/?a|unknown|unset|yes|no|required|optional|changed|shared|managed|held|with|by|via|"
    r"rotated|reset|expired|policy|manager|protected|dans|voir|chez|non|oui|aucun|inconnu|demander|conservé|géré|null|nil|true|false|tbd|"
    r"to|for|on|at|our|my|your|only|still|known|lost|safe|secure|weak|strong|never|always|being|also|very|too|important|needed|there|"
    r"enabled|disabled|sms|app|totp|hardware|vaulted|1password|lastpass|bitwarden|keepass|dashlane|sso|oidc|saml|okta|"
    r"confirmed|verified|pending|active|inactive|valid|invalid|missing|empty|blank|default|hidden|secret|password|token)\W*|"
    r"[*•x.…_-]+|[<{\[(].*|\$\{?[A-Z_]+\}?",
    re.IGNORECASE | re.DOTALL,
)
_LONG = re.compile(r"(?<![\w+/=@.-])[A-Za-z0-9+/=_-]{24,512}(?![\w+/=@.-])")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://\S+|\bwww\.\S+|\b[\w.+-]+@[\w-]+\.[\w.-]+", re.IGNORECASE)
_CHANNEL = re.compile(r"UC[\w-]{22}")


def _entropy(text: str) -> float:
    return -sum(
        count / len(text) * math.log2(count / len(text)) for count in (text.count(sign) for sign in set(text))
    )


def _is_random(word: str) -> bool:
    """Whether a long word is noise: it mixes cases and figures evenly, or is a long hexadecimal figure."""
    if _UUID.fullmatch(word) or _CHANNEL.fullmatch(word.rpartition("/")[2]):
        return False
    if re.fullmatch(r"[0-9a-f]{32,}|[0-9A-F]{32,}", word):
        return bool(re.search("[a-fA-F]", word) and re.search("[0-9]", word)) and _entropy(word) > 3.0
    if not (re.search("[a-z]", word) and re.search("[A-Z]", word) and len(re.findall("[0-9]+", word)) >= 2):
        return False
    # Words joined by hyphens, underscores or slashes are a name or a path; noise has few signs and no words between them.
    pieces = [piece for piece in re.split(r"[-_/+=]", word) if piece]
    if len(pieces) > 2 and max(map(len, pieces)) < 16:
        return False
    turns = sum(
        (one.isdigit(), one.isupper()) != (two.isdigit(), two.isupper()) for one, two in pairwise(word)
    )
    return turns >= len(word) / 4 and _entropy(word) > 3.8


def looks_like_secret(text: str) -> str | None:
    """Tell what kind of secret a text seems to hold (a key of ``SECRET_REASONS``), or None.

    Errs on the side of letting prose through: addresses, e-mail, UUIDs, vault references such as ``vault://team/kv/x`` and talk
    *about* passwords are no secrets. Never quotes the secret, so the answer may be logged.
    """
    if len(text) < 6:
        return None
    text = text[:20_000]
    for reason, pattern in _KNOWN:
        if pattern.search(text):
            return reason
    if _BEARER.search(text):
        return "token"
    for match in _LABELLED.finditer(text):
        value = match["value"].rstrip(".!?)]}")
        worded = match["sign"].lower() in ("is", "est", "ist")
        if len(value) < 4 or _NO_SECRET.fullmatch(value):
            continue
        # "the token is renewed yearly" is prose; "the token is Xk49…" is not.
        if worded and not re.search(r"[0-9!#$%&*+=^~]", value):
            continue
        label = match["label"].lower()
        return (
            "password"
            if re.match(r"pass|pwd|pw|mot|mdp|kenn|contra", label)
            else "one_time_secret"
            if re.match(r"recovery|backup|codes?|totp|2fa|otp", label)
            else "token"
            if "token" in label or label == "bearer"
            else "api_key"
        )
    bare = _ADDRESS.sub(" ", text)
    return "random" if any(_is_random(word) for word in _LONG.findall(bare)) else None
