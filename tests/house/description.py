"""The committed description of the API, read once for all tests that walk over it."""

from functools import cache
from typing import Any

import yaml
from django.conf import settings

# PyYAML's own parser takes seconds for this file, and every worker of every stage imports the tests that read it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(text: bytes) -> dict[str, Any]:
    """A description as data."""
    return dict(yaml.load(text, Loader=_LOADER))


@cache
def committed() -> dict[str, Any]:
    """docs/api/openapi.yaml as data; nobody changes it."""
    return read((settings.BASE_DIR / "docs/api/openapi.yaml").read_bytes())
