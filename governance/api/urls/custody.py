"""Routes of the API of governance: custody."""

from django.urls import path

from governance.api import certification, certification_campaigns as campaigns, findings, sweeps

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
    path("findings/", findings.FindingListView.as_view(), name="api-finding-list"),
    path("findings/<uuid:public_id>/", findings.FindingDetailView.as_view(), name="api-finding-detail"),
    path("findings/<uuid:public_id>/judge/", findings.JudgeView.as_view(), name="api-finding-judge"),
    path(
        "findings/<uuid:public_id>/transition/",
        findings.FindingActionView.as_view(),
        name="api-finding-transition",
    ),
    path("findings/<uuid:public_id>/adopt/", findings.AdoptView.as_view(), name="api-finding-adopt"),
    path("findings/<uuid:public_id>/evidence/", findings.EvidenceView.as_view(), name="api-finding-evidence"),
    path("sweeps/", sweeps.SweepListView.as_view(), name="api-sweep-list"),
    path("sweeps/<uuid:public_id>/", sweeps.SweepDetailView.as_view(), name="api-sweep-detail"),
    path("sweeps/<uuid:public_id>/end/", sweeps.SweepEndView.as_view(), name="api-sweep-end"),
]
