"""The second factor of a log-in: set by the person, taken away by an administrator when the phone is lost."""

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db import transaction

from coe.models import User
from coe.rules.principals import Actor
from coe.services.history import record


@transaction.atomic
def remove_second_factor(person: User, *, by: Actor, at: datetime, why: str = "") -> bool:
    """Take every second factor and recovery code of a person away; says whether there was one. They set a new one themselves."""
    gone, _by_kind = Authenticator.objects.filter(user=person).delete()
    if gone:
        record("person.second_factor_removed", person, by=by, at=at, why=why)
    return bool(gone)
