"""Service tokens: `coe_<prefix>_<secret>`. The secret is shown once and never stored."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any

from django.db import transaction
from django.db.models import CharField, Model, QuerySet
from django.utils.translation import gettext as _

from coe.enums.lines import LineStatus
from coe.enums.roles import OFFERED_SCOPES
from coe.errors import Invalid, Problem, WrongState
from coe.models import BusinessLine, ServiceToken, User
from coe.models.prepared import Given, Prepared
from coe.rules.principals import Actor
from coe.services.history import changed, record, snapshot
from coe.services.records import locked, save_changed

LONGEST_LIFE = timedelta(days=366 * 2)
OVERLAP = timedelta(days=7)
# `last_used_at` is a hint for people; one write a minute and token is enough.
_USE_STEP = timedelta(minutes=1)


def _digest(plain: str) -> str:
    return hashlib.sha256(plain.encode()).hexdigest()


def _fresh() -> tuple[str, str]:
    prefix = secrets.token_hex(5)
    return prefix, f"coe_{prefix}_{secrets.token_urlsafe(32)}"


@transaction.atomic
def create_token(
    *,
    line: BusinessLine,
    name: str,
    scopes: Iterable[str],
    expires_at: datetime,
    by: Actor,
    at: datetime,
    why: str = "",
    replaces: ServiceToken | None = None,
) -> tuple[ServiceToken, str]:
    """Make a token for a line and the lines below it; the second part of the answer is the secret, shown once.

    :raises Invalid: no name, an unknown scope, or an expiry that is past or more than two years away.
    """
    problems = []
    name = name.strip()
    wanted = list(dict.fromkeys(scopes))
    if not name or len(name) > 120:
        problems.append(
            Problem(
                "name",
                "required",
                _("Give the token a name of at most 120 characters that says who uses it."),
            )
        )
    unknown = [scope for scope in wanted if scope not in OFFERED_SCOPES]
    if not wanted or unknown:
        offered = ", ".join(OFFERED_SCOPES)
        problems.append(
            Problem(
                "scopes",
                "scope_unknown",
                _("Choose at least one of these scopes: %(scopes)s.") % {"scopes": offered},
            )
        )
    if not at < expires_at <= at + LONGEST_LIFE:
        problems.append(
            Problem(
                "expires_at", "out_of_range", _("A token expires in the future, at most two years from now.")
            )
        )
    if problems:
        raise Invalid(problems[0].message, problems=tuple(problems))
    if line.status == LineStatus.ARCHIVED:
        raise WrongState(_("%(name)s is archived.") % {"name": line})
    prefix, plain = _fresh()
    token = ServiceToken(
        line=line, name=name, prefix=prefix, digest=_digest(plain), scopes=wanted, expires_at=expires_at, replaces=replaces,
        created_by=User.objects.filter(pk=by.user_id).first() if by.user_id else None, created_at=at, updated_at=at,
    )  # fmt: skip
    token.save(force_insert=True)
    record(
        "token.created", token, by=by, at=at, changes=changed({}, snapshot(token)), why=why, line_id=line.pk
    )
    return token, plain


def authenticate(plain: str, *, at: datetime) -> ServiceToken | None:
    """The usable token of a secret, or None (one query; a second, once a minute, notes the use). An archived line has none."""
    parts = plain.strip().split("_", 2)
    if len(parts) != 3 or parts[0] != "coe" or not parts[1].isascii() or not parts[1]:
        return None
    token = _token_of(parts[1][:12])
    if token is None or not compare_digest(token.digest, _digest(plain.strip())) or not token.is_usable(at):
        return None
    if token.line.status == LineStatus.ARCHIVED:
        return None
    if token.last_used_at is None or at - token.last_used_at >= _USE_STEP:
        ServiceToken.objects.filter(pk=token.pk).update(last_used_at=at)
        token.last_used_at = at
    return token


def _columns(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def _token_with_line() -> QuerySet[Any]:
    one = ServiceToken.objects.filter(prefix=Given("prefix", CharField())).order_by("pk")
    return one.values_list(*_columns(ServiceToken), *(f"line__{name}" for name in _columns(BusinessLine)))


_TOKEN = Prepared(_token_with_line)


def _token_of(prefix: str) -> ServiceToken | None:
    """The token of a prefix with its line, as every call of the API asks for it."""
    rows = _TOKEN.rows(prefix=prefix)
    if not rows:
        return None
    names = _columns(ServiceToken)
    token = ServiceToken.from_db(ServiceToken.objects.db, names, rows[0][: len(names)])
    token.line = BusinessLine.from_db(token._state.db, _columns(BusinessLine), rows[0][len(names) :])
    return token


@transaction.atomic
def revoke_token(
    token: ServiceToken, *, by: Actor, at: datetime, why: str = "", expected_revision: int | None = None
) -> ServiceToken:
    """Close a token at once.

    :raises WrongState: it is revoked already.
    """
    token = locked(token, expected_revision=expected_revision)
    if token.revoked_at is not None and token.revoked_at <= at:
        raise WrongState(_("This token is revoked already."))
    before = snapshot(token)
    token.revoked_at = at
    save_changed(token, fields=["revoked_at"], at=at)
    record(
        "token.revoked",
        token,
        by=by,
        at=at,
        changes=changed(before, snapshot(token)),
        why=why,
        line_id=token.line_id,
    )
    return token


@transaction.atomic
def rotate_token(
    token: ServiceToken,
    *,
    expires_at: datetime,
    by: Actor,
    at: datetime,
    overlap: timedelta = OVERLAP,
    why: str = "",
) -> tuple[ServiceToken, str]:
    """Make a successor with the same line, name and scopes; the old token stops after the overlap.

    :raises WrongState: the old token is revoked or expired. :raises Invalid: as `create_token`.
    """
    token = locked(token)
    if not token.is_usable(at):
        raise WrongState(_("This token is revoked or expired; make a new one."))
    if token.revoked_at is not None:
        raise WrongState(_("This token is being replaced already."))
    successor, plain = create_token(
        line=token.line,
        name=token.name,
        scopes=token.scopes,
        expires_at=expires_at,
        by=by,
        at=at,
        why=why,
        replaces=token,
    )
    before = snapshot(token)
    token.revoked_at = min(at + overlap, token.expires_at)
    save_changed(token, fields=["revoked_at"], at=at)
    record(
        "token.rotated",
        token,
        by=by,
        at=at,
        changes=changed(before, snapshot(token)),
        why=why,
        line_id=token.line_id,
    )
    return successor, plain
