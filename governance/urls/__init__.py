"""Pages of governance: one module a subject."""

from governance.urls import access, custody, exceptions, policies

urlpatterns = policies.urlpatterns + exceptions.urlpatterns + access.urlpatterns + custody.urlpatterns
