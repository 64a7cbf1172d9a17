"""Routes of the API of measuring."""

from django.urls import path

from metrics.api import metrics, observation_imports, observations, scorecards, targets

urlpatterns = [
    path("scorecards/", scorecards.ProgrammeScorecardView.as_view(), name="api-scorecard-programme"),
    path("scorecards/<str:code>/", scorecards.LineScorecardView.as_view(), name="api-scorecard-line"),
    path("metrics/", metrics.MetricListView.as_view(), name="api-metric-list"),
    path("observations/", observations.ObservationListView.as_view(), name="api-observation-list"),
    path(
        "observations/import/",
        observation_imports.ObservationImportView.as_view(),
        name="api-observation-import",
    ),
    path("targets/", targets.TargetListView.as_view(), name="api-target-list"),
    path("targets/<uuid:public_id>/", targets.TargetDetailView.as_view(), name="api-target-detail"),
    path("metrics/<str:code>/", metrics.MetricDetailView.as_view(), name="api-metric-detail"),
]
