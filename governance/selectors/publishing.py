"""What publishing a version would do to people, told before anybody presses the button."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime

from django.utils.translation import gettext as _, ngettext

from governance.models import PolicyCourse, PolicyVersion
from governance.selectors.audience import audience_of, voided_by
from training.models import Certificate


@dataclass(frozen=True)
class Effects:
    """Counts of people and records that publishing touches, and the words it is about.

    `people` are asked, `voided` standing acknowledgements end, `certificates` end. `token` names all of it: whoever confirms says which
    effects they were shown, and other ones are not confirmed by it.
    """

    version: str
    sha256: str
    number: str
    is_material: bool
    people: int
    voided: int
    certificates: int

    @property
    def token(self) -> str:
        """A hash over everything that was told."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    @property
    def sentences(self) -> list[str]:
        """What will happen, a sentence each, in the reader's language."""
        asked = ngettext(
            "It asks %(n)d person to acknowledge it.", "It asks %(n)d people to acknowledge it.", self.people
        )
        told = [asked % {"n": self.people}] if self.people else [_("Nobody is asked to acknowledge it.")]
        if self.voided:
            told.append(
                ngettext(
                    "It voids %(n)d acknowledgement, which is asked for afresh.",
                    "It voids %(n)d acknowledgements, which are asked for afresh.",
                    self.voided,
                )
                % {"n": self.voided}
            )
        elif self.is_material:
            told.append(_("It voids no acknowledgement."))
        else:
            told.append(_("It is a minor change: what people acknowledged stays acknowledged."))
        if self.certificates:
            told.append(
                ngettext("It ends %(n)d certificate.", "It ends %(n)d certificates.", self.certificates)
                % {"n": self.certificates}
            )
        return told


def effects_of(version: PolicyVersion, *, at: datetime) -> Effects:
    """What publishing the version now would do (three queries at most, however many people there are)."""
    certificates = 0
    if version.ends_certificates:
        courses = PolicyCourse.objects.filter(policy=version.policy_id, ended_at__isnull=True)
        held = Certificate.objects.valid(at).filter(course__in=courses.values("course_id"))
        certificates = held.count()
    return Effects(
        version=str(version.public_id),
        sha256=version.sha256,
        number=version.number,
        is_material=version.is_material,
        people=audience_of(version.policy, at).count() if version.policy.is_acknowledged else 0,
        voided=voided_by(version),
        certificates=certificates,
    )
