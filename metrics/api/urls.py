"""Routes of the API of measuring."""

from django.urls import path

from metrics.api import metrics, scorecards

urlpatterns = [
    path("scorecards/", scorecards.ProgrammeScorecardView.as_view(), name="api-scorecard-programme"),
    path("scorecards/<str:code>/", scorecards.LineScorecardView.as_view(), name="api-scorecard-line"),
    path("metrics/", metrics.MetricListView.as_view(), name="api-metric-list"),
    path("metrics/<str:code>/", metrics.MetricDetailView.as_view(), name="api-metric-detail"),
]
