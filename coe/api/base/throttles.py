"""How often one caller may ask: reads and writes counted apart, by token or person, never by address alone."""

import math
from typing import Any

from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import SimpleRateThrottle


class PrincipalThrottle(SimpleRateThrottle):
    """Leaves (limit, remaining, seconds) on the request for the RateLimit headers."""

    def __init__(self) -> None:
        # The rate depends on the method, which is known per request only.
        self.rate = None

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count this request; False when the caller has used its share."""
        self.scope = "read" if request.method in SAFE_METHODS else "write"
        self.rate = api_settings.DEFAULT_THROTTLE_RATES[self.scope]
        self.num_requests, self.duration = self.parse_rate(self.rate)
        allowed = bool(super().allow_request(request, view))
        # The window slides: a share is free again once its request is a whole duration old.
        frees = self.duration - (self.now - self.history[-1]) if self.history else self.duration
        left = max(0, self.num_requests - len(self.history))
        request._request.rate_state = (self.num_requests, left, math.ceil(frees))
        return allowed

    def get_cache_key(self, request: Request, view: Any) -> str:
        """One counter for each caller and scope."""
        actor = request._request.principal.actor
        who = f"{actor.kind}:{actor.key}" if actor.key else self.get_ident(request)
        return self.cache_format % {"scope": self.scope, "ident": who}
