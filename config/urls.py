"""Root URLs. Every route needs a log-in unless its view says otherwise (LoginRequiredMiddleware)."""

from django.contrib import admin
from django.urls import include, path

from coe.views import ops

handler400 = "config.errors.bad_request"
handler403 = "config.errors.permission_denied"
handler404 = "config.errors.not_found"
handler500 = "config.errors.server_error"

urlpatterns = [
    path("status/", ops.status, name="status"),
    path("-/metrics", ops.prometheus, name="prometheus"),
    path("auth/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("config.api_urls")),
    path("", include("metrics.urls")),
    path("", include("coe.urls")),
]
admin.site.site_header = admin.site.site_title = "COE Hub"
admin.site.enable_nav_sidebar = False
