"""Routes of the API of governance: custody."""

from django.urls import path

from governance.api import certification, certification_campaigns as campaigns

urlpatterns = [
    path("certifications/", certification.CertificationListView.as_view(), name="api-certification-list"),
    path(
        "certifications/<uuid:public_id>/",
        certification.CertificationDetailView.as_view(),
        name="api-certification-detail",
    ),
    path(
        "certifications/<uuid:public_id>/withdraw/",
        certification.WithdrawView.as_view(),
        name="api-certification-withdraw",
    ),
    path(
        "accounts/<uuid:public_id>/certify/", certification.CertifyView.as_view(), name="api-account-certify"
    ),
    path("accounts/<uuid:public_id>/checks/", certification.ChecksView.as_view(), name="api-account-checks"),
    path(
        "certification-campaigns/",
        campaigns.CampaignListView.as_view(),
        name="api-certification-campaign-list",
    ),
    path(
        "certification-campaigns/<uuid:public_id>/",
        campaigns.CampaignDetailView.as_view(),
        name="api-certification-campaign-detail",
    ),
    path(
        "certification-campaigns/<uuid:public_id>/progress/",
        campaigns.CampaignProgressView.as_view(),
        name="api-certification-campaign-progress",
    ),
    path(
        "certification-campaigns/<uuid:public_id>/transition/",
        campaigns.CampaignActionView.as_view(),
        name="api-certification-campaign-transition",
    ),
]
