"""Routes of the API of governance: exceptions."""

from django.urls import URLPattern, path

from governance.api import exceptions

urlpatterns: list[URLPattern] = [
    path("exceptions/", exceptions.ExceptionListView.as_view(), name="api-exception-list"),
    path(
        "exceptions/<uuid:public_id>/", exceptions.ExceptionDetailView.as_view(), name="api-exception-detail"
    ),
    path(
        "exceptions/<uuid:public_id>/transition/",
        exceptions.ExceptionTransitionView.as_view(),
        name="api-exception-transition",
    ),
    path(
        "exceptions/<uuid:public_id>/extend/",
        exceptions.ExceptionExtendView.as_view(),
        name="api-exception-extend",
    ),
]
