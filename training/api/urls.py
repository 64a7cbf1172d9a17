"""Routes of the API of training."""

from django.urls import path

from training.api import courses, coverage, curricula, enrolments, records, seats, sessions, versions

urlpatterns = [
    path("courses/", courses.CourseListView.as_view(), name="api-course-list"),
    path("courses/<slug:code>/", courses.CourseDetailView.as_view(), name="api-course-detail"),
    path("courses/<slug:code>/versions/", versions.VersionListView.as_view(), name="api-version-list"),
    path(
        "courses/<slug:code>/versions/<int:number>/",
        versions.VersionDetailView.as_view(),
        name="api-version-detail",
    ),
    path(
        "courses/<slug:code>/versions/<int:number>/publish/",
        versions.VersionPublishView.as_view(),
        name="api-version-publish",
    ),
    path("curricula/", curricula.CurriculumListView.as_view(), name="api-curriculum-list"),
    path("curricula/<slug:code>/", curricula.CurriculumDetailView.as_view(), name="api-curriculum-detail"),
    path("enrolments/", enrolments.EnrolmentListView.as_view(), name="api-enrolment-list"),
    path(
        "enrolments/<uuid:public_id>/",
        enrolments.EnrolmentDetailView.as_view(),
        name="api-enrolment-detail",
    ),
    path("enrolments/<uuid:public_id>/waive/", enrolments.WaiverView.as_view(), name="api-enrolment-waive"),
    path("completions/", records.CompletionListView.as_view(), name="api-completion-list"),
    path(
        "completions/<uuid:public_id>/", records.CompletionDetailView.as_view(), name="api-completion-detail"
    ),
    path("certificates/", records.CertificateListView.as_view(), name="api-certificate-list"),
    path(
        "certificates/<uuid:public_id>/",
        records.CertificateDetailView.as_view(),
        name="api-certificate-detail",
    ),
    path(
        "certificates/<uuid:public_id>/revoke/", records.RevokeView.as_view(), name="api-certificate-revoke"
    ),
    path("sessions/", sessions.SessionListView.as_view(), name="api-session-list"),
    path("sessions/<uuid:public_id>/", sessions.SessionDetailView.as_view(), name="api-session-detail"),
    path(
        "sessions/<uuid:public_id>/attendance/",
        sessions.AttendanceView.as_view(),
        name="api-session-attendance",
    ),
    path("seats/", seats.SeatListView.as_view(), name="api-seat-list"),
    path("seats/<uuid:public_id>/", seats.SeatDetailView.as_view(), name="api-seat-detail"),
    path("seats/<uuid:public_id>/rating/", seats.RatingView.as_view(), name="api-seat-rating"),
    path("coverage/", coverage.CoverageListView.as_view(), name="api-coverage"),
    path(
        "coverage/<slug:code>/<str:line>/", coverage.CoveragePeopleView.as_view(), name="api-coverage-people"
    ),
    path(
        "coverage/<slug:code>/<str:line>/remind/",
        coverage.CoverageRemindView.as_view(),
        name="api-coverage-remind",
    ),
]
