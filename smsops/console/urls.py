"""Pages of the admin site that span apps: behind its login, in its look."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from smsops.console import balances, desk, forget_views, lookup_views, start, tracking
from smsops.console.notices import views as notices

app_name = "console"
staff = admin.site.admin_view

INCIDENT = "uncertain/<int:account_id>/<int:minute>/<slug:what>/"

urlpatterns = [
    path("dashboard/", staff(start.live), name="dashboard"),
    path("balances/<int:account_id>/", staff(balances.balance), name="balance"),
    path("forget/", staff(forget_views.forget), name="forget_number"),
    path("look-up/", staff(lookup_views.look), name="look_up"),
    path("look-up/<int:account_id>/", staff(lookup_views.phonebook), name="look_up_phonebook"),
    path("notices/", staff(notices.notices), name="notices"),
    path("notices/e-mail/", staff(notices.notice_settings), name="notice_settings"),
    path("providers/", staff(tracking.tracking), {"provider": "nusasms"}, name="tracking_start"),
    path("providers/<slug:provider>/", staff(tracking.tracking), name="tracking"),
    path("resend/<int:message_id>/", staff(lookup_views.resend), name="resend"),
    path("uncertain/", staff(desk.incidents), name="incidents"),
    path("uncertain/message/<int:message_id>/", staff(desk.decide_message), name="decide_message"),
    path(INCIDENT, staff(desk.incident), name="incident"),
    path(f"{INCIDENT}decide/", staff(desk.decide), name="decide"),
]
