"""Root URLs. Every route needs a log-in unless its view says otherwise (LoginRequiredMiddleware)."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path, re_path

from coe.views import ops
from config.errors import not_found

handler400 = "config.errors.bad_request"
handler403 = "config.errors.permission_denied"
handler404 = "config.errors.not_found"
handler500 = "config.errors.server_error"

admin.site.site_header = admin.site.site_title = "COE Hub"
admin.site.enable_nav_sidebar = False
# One door for passwords: the admin's own form knows neither the throttle nor the second factor.
admin.site.login = secure_admin_login(admin.site.login)
# Tables of the log-in hold secrets (second factors, tokens of providers) and would be written without our history.
for _model in [
    one for one in admin.site._registry if one._meta.app_label in ("auth", "account", "mfa", "socialaccount")
]:
    admin.site.unregister(_model)

urlpatterns = [
    path("status/", ops.status, name="status"),
    path("-/metrics", ops.prometheus, name="prometheus"),
    # An e-mail address is who a person is to imports and single sign-on: the hub changes it, with history.
    path("auth/email/", not_found),
    path("auth/", include("allauth.urls")),
    # Django's "view on site" leads to any record by its number, whatever the reader may see.
    re_path(r"^admin/r/", not_found),
    path("admin/", admin.site.urls),
    path("api/v1/", include("config.api_urls")),
    path("xapi/", include("training.xapi_urls")),
    path("", include("metrics.urls")),
    path("", include("governance.urls")),
    path("", include("training.urls")),
    path("", include("coe.urls")),
]
