"""Says which course a level of access needs, and which course teaches a policy."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from coe.enums.accounts import AccountTier
from coe.errors import Duplicate, Invalid, WrongState
from coe.models import Platform
from coe.rules.principals import Actor
from coe.services.history import changed, record, snapshot
from coe.services.records import locked, save_changed
from governance.enums.access import AccessLevel
from governance.models import AccessRule
from training.models import Course


@transaction.atomic
def make_rule(
    *, level: str, course: Course, by: Actor, at: datetime, platform: Platform | None = None, tier: int | None = None,
    why: str = "",
) -> AccessRule:  # fmt: skip
    """From now on access of a level needs a valid certificate of a course; of one platform or tier only where these are named.

    Access that is held and lacks it is asked back within a day, when it is looked at next.

    :raises Invalid: an unknown level or tier, or a retired course. :raises Duplicate: the rule is there already.
    """
    if level not in AccessLevel.values:
        raise Invalid.one("level", "choice_unknown", _("Choose a level."))
    if tier is not None and tier not in AccountTier.values:
        raise Invalid.one("tier", "choice_unknown", _("Choose a tier."))
    course = locked(course)
    if course.retired_at is not None:
        raise Invalid.one("course", "retired", _("%(course)s is retired.") % {"course": course.code})
    key = f"{level}|{course.pk}|{platform.pk if platform else ''}|{'' if tier is None else tier}"
    if AccessRule.objects.filter(key=key, ended_at__isnull=True).exists():
        message = _("This level needs this course already.")
        raise Duplicate.one("course", "duplicate", message)
    row = AccessRule(
        level=level, course=course, platform=platform, tier=tier, key=key, created_at=at, updated_at=at
    )
    row.save(force_insert=True)
    record("access_rule.made", row, by=by, at=at, changes=changed({}, snapshot(row)), why=why)
    return row


@transaction.atomic
def end_rule(
    rule: AccessRule, *, by: Actor, at: datetime, why: str = "", expected_revision: int | None = None
) -> AccessRule:
    """The level no longer needs the course.

    :raises WrongState: it has ended already.
    :raises Stale: somebody changed it since it was read.
    """
    row = locked(rule, expected_revision=expected_revision)
    if row.ended_at is not None:
        raise WrongState(_("This rule has ended already."))
    row.ended_at = at
    save_changed(row, fields=["ended_at"], at=at)
    record("access_rule.ended", row, by=by, at=at, changes={"ended_at": [None, at]}, why=why)
    return row
