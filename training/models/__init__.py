"""The records of training. One aggregate a file; import from here."""

from training.models.attempts import Attempt, LessonReading
from training.models.completions import Certificate, Completion
from training.models.courses import Course, CourseVersion, Lesson, Question
from training.models.curricula import Curriculum, CurriculumItem, CurriculumRole
from training.models.enrolments import Enrolment, Requirement
from training.models.sessions import Seat, Session
from training.models.statements import ActivityMatch, PersonMatch, Statement, StatementMention

__all__ = [
    "ActivityMatch", "Attempt", "Certificate", "Completion", "Course", "CourseVersion", "Curriculum", "CurriculumItem",
    "CurriculumRole", "Enrolment", "Lesson", "LessonReading", "PersonMatch", "Question", "Requirement", "Seat", "Session", "Statement",
    "StatementMention",
]  # fmt: skip
