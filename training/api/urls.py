"""Routes of the API of training."""

from django.urls import path

from training.api import courses, records

urlpatterns = [
    path("courses/", courses.CourseListView.as_view(), name="api-course-list"),
    path("courses/<slug:code>/", courses.CourseDetailView.as_view(), name="api-course-detail"),
    path("curricula/", courses.CurriculumListView.as_view(), name="api-curriculum-list"),
    path("curricula/<slug:code>/", courses.CurriculumDetailView.as_view(), name="api-curriculum-detail"),
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
    path("sessions/", records.SessionListView.as_view(), name="api-session-list"),
    path("sessions/<uuid:public_id>/", records.SessionDetailView.as_view(), name="api-session-detail"),
]
