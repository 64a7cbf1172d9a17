"""Pytest plugin `tests.plugins.statics`: the static files are looked for once a process.

Every test client builds the middleware anew, and whitenoise then walks and stats each static file: a fifth of a worker's time. The files do
not change while tests run.
"""

from typing import Any

from whitenoise.middleware import WhiteNoiseMiddleware

_FOUND: dict[tuple[str, str], dict[str, Any]] = {}
_WALK = WhiteNoiseMiddleware.add_files_from_finders


def _add_files_from_finders(self: WhiteNoiseMiddleware) -> None:
    key = (self.static_prefix, str(self.static_root))
    if key not in _FOUND:
        _WALK(self)
        _FOUND[key] = dict(self.files)
    self.files.update(_FOUND[key])


WhiteNoiseMiddleware.add_files_from_finders = _add_files_from_finders
