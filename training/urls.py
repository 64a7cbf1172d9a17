"""Pages of the training floor."""

from django.urls import path

from training.views import (
    authoring,
    certificates,
    curricula,
    curriculum_forms,
    learning,
    matches,
    people,
    quiz,
    sessions,
    statements,
)

urlpatterns = [
    path("training/", learning.my_courses, name="training"),
    path("training/courses/", learning.course_list, name="course-list"),
    path("training/courses/new/", authoring.course_create, name="course-create"),
    path("training/courses/<slug:code>/edit/", authoring.course_edit, name="course-edit"),
    path("training/courses/<slug:code>/write/", authoring.course_write, name="course-write"),
    path("training/courses/<slug:code>/write/act/", authoring.course_act, name="course-act"),
    path("training/courses/<slug:code>/draft/settings/", authoring.draft_settings, name="draft-settings"),
    path("training/courses/<slug:code>/draft/lessons/new/", authoring.draft_lesson, name="draft-lesson-new"),
    path(
        "training/courses/<slug:code>/draft/lessons/<slug:key>/", authoring.draft_lesson, name="draft-lesson"
    ),
    path(
        "training/courses/<slug:code>/draft/questions/new/",
        authoring.draft_question,
        name="draft-question-new",
    ),
    path(
        "training/courses/<slug:code>/draft/questions/<slug:key>/",
        authoring.draft_question,
        name="draft-question",
    ),
    path("training/courses/<slug:code>/", learning.course_detail, name="course-detail"),
    path("training/courses/<slug:code>/lessons/<slug:key>/", learning.lesson, name="lesson"),
    path("training/courses/<slug:code>/quiz/", quiz.quiz_start, name="quiz-start"),
    path("training/attempts/<uuid:public_id>/", quiz.attempt, name="attempt"),
    path("training/sessions/", sessions.session_list, name="session-list"),
    path("training/sessions/new/", sessions.session_create, name="session-create"),
    path("training/sessions/<uuid:public_id>/", sessions.session_detail, name="session-detail"),
    path("training/sessions/<uuid:public_id>/edit/", sessions.session_edit, name="session-edit"),
    path("training/sessions/<uuid:public_id>/act/", sessions.session_act, name="session-act"),
    path(
        "training/sessions/<uuid:public_id>/attendance/",
        sessions.session_attendance,
        name="session-attendance",
    ),
    path("training/sessions/<uuid:public_id>/rate/", sessions.session_rate, name="session-rate"),
    path(
        "training/sessions/<uuid:public_id>/session.ics", sessions.session_calendar, name="session-calendar"
    ),
    path("training/curricula/", curricula.curriculum_list, name="curriculum-list"),
    path("training/curricula/new/", curriculum_forms.curriculum_create, name="curriculum-create"),
    path("training/curricula/<slug:code>/edit/", curriculum_forms.curriculum_edit, name="curriculum-edit"),
    path(
        "training/curricula/<slug:code>/archive/",
        curriculum_forms.curriculum_archive,
        name="curriculum-archive",
    ),
    path("training/curricula/<slug:code>/", curricula.curriculum_detail, name="curriculum-detail"),
    path("training/coverage/", curricula.coverage_matrix, name="coverage"),
    path("training/coverage/export/", curricula.coverage_export, name="coverage-export"),
    path("training/coverage/<slug:code>/<str:line>/", curricula.coverage_people, name="coverage-people"),
    path(
        "training/coverage/<slug:code>/<str:line>/remind/", curricula.coverage_remind, name="coverage-remind"
    ),
    path("training/people/<uuid:public_id>/", people.person_training, name="person-training"),
    path("training/people/<uuid:public_id>/record/", people.person_record, name="person-record"),
    path("training/certificates/<uuid:public_id>/", certificates.certificate, name="certificate"),
    path(
        "training/certificates/<uuid:public_id>/revoke/",
        certificates.certificate_revoke,
        name="certificate-revoke",
    ),
    path("check/", certificates.certificate_check, name="certificate-check"),
    path("training/learning-systems/", matches.match_list, name="match-list"),
    path("training/learning-systems/statements/", statements.statement_list, name="statement-list"),
    path(
        "training/learning-systems/statements/<uuid:public_id>/judge/",
        statements.statement_judge,
        name="statement-judge",
    ),
    path("training/learning-systems/people/", matches.person_match_create, name="person-match-create"),
    path(
        "training/learning-systems/people/<uuid:public_id>/remove/",
        matches.person_match_remove,
        name="person-match-remove",
    ),
    path(
        "training/learning-systems/activities/", matches.activity_match_create, name="activity-match-create"
    ),
    path(
        "training/learning-systems/activities/<uuid:public_id>/remove/",
        matches.activity_match_remove,
        name="activity-match-remove",
    ),
]
