"""The week's one e-mail: everything a person owes, in their language and with their clock."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _, ngettext, override

from coe.enums.work import DutyState
from coe.models import User
from coe.selectors.duties import Duty
from coe.services.outbox import EMAIL, Message

DIGEST, ESCALATION = "digest", "duty.escalation"
LISTED = 20


def told_day(at: datetime) -> str:
    """A day as the pages write it, in the active zone and language."""
    return date_format(timezone.localtime(at), "DATE_FORMAT")


def digest_message(
    person: User, *, duties: Sequence[Duty], late: Sequence[str], day: date, at: datetime
) -> Message:
    """The digest of the ISO week of a day. `late` are lines about people the person leads. The key makes it one a person and week."""
    year, week, _weekday = day.isocalendar()
    with override(person.language), timezone.override(ZoneInfo(person.time_zone)):
        overdue = sum(duty.state_at(at) == DutyState.OVERDUE for duty in duties)
        subject = ngettext("Your week: %(count)d duty", "Your week: %(count)d duties", len(duties)) % {
            "count": len(duties)
        }
        if overdue:
            subject = ngettext(
                "%(subject)s, %(count)d overdue", "%(subject)s, %(count)d overdue", overdue
            ) % {
                "subject": subject,
                "count": overdue,
            }
        return Message(
            key=f"{DIGEST}:{person.pk}:{year}-W{week:02}",
            channel=EMAIL,
            recipient=person,
            kind=DIGEST,
            subject=subject,
            body="\n\n".join(_sections(duties, late=late, at=at)),
            url=f"{settings.BASE_URL}{reverse('my-duties')}",
        )


def _sections(duties: Sequence[Duty], *, late: Sequence[str], at: datetime) -> list[str]:
    headings = (
        (DutyState.OVERDUE, _("Overdue")),
        (DutyState.SOON, _("Due within a week")),
        (DutyState.OPEN, _("Later, or as soon as you can")),
    )
    found = []
    for state, heading in headings:
        lines = [_line(duty) for duty in duties if duty.state_at(at) == state]
        if lines:
            found.append("\n".join([heading, *_cut(lines)]))
    if late:
        found.append(
            "\n".join([_("People on lines you lead"), *_cut([f"- {one}" for one in dict.fromkeys(late)])])
        )
    found.append(
        _("You get this on Mondays when there is something to do. Turn it off in your profile: %(url)s")
        % {"url": f"{settings.BASE_URL}{reverse('profile')}"}
    )
    return found


def _cut(lines: list[str]) -> list[str]:
    more = len(lines) - LISTED
    return lines if more <= 0 else [*lines[:LISTED], _("… and %(count)s more.") % {"count": more}]


def _line(duty: Duty) -> str:
    parts = [str(duty.title)]
    if duty.line is not None:
        parts.append(duty.line.name)
    if duty.due_at is not None:
        parts.append(_("due %(day)s") % {"day": told_day(duty.due_at)})
    return f"- {' · '.join(parts)}"
