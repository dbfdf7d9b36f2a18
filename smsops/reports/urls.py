"""Pages of figures: behind the admin's login, in its look."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from smsops.reports.monthly import views
from smsops.reports.statements import views as statements

app_name = "reports"
staff = admin.site.admin_view

urlpatterns = [
    path("month/", staff(views.show), name="month"),
    path("month/make/", staff(views.make), name="month_make"),
    path("month/close/", staff(views.close), name="month_close"),
    path("month/subscribe/", staff(views.subscribe), name="month_subscribe"),
    path("files/<int:report_id>/", staff(views.progress), name="report_progress"),
    path("files/<int:report_id>/download/", staff(views.download), name="report_download"),
    path("statements/", staff(statements.listed), name="statements"),
    path("statements/<int:statement_id>/", staff(statements.show), name="statement"),
    path("statements/<int:statement_id>/progress/", staff(statements.progress), name="statement_progress"),
    path("statements/<int:statement_id>/delete/", staff(statements.delete), name="statement_delete"),
]
