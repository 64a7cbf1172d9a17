"""Pages of the metrics floor."""

from django.urls import path

from metrics.views import account_figures, dashboard, exports, lines, metrics, plans, programme, rubrics, runs

urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("programme/", programme.programme, name="programme"),
    path("programme/criteria/<str:criterion>/", programme.programme_criterion, name="programme-criterion"),
    path("rubrics/", rubrics.rubric_list, name="rubric-list"),
    path("rubrics/<uuid:public_id>/", rubrics.rubric_detail, name="rubric-detail"),
    path("rubrics/<uuid:public_id>/preview/", rubrics.rubric_preview, name="rubric-preview"),
    path("rubrics/<uuid:public_id>/publish/", rubrics.rubric_publish, name="rubric-publish"),
    path("runs/", runs.run_list, name="run-list"),
    path("runs/start/", runs.run_start, name="run-start"),
    path("runs/<uuid:public_id>/progress/", runs.run_progress, name="run-progress"),
    path("waiting/", programme.waiting, name="waiting"),
    path("lines/", lines.line_list, name="line-list"),
    path("lines/<str:code>/", lines.line_detail, name="line-detail"),
    path("lines/<str:code>/criteria/<str:criterion>/", lines.line_criterion, name="line-criterion"),
    path("lines/<str:code>/waiting/", programme.waiting, name="waiting-line"),
    path("lines/<str:code>/targets/", plans.line_targets, name="line-targets"),
    path("lines/<str:code>/targets/<str:dimension>/", plans.line_target, name="line-target"),
    path("lines/<str:code>/what-if/", plans.line_what_if_page, name="line-what-if"),
    path("accounts/<uuid:public_id>/figures/", account_figures.account_figures_page, name="account-figures"),
    path("export/lines/", exports.line_export, name="line-export"),
    path("export/metrics/", exports.metric_list_export, name="metric-list-export"),
    path("metrics/<slug:code>/export/", exports.metric_export, name="metric-export"),
    path("metrics/<slug:code>/observations/", exports.observation_export, name="observation-export"),
    path("metrics/", metrics.metric_list, name="metric-list"),
    path("metrics/<slug:code>/", metrics.metric_detail, name="metric-detail"),
    path("metrics/<slug:code>/targets/new/", metrics.target_create, name="target-create"),
    path("metrics/<slug:code>/targets/<uuid:public_id>/", metrics.target_detail, name="target-detail"),
]
