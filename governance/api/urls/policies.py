"""Routes of the API of governance: policies."""

from django.urls import path

from governance.api import policies, policy_versions as versions

_VERSION = "policies/<slug:code>/versions/<str:number>/"

urlpatterns = [
    path("policies/", policies.PolicyListView.as_view(), name="api-policy-list"),
    path("policies/<slug:code>/", policies.PolicyDetailView.as_view(), name="api-policy-detail"),
    path("policies/<slug:code>/restore/", policies.PolicyRestoreView.as_view(), name="api-policy-restore"),
    path("policies/<slug:code>/renew/", policies.PolicyRenewView.as_view(), name="api-policy-renew"),
    path(
        "policies/<slug:code>/versions/",
        versions.PolicyVersionListView.as_view(),
        name="api-policy-version-list",
    ),
    path(_VERSION, versions.PolicyVersionDetailView.as_view(), name="api-policy-version-detail"),
    path(f"{_VERSION}submit/", versions.PolicySubmitView.as_view(), name="api-policy-submit"),
    path(f"{_VERSION}return/", versions.PolicyReturnView.as_view(), name="api-policy-return"),
    path(f"{_VERSION}review/", versions.PolicyReviewView.as_view(), name="api-policy-review"),
    path(f"{_VERSION}publish/", versions.PolicyPublishView.as_view(), name="api-policy-publish"),
    path(f"{_VERSION}changes/", versions.PolicyDiffView.as_view(), name="api-policy-changes"),
]
