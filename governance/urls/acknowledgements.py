"""Pages of governance: what people are asked to acknowledge, and their answers. These stand before the pages of a policy by its code."""

from django.urls import path

from governance.views import acknowledging

urlpatterns = [
    path("policies/mine/", acknowledging.my_policies, name="my-policies"),
    path("policies/<slug:code>/acknowledge/", acknowledging.acknowledge, name="policy-acknowledge"),
    path(
        "policies/<slug:code>/acknowledge/<uuid:public_id>/",
        acknowledging.acknowledge_for,
        name="policy-acknowledge-for",
    ),
]
