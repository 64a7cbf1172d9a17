"""Routes of the API of governance: acknowledgements, what is owed, coverage and campaigns."""

from django.urls import path

from governance.api import acknowledgements, audience, policy_coverage

urlpatterns = [
    path("policies/<slug:code>/audience/", audience.AudienceView.as_view(), name="api-policy-audience"),
    path(
        "policies/<slug:code>/acknowledge/",
        acknowledgements.AcknowledgeView.as_view(),
        name="api-policy-acknowledge",
    ),
    path("policies/<slug:code>/decline/", acknowledgements.DeclineView.as_view(), name="api-policy-decline"),
    path(
        "acknowledgements/",
        acknowledgements.AcknowledgementListView.as_view(),
        name="api-acknowledgement-list",
    ),
    path(
        "acknowledgements/<uuid:public_id>/",
        acknowledgements.AcknowledgementDetailView.as_view(),
        name="api-acknowledgement-detail",
    ),
    path(
        "acknowledgements/<uuid:public_id>/take-back/",
        acknowledgements.TakeBackView.as_view(),
        name="api-acknowledgement-take-back",
    ),
    path("policy-dues/", acknowledgements.DueListView.as_view(), name="api-policy-due-list"),
    path("policy-coverage/", policy_coverage.PolicyCoverageView.as_view(), name="api-policy-coverage"),
    path(
        "acknowledgement-campaigns/",
        policy_coverage.CampaignListView.as_view(),
        name="api-acknowledgement-campaign-list",
    ),
    path(
        "acknowledgement-campaigns/<uuid:public_id>/",
        policy_coverage.CampaignDetailView.as_view(),
        name="api-acknowledgement-campaign-detail",
    ),
    path(
        "acknowledgement-campaigns/<uuid:public_id>/cancel/",
        policy_coverage.CampaignCancelView.as_view(),
        name="api-acknowledgement-campaign-cancel",
    ),
]
