"""Routes of the API of governance: policies."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
