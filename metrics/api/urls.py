"""Routes of the API of measuring."""

from django.urls import path

from metrics.api import (
    metrics,
    observation_imports,
    observations,
    runs,
    scorecards,
    stages,
    target_stages,
    targets,
)

urlpatterns = [
    path("scorecards/", scorecards.ProgrammeScorecardView.as_view(), name="api-scorecard-programme"),
    path("scorecards/<str:code>/", scorecards.LineScorecardView.as_view(), name="api-scorecard-line"),
    path("lines/<str:code>/badge.svg", stages.LineBadgeView.as_view(), name="api-line-badge"),
    path("stages/", stages.StageListView.as_view(), name="api-stage-list"),
    path("target-stages/", target_stages.TargetStageListView.as_view(), name="api-target-stage-list"),
    path(
        "target-stages/<uuid:public_id>/",
        target_stages.TargetStageDetailView.as_view(),
        name="api-target-stage-detail",
    ),
    path("maturity-runs/", runs.RunListView.as_view(), name="api-run-list"),
    path("maturity-runs/<uuid:public_id>/", runs.RunDetailView.as_view(), name="api-run-detail"),
    path("rubrics/", runs.RubricListView.as_view(), name="api-rubric-list"),
    path("rubrics/<uuid:public_id>/", runs.RubricDetailView.as_view(), name="api-rubric-detail"),
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
