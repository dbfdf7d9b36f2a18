"""Pages of the inbox that are no list and no form of the admin's."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from smsops.inbox.conversations import views

app_name = "inbox"
staff = admin.site.admin_view

ONE = "conversations/<int:conversation_id>/"

urlpatterns = [
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
