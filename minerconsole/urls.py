"""Addresses of the console."""

from __future__ import annotations

from django.urls import path, re_path

from minerconsole import dashboard_views, fleet_views, login_views, start_views, tool_views, views
from minerconsole.api.app import api, unknown
from mining.admin import console

urlpatterns = [
    path("", dashboard_views.dashboard, name="dashboard"),
    path("control", dashboard_views.control, name="control"),
    path("fleet", fleet_views.fleet, name="fleet"),
    path("doctor", tool_views.doctor, name="doctor"),
    path("benchmark", tool_views.benchmark, name="benchmark"),
    path("log", tool_views.log, name="log"),
    path("livez", views.livez, name="livez"),
    path("readyz", views.readyz, name="readyz"),
    path("api/v1/frame", views.frame, name="frame"),
    path("api/v1/", unknown),
    path("api/v1/", api.urls),
    re_path("^api/", unknown),
    path("login", login_views.login_page, name="login"),
    path("login/<str:secret>", login_views.login_link, name="login_link"),
    path("logout", login_views.leave, name="logout"),
    path("confirm", login_views.confirm, name="confirm"),
    path("account/password", login_views.password, name="password"),
    path("start", start_views.start, name="start"),
    path("start/plan/<int:version>", start_views.receipt, name="receipt"),
    path("start/plan/<int:version>.json", start_views.receipt_json, name="receipt_json"),
    path("admin/", console.urls),
]
