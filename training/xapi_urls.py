"""The addresses a learning system is given; without a slash at the end, as xAPI names them."""

from django.urls import path

from training.api.xapi import AboutView, StatementsView

urlpatterns = [
    path("about", AboutView.as_view(), name="xapi-about"),
    path("statements", StatementsView.as_view(), name="xapi-statements"),
]
