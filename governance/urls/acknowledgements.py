"""Pages of governance: what people are asked to acknowledge, and their answers. These stand before the pages of a policy by its code."""

from django.urls import path

from governance.views import acknowledgement_campaigns as campaigns, acknowledging, audience, policy_coverage

urlpatterns = [
    path("policies/mine/", acknowledging.my_policies, name="my-policies"),
    path("policies/coverage/", policy_coverage.policy_coverage, name="policy-coverage"),
    path("policies/coverage/<slug:code>/<str:line>/", policy_coverage.policy_people, name="policy-people"),
    path("policies/campaigns/", campaigns.campaign_list, name="policy-campaigns"),
    path("policies/campaigns/new/", campaigns.campaign_create, name="policy-campaign-create"),
    path("policies/campaigns/<uuid:public_id>/", campaigns.campaign_detail, name="policy-campaign"),
    path(
        "policies/campaigns/<uuid:public_id>/cancel/",
        campaigns.campaign_cancel,
        name="policy-campaign-cancel",
    ),
    path("policies/<slug:code>/audience/", audience.policy_audience, name="policy-audience"),
    path("policies/<slug:code>/acknowledge/", acknowledging.acknowledge, name="policy-acknowledge"),
    path(
        "policies/<slug:code>/acknowledge/<uuid:public_id>/",
        acknowledging.acknowledge_for,
        name="policy-acknowledge-for",
    ),
]
