"""The API, version 1: every app's routes under one prefix."""

from django.urls import path

from coe.api.docs import DocsView, SchemaView
from coe.api.root import RootView
from coe.api.urls import urlpatterns as ground
from governance.api.urls import urlpatterns as governed
from metrics.api.urls import urlpatterns as measured
from training.api.urls import urlpatterns as learned

PREFIX = "/api/v1/"
_routes = [
    path("schema/", SchemaView.as_view(), name="api-schema"),
    path("docs/", DocsView.as_view(), name="api-docs"),
    *ground,
    *measured,
    *governed,
    *learned,
]
_addresses = {
    route.rstrip("/"): PREFIX + route
    for route in sorted(str(one.pattern) for one in _routes if "GET" in one.callback.cls.permissions)
    if "<" not in route
}
urlpatterns = [path("", RootView.as_view(addresses=_addresses), name="api-root"), *_routes]
