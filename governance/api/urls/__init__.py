"""Routes of the API of governance: one module a subject."""

from governance.api.urls import access, custody, exceptions, policies

urlpatterns = policies.urlpatterns + exceptions.urlpatterns + access.urlpatterns + custody.urlpatterns
