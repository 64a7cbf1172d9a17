"""The API, version 1: every app's routes under one prefix."""

from django.urls import include, path

from coe.api.docs import DocsView, SchemaView

urlpatterns = [
    path("schema/", SchemaView.as_view(), name="api-schema"),
    path("docs/", DocsView.as_view(), name="api-docs"),
    path("", include("coe.api.urls")),
    path("", include("metrics.api.urls")),
    path("", include("training.api.urls")),
]
