"""The product's addresses, and the floors beside them: both sides of a figure are served by the same processes."""

from django.urls import include, path

from bench.rows import api_lists, bulk_post, pages, training
from config import urls as product

handler400, handler403 = product.handler400, product.handler403
handler404, handler500 = product.handler404, product.handler500

urlpatterns = [
    path("floor/accounts/", api_lists.floor_list),
    path("floor/accounts/<uuid:public_id>/", api_lists.floor_detail),
    path("floor/accounts/bulk/", bulk_post.floor_bulk),
    path("floor/page/dashboard/", pages.floor_dashboard),
    path("floor/page/lines/", pages.floor_lines),
    path("floor/page/accounts/", pages.floor_accounts),
    path("floor/page/coverage/", training.floor_coverage),
    path("floor/xapi/", training.floor_statements),
    path("", include("config.urls")),
]
