"""Routes of the API of governance: acknowledgements, what is owed, coverage and campaigns."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
