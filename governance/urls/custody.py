"""Pages of governance: custody."""

from django.urls import path

from governance.views import certification, certification_campaigns as campaigns

urlpatterns = [
    path("certification/", certification.certification_list, name="certification-list"),
    path("certification/export/", certification.certification_export, name="certification-export"),
    path(
        "certification/<uuid:public_id>/withdraw/",
        certification.certification_withdraw,
        name="certification-withdraw",
    ),
    path("certification/campaigns/", campaigns.campaign_list, name="certification-campaign-list"),
    path("certification/campaigns/new/", campaigns.campaign_create, name="certification-campaign-create"),
    path(
        "certification/campaigns/<uuid:public_id>/",
        campaigns.campaign_detail,
        name="certification-campaign-detail",
    ),
    path(
        "certification/campaigns/<uuid:public_id>/act/",
        campaigns.campaign_act,
        name="certification-campaign-act",
    ),
    path(
        "accounts/<uuid:public_id>/certification/",
        certification.account_certification,
        name="account-certification",
    ),
    path("accounts/<uuid:public_id>/certify/", certification.account_certify, name="account-certify"),
    path("accounts/<uuid:public_id>/checks/", certification.account_check, name="account-check"),
]
