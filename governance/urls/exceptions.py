"""Pages of governance: exceptions."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
