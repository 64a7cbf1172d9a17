"""Who the bench is at the door: service tokens and the session of the hub's lead."""

import datetime as dt
import importlib
from collections.abc import Iterable

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils import timezone

from bench.world import World
from coe.models import BusinessLine, User
from coe.rules.principals import Actor
from coe.services.tokens import create_token


def token_headers(world: World, scopes: Iterable[str] = ("read",)) -> dict[str, str]:
    """A fresh token of the world's region. A fresh one each round stays below the throttle, as a caller in practice would."""
    now = timezone.now()
    line = BusinessLine.objects.get(code=world.region)
    _token, secret = create_token(
        line=line,
        name="bench",
        scopes=scopes,
        expires_at=now + dt.timedelta(days=2),
        by=Actor.system("bench"),
        at=now,
    )
    return {"Authorization": f"Bearer {secret}", "Accept": "application/json"}


def session_headers(world: World) -> dict[str, str]:
    """The cookie of the hub's lead, logged in."""
    user = User.objects.get(pk=world.lead_id)
    session = importlib.import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return {"Cookie": f"{settings.SESSION_COOKIE_NAME}={session.session_key}", "Accept": "text/html"}
