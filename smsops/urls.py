"""Every address of the product."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from smsops import callbacks
from smsops.console.script_words import ScriptWords
from smsops.health import healthz

handler400 = "smsops.errors.bad_request"

script_words = ScriptWords.as_view(packages=["django.contrib.admin"])

urlpatterns = [
    path("healthz", healthz),
    path("callbacks/<slug:token>/<slug:kind>/", callbacks.receive, name="callback"),
    # As some write it down; a redirect would turn their POST into a GET.
    path("callbacks/<slug:token>/<slug:kind>", callbacks.receive),
    path("callbacks/<path:rest>", callbacks.refuse),
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/messages/", include("smsops.messaging.urls")),
    path("admin/contacts/", include("contacts.urls")),
    path("admin/inbox/", include("smsops.inbox.urls")),
    path("admin/reports/", include("smsops.reports.urls")),
    path("admin/desk/", include("smsops.console.urls")),
    path("admin/jsi18n/", admin.site.admin_view(script_words, cacheable=True)),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
]
