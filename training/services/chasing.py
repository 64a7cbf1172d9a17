"""Reminds people of the courses of a curriculum that they owe."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from coe.models import User
from coe.rules.principals import Actor
from coe.selectors.duties import Duty
from coe.services.duties import Reminded, remind_people
from training.models import Curriculum
from training.selectors.training_duties import course_duties


def remind_learners(people: Iterable[User], *, curriculum: Curriculum, by: Actor, at: datetime) -> Reminded:
    """Write each person a notice that lists the courses of the curriculum they lack; at most one reminder a day reaches anybody.

    Who is complete gets none, and who has left neither.
    """
    everybody = list(people)
    courses = set(curriculum.items.values_list("course__public_id", flat=True))
    asked = {str(key) for key in courses}
    owed: dict[int, list[Duty]] = defaultdict(list)
    for duty in course_duties([one for one in everybody if one.is_active], at=at):
        if duty.key in asked:
            owed[duty.person_id].append(duty)
    return remind_people(everybody, owed=owed, by=by, at=at)
