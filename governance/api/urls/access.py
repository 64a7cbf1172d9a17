"""Routes of the API of governance: access."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
