"""Pages of the admin site that send: behind its login, in its look."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from smsops.messaging import outbox_views, views

app_name = "messaging"
staff = admin.site.admin_view

urlpatterns = [
    path("outbox/", staff(outbox_views.outbox), name="outbox"),
    path("resume/<int:account_id>/", staff(outbox_views.resume), name="resume_account"),
    path("compose/", staff(views.compose), name="compose"),
    path("compose/confirm/", staff(views.confirm), name="confirm"),
    path("compose/check/", staff(views.check), name="check"),
    path("progress/<int:campaign_id>/", staff(views.progress), name="progress"),
    path("progress/<int:campaign_id>/counts/", staff(views.progress_counts), name="progress_counts"),
]
