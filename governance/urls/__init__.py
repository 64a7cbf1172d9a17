"""Pages of governance: one module a subject."""

from governance.urls import access, acknowledgements, custody, exceptions, policies

urlpatterns = (
    acknowledgements.urlpatterns
    + policies.urlpatterns
    + exceptions.urlpatterns
    + access.urlpatterns
    + custody.urlpatterns
)
