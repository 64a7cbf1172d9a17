"""Pages of governance: custody."""

from django.urls import path

from governance.views import certification, certification_campaigns as campaigns, discovery, sweeps

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
    path("discovery/", discovery.finding_list, name="finding-list"),
    path("discovery/export/", discovery.finding_export, name="finding-export"),
    path("discovery/report/", discovery.finding_report, name="finding-report"),
    path("discovery/sweeps/", sweeps.sweep_list, name="sweep-list"),
    path("discovery/sweeps/new/", sweeps.sweep_start, name="sweep-start"),
    path("discovery/sweeps/<uuid:public_id>/", sweeps.sweep_detail, name="sweep-detail"),
    path("discovery/sweeps/<uuid:public_id>/end/", sweeps.sweep_end, name="sweep-end"),
    path("discovery/<uuid:public_id>/", discovery.finding_detail, name="finding-detail"),
    path("discovery/<uuid:public_id>/judge/", discovery.finding_judge, name="finding-judge"),
    path("discovery/<uuid:public_id>/act/", discovery.finding_act, name="finding-act"),
    path("discovery/<uuid:public_id>/adopt/", discovery.finding_adopt, name="finding-adopt"),
    path("discovery/<uuid:public_id>/evidence/", discovery.finding_evidence, name="finding-evidence"),
    path(
        "discovery/<uuid:public_id>/evidence/<uuid:evidence_id>/",
        discovery.evidence_file,
        name="finding-evidence-file",
    ),
]
