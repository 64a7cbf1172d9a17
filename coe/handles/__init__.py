"""Platforms and handles: from an address to the account it means. Pure Python, no Django.

``default_catalogue()``
    the shipped catalogue (``platforms.yaml``) as a :class:`Catalogue` of :class:`Platform` values.
    ``Platform.from_data(dict)`` / ``Platform.to_data()`` turn one into a dictionary and back, so a database row can keep it whole.
``parse_url(url, catalogue)``
    → :class:`ParsedHandle` ``(platform, handle, normalised, canonical_url, account_id)`` or None. Never raises.
``normalise_handle(platform, raw)``
    → the form in which two spellings of one account are equal, or None when it is no handle on that platform.
``canonical_url(platform, handle)``
    → the account's address, or the empty text.
``platform_for_name(name, catalogue)``
    → a :class:`Platform` by code, name or alias, or None.
``identify(catalogue, platform=, handle=, url=, line=, key_by_line=)``
    → :class:`Identified`: the account a row means, or ``problem`` (a code of ``coe.intake.errors.MESSAGES``) with ``params``, and
    ``notes`` such as ``platform_from_url``. Answers are remembered per catalogue, so a million rows of 300 accounts cost 300 parses.
``key_without_url(line)``
    → ``no-url:<line>``, the handle of an account that has neither URL nor handle.

>>> parse_url("http://m.facebook.com/#!/pages/New-York-NY/PlaNYC/160454173971169?ref=ts", default_catalogue()).normalised
'160454173971169'
"""

from coe.handles.catalogue import KINDS, Catalogue, PathRule, Platform, default_catalogue, name_key
from coe.handles.parsing import (
    KEY_PREFIX,
    Identified,
    ParsedHandle,
    canonical_url,
    identify,
    key_without_url,
    normalise_handle,
    parse_url,
    platform_for_name,
)

__all__ = [
    "KEY_PREFIX",
    "KINDS",
    "Catalogue",
    "Identified",
    "ParsedHandle",
    "PathRule",
    "Platform",
    "canonical_url",
    "default_catalogue",
    "identify",
    "key_without_url",
    "name_key",
    "normalise_handle",
    "parse_url",
    "platform_for_name",
]
