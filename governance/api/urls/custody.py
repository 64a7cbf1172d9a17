"""Routes of the API of governance: custody."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
