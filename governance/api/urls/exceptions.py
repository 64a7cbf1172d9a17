"""Routes of the API of governance: exceptions."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
