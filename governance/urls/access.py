"""Pages of governance: access."""

from django.urls import URLPattern, path

from governance.views import access

urlpatterns: list[URLPattern] = [
    path("access/", access.access_list, name="access-list"),
    path("access/export/", access.access_export, name="access-export"),
    path("access/<uuid:public_id>/act/", access.grant_act, name="grant-act"),
    path("accounts/<uuid:public_id>/access/", access.account_access, name="account-access"),
]
