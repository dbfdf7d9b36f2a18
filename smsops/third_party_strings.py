"""Words of packages that have no Indonesian of their own (or a poor one), so that our catalogue carries them.

Nothing imports this module: `make messages` reads it. The strings are exactly those of the packages, spaces included.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop, ngettext_lazy

UNFOLD = (
    gettext_noop("Select record"),
    gettext_noop("Select action"),
    gettext_noop("Select action to run"),
    gettext_noop("Select value"),
    gettext_noop("Select all rows"),
    gettext_noop("Toggle sorting"),
    gettext_noop("Expand row"),
    gettext_noop("Add new item"),
    gettext_noop("Add row"),
    gettext_noop("From"),
    gettext_noop("To"),
    gettext_noop("Date"),
    gettext_noop("Date from"),
    gettext_noop("Date to"),
    gettext_noop("Name"),
    gettext_noop("None"),
    gettext_noop("True"),
    gettext_noop("False"),
    gettext_noop("No data"),
    gettext_noop("Not enough data."),
    gettext_noop("Filters"),
    gettext_noop("Apply Filters"),
    gettext_noop("Clear all filters"),
    gettext_noop("Show counts"),
    gettext_noop("Hide counts"),
    gettext_noop("Run"),
    gettext_noop("More actions"),
    gettext_noop("General"),
    gettext_noop("Go back"),
    gettext_noop("Cancel"),
    gettext_noop("Submit"),
    gettext_noop("Group"),
    gettext_noop("Light"),
    gettext_noop("Dark"),
    gettext_noop("System"),
    gettext_noop("All applications"),
    gettext_noop("Type to search"),
    gettext_noop("Search apps and models..."),
    gettext_noop("Filter navigation items"),
    gettext_noop("Recent searches"),
    gettext_noop("No recent searches"),
    gettext_noop("No results matching your query"),
    gettext_noop("Loading more results..."),
    gettext_noop("No results found"),
    gettext_noop("%(full_result_count)s total"),
    gettext_noop("Record picture"),
    gettext_noop("Image preview"),
    gettext_noop("Choose file to upload"),
    gettext_noop("Click to download"),
    gettext_noop("Click to cancel"),
    gettext_noop("This item will be deleted."),
    gettext_noop("Toggle password visibility"),
    gettext_noop("Welcome back to"),
    gettext_noop("Forgotten your password or username?"),
    gettext_noop("Return to site"),
    gettext_noop("You have been successfully logged out from the administration"),
    gettext_noop("After you've created a user, you’ll be able to edit more user options."),
    gettext_noop(
        "Raw passwords are not stored, so there is no way to see this user’s password, but you can change the"
        ' password using <a href="{}" class="text-primary-600 dark:text-primary-500">this form</a>.'
    ),
    ngettext_lazy(
        "\n                Found %(counter)s result in %(time)s seconds\n            ",
        "\n                Found %(counter)s results in %(time)s seconds\n            ",
    ),
)

IMPORT_EXPORT = (
    gettext_noop("Import"),
    gettext_noop("Export"),
    gettext_noop("Select format"),
    gettext_noop("Select all"),
    gettext_noop("Resource"),
    gettext_noop("Format"),
    gettext_noop("File to import"),
    gettext_noop("Preview"),
    gettext_noop("Errors"),
    gettext_noop("Line number"),
    gettext_noop("View traceback"),
    gettext_noop("New"),
    gettext_noop("Skipped"),
    gettext_noop("Update"),
    gettext_noop("Row"),
    gettext_noop("Non field specific"),
    gettext_noop("Value could not be parsed."),
    gettext_noop("Confirm import"),
    gettext_noop("Some rows failed to validate"),
    gettext_noop("%s through import_export"),
    gettext_noop("export failed due to IllegalCharacterError"),
    gettext_noop("Export selected %(verbose_name_plural)s"),
    gettext_noop("This exporter will export the following fields"),
    gettext_noop("This exporter will export the following fields: "),
    gettext_noop("This importer will import the following fields: "),
    gettext_noop('Select at least 1 field for "%(resource_name)s" to export'),
    gettext_noop("Import finished: {} new, {} updated, {} deleted and {} skipped {}."),
    gettext_noop(
        "Below is a preview of data to be imported. If you are satisfied with the results, click 'Confirm import'"
    ),
    gettext_noop("Please correct these errors in your data where possible, then reupload it using the form above."),
    gettext_noop(
        "%(exc_name)s encountered while trying to read file. Ensure you have chosen the correct format for the file."
    ),
    gettext_noop("No valid data to import. Ensure your file has the correct headers or data for import."),
    gettext_noop("The following fields are declared in 'import_id_fields' but are not present in the file headers: %s"),
    ngettext_lazy("Export %(len)s selected item.", "Export %(len)s selected items."),
    ngettext_lazy(
        "\n                    Export %(len)s selected item.\n                ",
        "\n                    Export %(len)s selected items.\n                ",
    ),
)

DJANGO = (
    gettext_noop("Authentication and Authorization"),
    gettext_noop("The {name} “{obj}” was added successfully."),
    gettext_noop("The {name} “{obj}” was changed successfully."),
    gettext_noop("The %(name)s “%(obj)s” was deleted successfully."),
    gettext_noop("Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only."),
    ngettext_lazy("Please correct the error below.", "Please correct the errors below."),
)

AXES = (
    gettext_noop("Attempt Time"),
    gettext_noop("Failed Logins"),
    gettext_noop("IP Address"),
    gettext_noop("User Agent"),
    gettext_noop("Path"),
    gettext_noop("Username"),
    gettext_noop("access attempt"),
    gettext_noop("access attempts"),
)
