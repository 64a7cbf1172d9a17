"""What can be imported: each kind's canonical fields, their types, and the names people give to such columns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from coe.intake.errors import IntakeError

__all__ = ["KINDS", "FieldDef", "FieldType", "fields_of", "guess_mapping", "register_kind"]

FieldType = Literal["text", "code", "number", "whole", "date", "moment", "bool", "list"]


@dataclass(frozen=True, slots=True)
class FieldDef:
    """One canonical field: its type and the column names by which it is recognised (English and French)."""

    name: str
    type: FieldType = "text"
    names: tuple[str, ...] = ()
    is_required: bool = False


def _fields(*entries: tuple[str, ...] | str) -> dict[str, FieldDef]:
    found = {}
    for entry in entries:
        given = (entry,) if isinstance(entry, str) else entry
        name, kind, aliases = (*given, *("text", "")[len(given) - 1 :])
        names = tuple(alias.strip() for alias in aliases.split(",") if alias.strip())
        found[name] = FieldDef(name, cast(FieldType, kind.rstrip("!")), names, kind.endswith("!"))
    return found


_LINE = (
    "line code, line of business, business line, agency, agence, department, service, unit, organisation, organization, entité, "
    "ligne, direction"
)
_PLATFORM = "network, channel, site, plateforme, réseau, réseau social, service_id"
_URL = "link, address, profile url, service_url, web address, adresse, lien, permalink"
_HANDLE = "account, username, user name, screen name, screen_name, login, compte, identifiant, pseudo"
_ID = "account id, platform id, twitter_id, user id, id du compte"

KINDS: dict[str, dict[str, FieldDef]] = {
    "lines": _fields(
        ("code", "text!", "line code, agency id, id, sigle, code ligne"),
        ("name", "text", "title, agency name, nom, intitulé, libellé, line name"),
        ("kind", "text", "type, sorte, nature"),
        ("parent", "text", "parent code, parent line, belongs to, rattachement, ligne mère"),
        ("parent_name", "text", "nom du parent"),
        ("status", "text", "state, statut, état"),
        ("time_zone", "text", "timezone, tz, fuseau, fuseau horaire"),
        ("is_spoke", "bool", "spoke, counts as line of business"),
        ("calendar", "text", "working calendar, calendrier"),
        ("description", "text", "notes, remarks"),
        ("tags", "list", "labels, étiquettes, mots-clés"),
    ),
    "people": _fields(
        ("email", "text!", "e-mail, mail, email address, courriel, adresse e-mail, adresse électronique"),
        ("name", "text", "full name, display name, nom, nom complet, prénom et nom"),
        ("line", "text", _LINE),
        ("role", "text", "roles, function, rôle, fonction"),
        ("language", "text", "lang, locale, langue"),
        ("time_zone", "text", "timezone, tz, fuseau, fuseau horaire"),
        ("is_active", "bool", "active, actif"),
        ("valid_from", "moment", "role from, from, since, depuis, début, rôle depuis"),
        ("valid_until", "moment", "role until, until, to, jusqu'à, fin, rôle jusqu'à"),
        ("job_title", "text", "title, position, poste"),
        ("hub_fte_hundredths", "whole", "hub fte, etp"),
        ("joined_on", "date", "joined, arrivée"),
        ("left_on", "date", "left, départ"),
    ),
    "accounts": _fields(
        ("line", "text", _LINE), ("line_name", "text", "agency name, nom de la ligne"),
        ("line_parent",), ("line_parent_name",), ("line_kind",),
        ("platform", "text", _PLATFORM), ("handle", "text", _HANDLE), ("url", "text", _URL),
        ("platform_account_id", "text", _ID),
        ("display_name", "text", "account name, name, title, nom, nom affiché, nom du compte, intitulé"),
        ("co_owners", "list", "shared with, co-owners, copropriétaires, partagé avec"), ("co_owner_names", "list"),
        ("previous_handles", "list", "former handles, prev_names, anciens identifiants"),
        ("state", "text", "status, statut, état"),
        ("kind", "text", "account kind, type, sorte, account type"),
        ("tier", "whole", "niveau, priority, class"),
        ("purpose", "text", "goal, objectif, but, finalité"), ("audience", "text", "target group, public, public cible"),
        ("languages", "list", "language, langue, langues"), ("tags", "list", "labels, étiquettes, mots-clés"),
        ("notes", "text", "remarks, comments, remarques"),
        ("primary_owner", "text", "owner, owner email, responsible, responsable, propriétaire"),
        ("backup_owner", "text", "deputy, second owner, backup, suppléant, remplaçant"),
        ("emergency_contact", "text", "contact d'urgence"),
        ("publish_method", "text", "méthode de publication"), ("custody_kind", "text", "custody, garde"),
        ("vault_reference", "text", "vault, coffre"), ("recovery_email", "text", "recovery mailbox, recovery address, adresse de secours"),
        ("recovery_kind",), ("mfa_state", "text", "mfa, 2fa, two factor, double authentification"), ("mfa_method",),
        ("mfa_verified_on", "date", "mfa checked on, mfa vérifiée le"), ("app_review_on", "date", "apps reviewed on"),
        ("allows_comments", "bool", "comments allowed, commentaires"), ("comment_policy_url", "text", "comment policy"),
        ("retention_class", "text", "retention, conservation"), ("archive_method", "text", "archiving, archivage"),
        ("is_regulated", "bool", "regulated, réglementé"), ("is_service", "bool", "customer service, service client"),
        ("last_post_at", "moment", "last post, dernière publication"),
        ("planned_cadence_days", "whole", "cadence, cadence days"), ("dormancy_limit_days", "whole", "dormancy limit"),
        ("dormant_decision",), ("dormant_decision_on", "date"), ("opened_on", "date", "created, opened, ouvert le, account_created_at"),
    ),
    "observations": _fields(
        ("line", "text", _LINE), ("line_name", "text", "agency name, nom de la ligne"),
        ("line_parent",), ("line_parent_name",), ("line_kind",),
        ("platform", "text", _PLATFORM), ("handle", "text", _HANDLE), ("url", "text", _URL),
        ("platform_account_id", "text", _ID),
        ("account_name", "text", "display name, name, nom, nom du compte"),
        ("metric", "text!", "measure, indicator, kpi, métrique, indicateur, mesure"),
        ("date", "date!", "day, date sampled, sampled on, period, jour, date du relevé, as of"),
        ("value", "number", "count, number, amount, total, likes/followers/visits/downloads, valeur, nombre, chiffre"),
        ("numerator", "number", "numérateur"), ("denominator", "number", "dénominateur"),
        ("observed_at", "moment", "observed, measured at, timestamp, observé le, relevé le"),
    ),
}  # fmt: skip


def register_kind(kind: str, fields: Iterable[FieldDef]) -> None:
    """Add a kind that an upper app imports (completions, cases), so that mappings may be written for it."""
    KINDS[kind] = {one.name: one for one in fields}


def fields_of(kind: str) -> dict[str, FieldDef]:
    """The canonical fields of a kind.

    :raises IntakeError: ``kind_unknown``.
    """
    try:
        return KINDS[kind]
    except KeyError:
        raise IntakeError("kind_unknown", kind=kind[:40], kinds=", ".join(KINDS)) from None


def _key(name: str) -> str:
    plain = "".join(ch for ch in unicodedata.normalize("NFKD", name) if not unicodedata.combining(ch))
    return re.sub(r"[^a-z0-9]+", "", plain.casefold())


def guess_mapping(columns: Sequence[str], kind: str) -> dict[str, str]:
    """Suggest a column for each field: ``{field: column}``, each column at most once, exact names before likely ones."""
    by_key: dict[str, str] = {}
    for column in columns:
        by_key.setdefault(_key(column), column)
    found: dict[str, str] = {}
    taken: set[str] = set()
    fields = fields_of(kind)
    for names in (lambda one: (one.name,), lambda one: one.names):
        for one in fields.values():
            if one.name in found:
                continue
            match = next(
                (by_key[_key(name)] for name in names(one) if by_key.get(_key(name)) not in (None, *taken)),
                None,
            )
            if match is not None:
                found[one.name] = match
                taken.add(match)
    return {name: found[name] for name in fields if name in found}
