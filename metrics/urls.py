"""Pages of the metrics floor."""

from django.urls import path

from metrics.views import dashboard, lines

urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("lines/", lines.line_list, name="line-list"),
    path("lines/<str:code>/", lines.line_detail, name="line-detail"),
    path("lines/<str:code>/criteria/<str:criterion>/", lines.line_criterion, name="line-criterion"),
]
