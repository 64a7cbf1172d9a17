"""Pages of governance: policies and their versions."""

from django.urls import path

from governance.views import policies, policy_writing as writing

_VERSION = "policies/<slug:code>/versions/<str:number>/"

urlpatterns = [
    path("policies/", policies.policy_list, name="policy-list"),
    path("policies/new/", writing.policy_create, name="policy-create"),
    path("policies/import/", writing.policy_import, name="policy-import"),
    path("policies/library/", writing.policy_library, name="policy-library"),
    path("policies/library/<slug:kind>/", writing.policy_adopt, name="policy-adopt"),
    path("policies/<slug:code>/", policies.policy_detail, name="policy-detail"),
    path("policies/<slug:code>/edit/", writing.policy_edit, name="policy-edit"),
    path("policies/<slug:code>/act/", writing.policy_act, name="policy-act"),
    path(_VERSION, policies.policy_version, name="policy-version"),
    path(f"{_VERSION}edit/", writing.policy_write, name="policy-write"),
    path(f"{_VERSION}act/", writing.version_act, name="policy-version-act"),
    path(f"{_VERSION}submit/", writing.policy_submit, name="policy-submit"),
    path(f"{_VERSION}review/", writing.policy_review, name="policy-review"),
    path(f"{_VERSION}publish/", writing.policy_publish, name="policy-publish"),
    path(f"{_VERSION}changes/", policies.policy_diff, name="policy-diff"),
    path(f"{_VERSION}<slug:language>.<slug:form>", policies.policy_text, name="policy-text"),
]
