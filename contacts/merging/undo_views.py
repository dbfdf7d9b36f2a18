"""The page that takes a merge back: what would be again, and a button."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from contacts.guarding import needs
from contacts.merging.events import describe
from contacts.merging.forms import LABELS, fields_line, shown
from contacts.merging.services import Changed
from contacts.merging.undoing import CannotUndo, Undoing, plan_undoing, undo_merge
from contacts.models import Contact, ContactEvent
from providers.pages import ask_first

# Contacts come into being, and one is changed.
RIGHTS = ("contacts.add_contact", "contacts.change_contact", "contacts.delete_contact")


def may_undo(user: Any) -> bool:
    return bool(user.has_perms(RIGHTS))


@needs("contacts.change_contact", is_own=True)
def undo(request: HttpRequest, event_id: int) -> HttpResponse:
    """Look, confirm."""
    if not may_undo(request.user):
        raise PermissionDenied
    event = get_object_or_404(ContactEvent, pk=event_id, kind=ContactEvent.Kind.MERGED)
    try:
        if "confirmed" in request.POST:
            return _undo(request, event)
        return _preview(request, event, plan_undoing(event))
    except CannotUndo as error:
        messages.error(request, _("This merge cannot be undone. %s") % error)
    return redirect(_page_of(event))


def _undo(request: HttpRequest, event: ContactEvent) -> HttpResponse:
    try:
        undo_merge(event=event, seen=request.POST.get("seen", ""), actor=request.user)
    except Changed:
        messages.warning(request, _("Somebody changed this contact meanwhile. Look at the result again."))
        return redirect(request.path)
    messages.success(request, _("The merge was undone."))
    return redirect(_page_of(event))


def _page_of(event: ContactEvent) -> str:
    if event.contact_id is None or not Contact.objects.filter(pk=event.contact_id).exists():
        return reverse("admin:contacts_contact_changelist")
    return reverse("admin:contacts_contact_change", args=[event.contact_id])


def _preview(request: HttpRequest, event: ContactEvent, undoing: Undoing) -> HttpResponse:
    return ask_first(
        request,
        title=_("Undo this merge"),
        text=_("Messages go back to the contact of their number, and so do entries of the phone books."),
        rows=_rows(undoing),
        hidden=[("seen", undoing.seen), ("confirmed", "1")],
        button=_("Undo the merge"),
        is_dangerous=True,
        opts=Contact._meta,
        cancel_url=_page_of(event),
    )


def _rows(undoing: Undoing) -> list[str]:
    rows = [_("Comes back: %s") % describe(card) for card in undoing.returning]
    rows += [_("%(field)s: %(value)s again") % _field(name, value) for name, value in undoing.values.items()]
    if undoing.attributes != undoing.survivor.attributes:
        rows.append(fields_line(undoing.attributes))
    if undoing.leaves:
        rows.append(_("Leaves the groups: %s") % ", ".join(undoing.leaves.values()))
    if undoing.stays:
        names = ", ".join(str(capfirst(LABELS[name])) for name in undoing.stays)
        rows.append(_("Changed since, and stays as it is: %s") % names)
    return rows


def _field(name: str, value: Any) -> dict[str, str]:
    return {"field": str(capfirst(LABELS[name])), "value": shown(name, value) or "–"}
