"""Pages of the admin site that send: behind its login, in its look."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from smsops.messaging import outbox_views
from smsops.messaging.campaigns import actions, export
from smsops.messaging.campaigns import views as campaigns
from smsops.messaging.composing import views
from smsops.messaging.exporting import views as export_messages

app_name = "messaging"
staff = admin.site.admin_view

urlpatterns = [
    path("outbox/", staff(outbox_views.outbox), name="outbox"),
    path("resume/<int:account_id>/", staff(outbox_views.resume), name="resume_account"),
    path("compose/", staff(views.compose), name="compose"),
    path("compose/confirm/", staff(views.confirm), name="confirm"),
    path("compose/check/", staff(views.check), name="check"),
    path("export/", staff(export_messages.start), name="export"),
    path("progress/<int:campaign_id>/", staff(views.progress), name="progress"),
    path("progress/<int:campaign_id>/counts/", staff(views.progress_counts), name="progress_counts"),
    path("campaigns/new/", staff(campaigns.new), name="campaign_new"),
    path("campaigns/<int:campaign_id>/", staff(campaigns.campaign), name="campaign"),
    path("campaigns/<int:campaign_id>/edit/", staff(campaigns.edit), name="campaign_edit"),
    path("campaigns/<int:campaign_id>/figures/", staff(campaigns.figures), name="campaign_figures"),
    path("campaigns/<int:campaign_id>/live/", staff(campaigns.live), name="campaign_live"),
    path("campaigns/<int:campaign_id>/switch/<int:account_id>/", staff(campaigns.switch), name="campaign_switch"),
    path("campaigns/<int:campaign_id>/recipients.xlsx", staff(export.recipients_xlsx), name="campaign_recipients"),
    path("campaigns/<int:campaign_id>/recipients.csv", staff(export.recipients_csv), name="campaign_recipients_csv"),
    path("campaigns/<int:campaign_id>/<slug:action>/", staff(actions.act), name="campaign_act"),
]
