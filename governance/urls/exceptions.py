"""Pages of governance: exceptions."""

from django.urls import URLPattern, path

from governance.views import exceptions

urlpatterns: list[URLPattern] = [
    path("exceptions/", exceptions.exception_list, name="exception-list"),
    path("exceptions/export/", exceptions.exception_export, name="exception-export"),
    path("exceptions/new/", exceptions.exception_new, name="exception-new"),
    path("exceptions/<uuid:public_id>/", exceptions.exception_detail, name="exception-detail"),
    path("exceptions/<uuid:public_id>/decide/", exceptions.exception_decide, name="exception-decide"),
    path("exceptions/<uuid:public_id>/act/", exceptions.exception_act, name="exception-act"),
    path("exceptions/<uuid:public_id>/edit/", exceptions.exception_edit, name="exception-edit"),
    path("exceptions/<uuid:public_id>/extend/", exceptions.exception_extend, name="exception-extend"),
]
