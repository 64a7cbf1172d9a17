"""Pages of governance: access."""

from django.urls import URLPattern, path

from governance.views import access, access_rules

urlpatterns: list[URLPattern] = [
    path("access/", access.access_list, name="access-list"),
    path("access/rules/", access_rules.access_rule_list, name="access-rule-list"),
    path("access/rules/new/", access_rules.access_rule_make, name="access-rule-make"),
    path("access/rules/<uuid:public_id>/end/", access_rules.access_rule_end, name="access-rule-end"),
    path("access/export/", access.access_export, name="access-export"),
    path("access/<uuid:public_id>/act/", access.grant_act, name="grant-act"),
    path("accounts/<uuid:public_id>/access/", access.account_access, name="account-access"),
]
