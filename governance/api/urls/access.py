"""Routes of the API of governance: access."""

from django.urls import URLPattern, path

from governance.api import access

urlpatterns: list[URLPattern] = [
    path("access-grants/", access.GrantListView.as_view(), name="api-grant-list"),
    path("access-grants/<uuid:public_id>/", access.GrantDetailView.as_view(), name="api-grant-detail"),
    path(
        "access-grants/<uuid:public_id>/transition/",
        access.GrantTransitionView.as_view(),
        name="api-grant-transition",
    ),
    path("access-rules/", access.RuleListView.as_view(), name="api-access-rule-list"),
    path("access-rules/<uuid:public_id>/", access.RuleDetailView.as_view(), name="api-access-rule-detail"),
    path("policy-courses/", access.TaughtListView.as_view(), name="api-policy-course-list"),
    path(
        "policy-courses/<uuid:public_id>/", access.TaughtDetailView.as_view(), name="api-policy-course-detail"
    ),
]
