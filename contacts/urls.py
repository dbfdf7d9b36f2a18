"""Pages of contacts that are no list and no form: import, export and the phone books."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from contacts.exporting import views as export_views
from contacts.importing import views
from contacts.merging import undo_views
from contacts.syncing import conflict_views
from contacts.syncing import views as sync_views

app_name = "contacts"
staff = admin.site.admin_view

urlpatterns = [
    path("import/", staff(views.upload), name="import_upload"),
    path("import/<int:import_id>/", staff(views.show), name="import"),
    path("import/<int:import_id>/columns/", staff(views.columns), name="import_columns"),
    path("import/<int:import_id>/progress/", staff(views.progress), name="import_progress"),
    path("import/<int:import_id>/apply/", staff(views.apply), name="import_apply"),
    path("import/<int:import_id>/decide/", staff(views.decide), name="import_decide"),
    path("import/<int:import_id>/discard/", staff(views.discard), name="import_discard"),
    path("import/<int:import_id>/rejected.csv", staff(views.rejected_as_csv), name="import_rejected_csv"),
    path("import/<int:import_id>/rejected.xlsx", staff(views.rejected_as_xlsx), name="import_rejected_xlsx"),
    path("phonebooks/", staff(sync_views.phonebooks), name="phonebooks"),
    path("phonebooks/<int:account_id>/start/", staff(sync_views.start), name="sync_start"),
    path("phonebooks/<int:account_id>/left/", staff(sync_views.left_alone), name="left_alone"),
    path("phonebooks/<int:account_id>/conflicts/", staff(conflict_views.conflicts), name="conflicts"),
    path("phonebooks/<int:account_id>/decide/", staff(conflict_views.decide), name="decide"),
    path("conflicts/<int:conflict_id>/all/<slug:side>/", staff(conflict_views.decide_all), name="decide_all"),
    path("syncs/<int:run_id>/", staff(sync_views.run), name="sync_run"),
    path("syncs/<int:run_id>/progress/", staff(sync_views.run_progress), name="sync_progress"),
    path("syncs/<int:run_id>/stop/", staff(sync_views.stop), name="sync_stop"),
    path("syncs/<int:run_id>/confirm/", staff(sync_views.confirm), name="sync_confirm"),
    path("merges/<int:event_id>/undo/", staff(undo_views.undo), name="merge_undo"),
    path("export/", staff(export_views.start), name="export_start"),
    path("export/<int:export_id>/", staff(export_views.show), name="export"),
    path("export/<int:export_id>/progress/", staff(export_views.progress), name="export_progress"),
    path("export/<int:export_id>/download/", staff(export_views.download), name="export_download"),
]
