"""From an address, a name or a handle to the one account it means. Nothing here raises: what is not understood is None."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from coe.handles.catalogue import Catalogue, Platform

__all__ = [
    "Identified",
    "ParsedHandle",
    "canonical_url",
    "identify",
    "key_without_url",
    "normalise_handle",
    "parse_url",
    "platform_for_name",
]

_LONGEST = 2048
_MEMORY = 200_000
_HOST = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])\Z"
)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_MENTION = re.compile(r"@(\w[\w.-]*)@([\w.-]+\.[\w-]+)\Z")
KEY_PREFIX = "no-url:"


@dataclass(frozen=True, slots=True)
class ParsedHandle:
    """An account on a platform: the handle as written, the form that is compared, its address and its id where the address holds one."""

    platform: str
    handle: str
    normalised: str
    canonical_url: str
    account_id: str = ""


@dataclass(frozen=True, slots=True)
class Identified:
    """What a row says about an account: the account, or why there is none, and remarks (``code``, ``params``)."""

    account: ParsedHandle | None
    problem: str = ""
    params: tuple[tuple[str, str], ...] = ()
    notes: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()


def _fold(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).casefold())


def _printable(text: str) -> bool:
    return text.isprintable() and not any(unicodedata.category(ch) in ("Cf", "Co", "Cn", "Cs") for ch in text)


def platform_for_name(name: str, catalogue: Catalogue) -> Platform | None:
    """Find a platform by any of its names, whatever the case: ``Youtube``, ``Linked-In``, ``iPhone app``."""
    return catalogue.named(name) if name.strip() else None


def _is_domain(handle: str) -> bool:
    return bool(_HOST.match(handle.split("/", 1)[0].casefold()))


def canonical_url(platform: Platform, handle: str) -> str:
    """Write the address of an account; the empty text when its platform has none for such a handle."""
    if not handle or handle.startswith(KEY_PREFIX):
        return ""
    if platform.code == "mastodon" or "{user}" in platform.canonical:
        user, _, host = handle.lstrip("@").partition("@")
        return (
            platform.canonical.format(user=quote(user), host=host.lower(), handle=quote(handle))
            if host
            else ""
        )
    if (
        platform.canonical_domain
        and _is_domain(handle)
        and (platform.generic or not platform.handle_pattern.fullmatch(handle))
    ):
        return platform.canonical_domain.format(handle=quote(handle, safe="/.-_~@:+"))
    if platform.canonical_only and not re.fullmatch(platform.canonical_only, handle):
        return ""
    template = (
        platform.canonical_prefixed if "/" in handle and platform.canonical_prefixed else platform.canonical
    )
    return template.format(handle=quote(handle, safe="/@:+._-~")) if template else ""


def normalise_handle(platform: Platform, raw: str) -> str | None:
    """Reduce a handle to the form in which two spellings of one account are equal; None when it is no handle there."""
    found = _read_handle(platform, raw)
    return found.normalised if found else None


def _made(
    platform: Platform, handle: str, account_id: str = "", *, case_sensitive: bool = False
) -> ParsedHandle | None:
    handle = unicodedata.normalize("NFC", handle).strip()
    if not handle or len(handle) > 200 or not _printable(handle):
        return None
    exact = platform.case_sensitive or case_sensitive
    normalised = handle if exact else _fold(handle)
    for sign in platform.ignore:
        normalised = normalised.replace(sign, "")
    if not normalised.strip("./@- "):
        return None
    return ParsedHandle(platform.code, handle, normalised, canonical_url(platform, handle), account_id)


def _read_handle(platform: Platform, raw: str) -> ParsedHandle | None:
    """Read a bare handle as a person would type it into a form."""
    text = unicodedata.normalize("NFC", raw).strip()
    if not text or len(text) > 200 or not _printable(text):
        return None
    if text.startswith(KEY_PREFIX):
        return ParsedHandle(platform.code, text, _fold(text), "")
    if platform.id_pattern and (match := platform.id_pattern.fullmatch(text)):
        account_id = match.groupdict().get("id") or text
        return _made(
            platform,
            platform.ids_as.format(id=account_id),
            account_id,
            case_sensitive=platform.ids_case_sensitive,
        )
    if "/" in text and (from_path := _from_path(platform, "/" + text.lstrip("/"), "", only_prefixed=True)):
        return from_path
    if not platform.free_names and not text.startswith("@@"):
        text = text.removeprefix("@") or text
    if platform.handle_pattern.fullmatch(text):
        if text.casefold() in platform.reserved_names:
            return None
        return _made(platform, text)
    if platform.default_suffix and platform.handle_pattern.fullmatch(text + platform.default_suffix):
        return _made(platform, text + platform.default_suffix)
    if platform.custom_domains and _is_domain(text):
        return _made(platform, text)
    return None


def _from_path(
    platform: Platform, path: str, host: str, *, only_prefixed: bool = False, anywhere: bool = False
) -> ParsedHandle | None:
    for rule in platform.any_host_paths if anywhere else platform.paths + platform.any_host_paths:
        if only_prefixed and "/" not in rule.writes:
            continue
        match = rule.pattern.fullmatch(path)
        if match is None:
            continue
        groups = {key: value for key, value in match.groupdict().items() if value is not None}
        groups.setdefault("host", host)
        try:
            handle = rule.writes.format(**groups)
        except (KeyError, IndexError):
            continue
        # Only a name at the root can be one of the platform's own pages.
        if rule.writes == "{handle}" and handle.casefold() in platform.reserved_names:
            return None
        return _made(platform, handle, groups.get("id", ""), case_sensitive=rule.case_sensitive)
    return None


def _split(url: str) -> tuple[str, str] | None:
    """Split an address into host and ``/path?query``; None when it is no web address."""
    text = url.strip().strip("<>\"'").strip()
    if not text or len(text) > _LONGEST or any(ch.isspace() for ch in text) or not _printable(text):
        return None
    scheme = _SCHEME.match(text)
    if scheme and scheme[1].lower() in ("http", "https"):
        pass
    elif text.startswith("//"):
        text = "https:" + text
    elif scheme and not re.match(r"[^/]*:\d+(?:[/?#]|\Z)", text):
        return None
    else:
        text = "https://" + text
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").rstrip(".")
        _ = parts.port
    except ValueError:
        return None
    if parts.username is not None:
        return None
    try:
        host = host.encode("idna").decode("ascii").lower() if not host.isascii() else host.lower()
    except (UnicodeError, ValueError):
        return None
    if not _HOST.match(host):
        return None
    path, query = parts.path, parts.query
    if parts.fragment.startswith("!"):
        # twitter.com/#!/name and facebook.com/home.php#!/pages/…: the account stands behind the hash.
        path, _, query = parts.fragment[1:].partition("?")
    try:
        path = unquote(path, errors="strict")
    except UnicodeDecodeError:
        path = unquote(path, encoding="latin-1")
    path = "/" + re.sub(r"/{2,}", "/", path).strip("/")
    if not _printable(path):
        return None
    return host, f"{path}?{unquote(query, errors='replace')}" if query else path


def parse_url(url: str, catalogue: Catalogue) -> ParsedHandle | None:
    """Find the account behind an address on a known platform, or behind ``@user@host``.

    Scheme, ``www.``, ``m.``, trailing slash, query, fragment and letter case make no difference. A page that is no account
    (a search, a single post on a host whose posts carry no account), an unknown host and nonsense are None.
    """
    if (mention := _MENTION.match(url.strip())) and (home := catalogue.by_code.get("mastodon")):
        return _made(home, f"{mention[1]}@{mention[2].lower()}") if _HOST.match(mention[2].lower()) else None
    split = _split(url)
    if split is None:
        return None
    host, path = split
    at = catalogue.at_host(host)
    if at is None:
        for platform in catalogue.any_host:
            if found := _from_path(platform, path, host.removeprefix("www."), anywhere=True):
                return found
        return None
    platform, subdomain = at
    if subdomain:
        return _made(platform, subdomain)
    return _from_path(platform, path, host.removeprefix("www."))


def key_without_url(line: str) -> str:
    """Name an account that has neither URL nor handle by its line. No platform allows a colon in a handle, so it meets no real one."""
    plain = "".join(ch for ch in unicodedata.normalize("NFKD", line) if not unicodedata.combining(ch))
    return KEY_PREFIX + (re.sub(r"[^a-z0-9]+", "-", plain.casefold()).strip("-") or "unassigned")


def identify(
    catalogue: Catalogue,
    *,
    platform: str = "",
    handle: str = "",
    url: str = "",
    line: str = "",
    key_by_line: bool = False,
) -> Identified:
    """Find the one account a row means from whatever it tells: a URL, a platform's name, a handle.

    The URL is believed before the name, because people mislabel and addresses do not; the difference is noted. A generic platform
    (blog, newsletter, website) keeps its name. Where there is neither URL nor handle, ``key_by_line`` names the account by
    its line, so that its observations have a place.
    """
    asked = (platform, handle, url, line if key_by_line else "", key_by_line)
    known = catalogue.memory.get(asked)
    if known is None:
        known = _identify(catalogue, *asked)
        if len(catalogue.memory) >= _MEMORY:
            catalogue.memory.clear()
        catalogue.memory[asked] = known
    return known


def _identify(
    catalogue: Catalogue, platform: str, handle: str, url: str, line: str, key_by_line: bool
) -> Identified:
    url, handle, platform = url.strip(), handle.strip(), platform.strip()
    named = platform_for_name(platform, catalogue) if platform else None
    if platform and named is None and not url:
        return Identified(None, "platform_unknown", (("value", platform),))
    if url:
        found = _identify_url(catalogue, named, url)
        if found is not None:
            return found
        if named is None:
            return Identified(
                None, "platform_unknown" if platform else "url_not_understood", (("value", platform or url),)
            )
        if not handle:
            # A name in the column of addresses: an app, a short code.
            handle = url if named.free_names else ""
            if not handle:
                return Identified(None, "url_not_understood", (("value", url),))
    if named is None:
        return Identified(None, "account_not_named")
    if handle:
        account = _read_handle(named, handle) or parse_url(handle, catalogue)
        if account is None:
            return Identified(None, "handle_not_understood", (("value", handle), ("platform", named.name)))
        return Identified(account)
    if key_by_line and line:
        key = key_without_url(line)
        account = ParsedHandle(named.code, key, _fold(key), "")
        return Identified(
            account, notes=(("keyed_without_url", (("handle", key), ("platform", named.name))),)
        )
    return Identified(None, "account_not_named")


def _identify_url(catalogue: Catalogue, named: Platform | None, url: str) -> Identified | None:
    if named is not None and named.generic and (split := _split(url)):
        at = catalogue.at_host(split[0])
        if at is None or at[0].code != named.code:
            # A blog that lives on somebody's platform is still the blog the row says it is.
            account = _own_domain(named, split)
            return Identified(account) if account else None
    account = parse_url(url, catalogue)
    if account is not None:
        if named is None or account.platform == named.code:
            return Identified(account)
        note = (
            "platform_from_url",
            (("named", named.name), ("found", catalogue.by_code[account.platform].name)),
        )
        return Identified(account, notes=(note,))
    if named is not None and named.custom_domains and (split := _split(url)):
        if (at := catalogue.at_host(split[0])) is not None:
            return None
        own = _own_domain(named, split)
        return Identified(own, notes=(("custom_domain", (("platform", named.name),)),)) if own else None
    return None


def _own_domain(platform: Platform, split: tuple[str, str]) -> ParsedHandle | None:
    host, path = split[0].removeprefix("www."), split[1].partition("?")[0].rstrip("/")
    return _made(platform, host + (path if platform.with_path else ""))
