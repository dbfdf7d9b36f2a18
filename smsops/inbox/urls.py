"""Pages of the inbox that are no list and no form of the admin's."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from smsops.inbox.conversations import views
from smsops.inbox.optouts import exporting
from smsops.inbox.optouts.importing import views as import_views

app_name = "inbox"
staff = admin.site.admin_view

ONE = "conversations/<int:conversation_id>/"

urlpatterns = [
    path("opt-outs/import/", staff(import_views.upload), name="suppression_import_upload"),
    path("opt-outs/import/<int:import_id>/", staff(import_views.show), name="suppression_import"),
    path("opt-outs/import/<int:import_id>/progress/", staff(import_views.progress), name="suppression_import_progress"),
    path("opt-outs/import/<int:import_id>/apply/", staff(import_views.apply), name="suppression_import_apply"),
    path("opt-outs/import/<int:import_id>/take-back/", staff(import_views.take_back), name="suppression_take_back"),
    path("opt-outs/import/<int:import_id>/discard/", staff(import_views.discard), name="suppression_import_discard"),
    path("opt-outs/import/<int:import_id>/refused.csv", staff(import_views.refused_as_csv), name="suppression_refused"),
    path("opt-outs/export.csv", staff(exporting.export_csv), name="suppression_export_csv"),
    path("opt-outs/export.xlsx", staff(exporting.export_xlsx), name="suppression_export_xlsx"),
    path("conversations/", staff(views.conversations), name="conversations"),
    path("conversations/live/", staff(views.conversations_live), name="conversations_live"),
    path(ONE, staff(views.conversation), name="conversation"),
    path(f"{ONE}live/", staff(views.conversation_live), name="conversation_live"),
    path(f"{ONE}reply/", staff(views.reply), name="reply"),
    path(f"{ONE}claim/", staff(views.claim), name="claim"),
    path(f"{ONE}release/", staff(views.release), name="release"),
    path(f"{ONE}read/", staff(views.read), name="read"),
    path(f"{ONE}<slug:action>/", staff(views.act), name="act"),
]
