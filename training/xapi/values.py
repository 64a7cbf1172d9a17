"""The atoms of a statement: identifiers, addresses, languages, times. Every pattern is linear in the length of its text."""

import re
from datetime import UTC, datetime, timedelta, timezone

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)
# RFC 3987: a scheme, a colon, and something; no space, control character or delimiter that a URI must escape.
_IRI = re.compile(r'[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>"{}|\\^`\x00-\x1f]+')
_MAILTO = re.compile(r"mailto:[^@\s<>,;]{1,64}@[^@\s<>,;]{1,253}", re.IGNORECASE)
_SHA1 = re.compile(r"[0-9a-f]{40}", re.IGNORECASE)
_SHA2 = re.compile(r"(?:[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})", re.IGNORECASE)
# RFC 5646, section 2.1: language (with extended subtags), script, region, variants, extensions, private use.
_LANGUAGE = re.compile(
    r"(?:(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4}|[a-z]{5,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(?:-[0-9a-wy-z](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?"
    r"|x(?:-[a-z0-9]{1,8})+)",
    re.IGNORECASE,
)
# RFC 5646, 2.2.8: registered whole before the grammar was made.
_GRANDFATHERED = frozenset(
    {
        "en-gb-oed", "i-ami", "i-bnn", "i-default", "i-enochian", "i-hak", "i-klingon", "i-lux", "i-mingo", "i-navajo", "i-pwn",
        "i-tao", "i-tay", "i-tsu", "sgn-be-fr", "sgn-be-nl", "sgn-ch-de", "art-lojban", "cel-gaulish", "no-bok", "no-nyn", "zh-guoyu",
        "zh-hakka", "zh-min", "zh-min-nan", "zh-xiang",
    }
)  # fmt: skip
# ISO 639 registers no primary subtag of five letters or more (RFC 5646, 2.2.1 reserves them); four letters are reserved too.
_LONG_LANGUAGE = re.compile(r"[a-z]{4,8}(?:-|$)", re.IGNORECASE)
_MEDIA_TYPE = re.compile(
    r"[\w!#$&^.+\-]{1,127}/[\w!#$&^.+\-]{1,127}(?:\s*;\s*[\w!#$&^.+\-]+=(?:[\w!#$&^.+\-]+|\"[^\"]*\"))*"
)
_TIME = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,12}))?)?\s?(Z|z|[+-]\d{2}(?::?\d{2})?)?)?"
)
_DURATION = re.compile(
    r"P(?:(?P<weeks>\d+(?:[.,]\d+)?)W|(?=.)(?:(?P<years>\d+(?:[.,]\d+)?)Y)?(?:(?P<months>\d+(?:[.,]\d+)?)M)?(?:(?P<days>\d+(?:[.,]\d+)?)D)?"
    r"(?:T(?=.)(?:(?P<hours>\d+(?:[.,]\d+)?)H)?(?:(?P<minutes>\d+(?:[.,]\d+)?)M)?(?:(?P<seconds>\d+(?:[.,]\d+)?)S)?)?)"
)
_SECONDS = {
    "weeks": 604_800,
    "years": 31_557_600,
    "months": 2_629_800,
    "days": 86_400,
    "hours": 3_600,
    "minutes": 60,
    "seconds": 1,
}


def is_uuid(text: str) -> bool:
    """RFC 4122, in its standard text form (Data 4.4)."""
    return bool(_UUID.fullmatch(text))


def is_iri(text: str) -> bool:
    """An absolute IRI (Data 4.3)."""
    return len(text) <= 4096 and bool(_IRI.fullmatch(text))


def is_mailto(text: str) -> bool:
    """`mailto:` and one address (Data 2.4.2.3)."""
    return bool(_MAILTO.fullmatch(text))


def is_sha1(text: str) -> bool:
    """A hexadecimal SHA-1 digest (Data 2.4.2.3)."""
    return bool(_SHA1.fullmatch(text))


def is_sha2(text: str) -> bool:
    """A hexadecimal SHA-224, -256, -384 or -512 digest (Data 2.4.11)."""
    return bool(_SHA2.fullmatch(text))


def is_language(text: str) -> bool:
    """A language tag of RFC 5646 (Data 4.2)."""
    if text.casefold() in _GRANDFATHERED:
        return True
    return len(text) <= 120 and bool(_LANGUAGE.fullmatch(text)) and not _LONG_LANGUAGE.match(text)


def is_media_type(text: str) -> bool:
    """An Internet media type (Data 2.4.11)."""
    return len(text) <= 255 and bool(_MEDIA_TYPE.fullmatch(text))


def seconds_of(text: str) -> float | None:
    """The length of an ISO 8601 duration in seconds, a month being a twelfth of 365.25 days; None if it is none (Data 4.6)."""
    match = _DURATION.fullmatch(text) if len(text) <= 100 else None
    if match is None:
        return None
    parts = {key: value for key, value in match.groupdict().items() if value is not None}
    # Only the smallest unit may have a fraction (ISO 8601, 4.4.3.2).
    if not parts or any("." in value or "," in value for value in list(parts.values())[:-1]):
        return None
    return sum(float(value.replace(",", ".")) * _SECONDS[key] for key, value in parts.items())


def instant(text: str, *, needs_zone: bool = False) -> datetime | None:
    """An ISO 8601 time as an instant in UTC; a time without zone is taken as UTC unless one is needed; None if it is none.

    Offsets of minus zero are refused: they mean "zone unknown" (Data 4.5).
    """
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    if needs_zone and (zone is None or second is None):
        return None
    if zone is not None and zone[0] == "-" and not zone[1:].replace(":", "").strip("0"):
        return None
    micros = int((fraction or "0").ljust(6, "0")[:6])
    # ISO 8601 allows a leap second; a clock without one shows the last moment before.
    leap = second == "60"
    try:
        local = datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), 59 if leap else int(second or 0), micros,
            _zone(zone),
        )  # fmt: skip
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _zone(text: str | None) -> timezone:
    if text is None or text in "Zz":
        return UTC
    digits = text[1:].replace(":", "")
    hours, minutes = int(digits[:2]), int(digits[2:] or 0)
    if minutes > 59:
        raise ValueError(text)
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if text[0] == "-" else offset)
