"""Addresses of the console."""

from __future__ import annotations

from django.urls import path

from minerconsole import views

urlpatterns = [
    path("", views.status_page, name="status"),
    path("livez", views.livez, name="livez"),
    path("api/v1/frame", views.frame, name="frame"),
]
