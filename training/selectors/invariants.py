"""What must always be true of training, each as a query for the rows that break it."""

from django.db.models import Count, Exists, F, OuterRef, Q

from training.enums.training import SeatState
from training.models import Attempt, Completion, Curriculum, CurriculumItem, Enrolment, Requirement, Session


def certificates() -> list[str]:
    """Every completion has its certificate, and that of a voided one is revoked."""
    bare = Completion.objects.filter(certificate__isnull=True)
    loose = Completion.objects.filter(voided_at__isnull=False, certificate__revoked_at__isnull=True)
    return [f"completion {key}" for key in (bare | loose).order_by("pk").values_list("public_id", flat=True)]


def completions() -> list[str]:
    """A completion and its version are of one course, and a passed attempt has completed."""
    mixed = Completion.objects.exclude(course_id=F("version__course_id")).order_by("pk")
    unrewarded = Attempt.objects.filter(is_passed=True, completion__isnull=True).order_by("pk")
    return [f"completion {row.public_id}" for row in mixed] + [
        f"attempt {row.public_id}" for row in unrewarded
    ]


def requirements() -> list[str]:
    """An open enrolment asks for the courses of its curriculum, and a withdrawn one for none."""
    withdrawn = Requirement.objects.filter(enrolment__withdrawn_at__isnull=False)
    items = CurriculumItem.objects.filter(
        curriculum=OuterRef("enrolment__curriculum"), course=OuterRef("course")
    )
    foreign = Requirement.objects.filter(enrolment__curriculum__isnull=False).filter(~Exists(items))
    asked = Requirement.objects.filter(enrolment=OuterRef(OuterRef("pk")), course=OuterRef("course"))
    lacking = CurriculumItem.objects.filter(curriculum=OuterRef("curriculum")).filter(~Exists(asked))
    short = Enrolment.objects.open().filter(curriculum__isnull=False).filter(Exists(lacking))
    return [
        f"requirement {pk}" for pk in (withdrawn | foreign).order_by("pk").values_list("pk", flat=True)
    ] + [f"enrolment {key}" for key in short.order_by("pk").values_list("public_id", flat=True)]


def archived_curricula() -> list[str]:
    """Nobody is enrolled by role in an archived curriculum."""
    held = Enrolment.objects.open().filter(assignment__isnull=False, curriculum=OuterRef("pk"))
    found = Curriculum.objects.filter(archived_at__isnull=False).filter(Exists(held))
    return [f"curriculum {code}" for code in found.order_by("pk").values_list("code", flat=True)]


def seats() -> list[str]:
    """No session has more people than seats, and none that has not begun keeps people waiting while a seat is free."""
    taken = Count(
        "seats", filter=Q(seats__state__in=(SeatState.BOOKED, SeatState.ATTENDED, SeatState.ABSENT))
    )
    found = Session.objects.annotate(taken=taken).filter(taken__gt=F("places")).order_by("pk")
    return [f"session {key}" for key in found.values_list("public_id", flat=True)]
