"""What must be true before a process serves: production never runs with a demo account."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection

from coe.models import User

_REMEDY = "Run `manage.py demo --leave` in the embedded mode first, or use another database."


def demo_accounts() -> int:
    """How many demo accounts the database holds; 0 when it has no tables yet."""
    try:
        return User.objects.filter(is_demo=True).count()
    except DatabaseError:
        return 0


def refuse_demo_accounts() -> None:
    """Stop a web or worker process that would serve a demo account in production.

    :raises ImproperlyConfigured: demo accounts exist and the mode is production.
    """
    if settings.EMBEDDED:
        return
    count = demo_accounts()
    connection.close()
    if count:
        raise ImproperlyConfigured(
            f"This database holds {count} demo accounts, whose passwords are public. {_REMEDY}"
        )


@checks.register(checks.Tags.database, checks.Tags.security)
def no_demo_in_production(
    app_configs: Sequence[Any] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """`manage.py check --database default`, and every `migrate`, say the same."""
    if settings.EMBEDDED or not databases:
        return []
    count = demo_accounts()
    if not count:
        return []
    return [checks.Critical(f"The database holds {count} demo accounts.", hint=_REMEDY, id="coe.C001")]
