"""`manage.py campaign create|launch|pause|resume|cancel|status`: campaigns from a shell or a script."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from contacts.models import Group
from providers.formats import told
from providers.models import Account
from providers.numbers import operators_at_home
from providers.types import Kind
from smsops.messaging.campaigns import control
from smsops.messaging.campaigns.counting import counts_of
from smsops.messaging.campaigns.drafting import attach_file, channel_of, create_campaign, save_draft
from smsops.messaging.campaigns.launching import Moved, launch_campaign
from smsops.messaging.campaigns.lists import lacks_column
from smsops.messaging.campaigns.models import Campaign
from smsops.messaging.campaigns.spec import AudienceSpec
from smsops.messaging.campaigns.tasks import prepare_campaign, run_campaign
from smsops.messaging.campaigns.ways import make_routes, why_no_route
from smsops.messaging.compose import Refused
from smsops.messaging.management.commands.send import read_account, read_moment


class Command(BaseCommand):
    help = "Create, launch, watch and control campaigns; a worker writes and sends their messages."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        create = actions.add_parser("create", help="A draft; prints its number.")
        create.add_argument("--name", required=True)
        create.add_argument("--account", required=True, metavar="NAME")
        create.add_argument("--text", required=True, help="{name|Pelanggan} becomes each recipient's name.")
        create.add_argument("--group", action="append", default=[], metavar="NAME", help="In any of these groups.")
        create.add_argument("--to", nargs="+", default=[], metavar="N", help="Mobile numbers in any spelling.")
        create.add_argument("--file", type=Path, help="CSV or XLSX; its columns become fields of the text.")
        create.add_argument("--provider-group", default="", metavar="NAME", help="By one call to its own phone book.")
        create.add_argument("--number-column", type=int, metavar="N", help="Where the file's numbers are, from 1.")
        create.add_argument("--then", action="append", default=[], metavar="ACCOUNT", help="After a refusal, in order.")
        create.add_argument("--split", action="append", default=[], metavar="OPERATOR=ACCOUNT")
        create.add_argument("--kind", choices=[kind.value for kind in Kind], default=Kind.PROMOTIONAL.value)
        create.add_argument("--at", metavar="ISO8601", help="When; without an offset in the account's time zone.")
        create.add_argument("--json", action="store_true")
        for name, words in HELP.items():
            action = actions.add_parser(name, help=words)
            action.add_argument("campaign", type=int, metavar="NUMBER")
            action.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            campaign = ACTIONS[options["action"]](options)
        except (Refused, Moved) as refusal:
            raise CommandError(str(refusal)) from refusal
        campaign.refresh_from_db()
        self.stdout.write(json.dumps(describe(campaign)) if options["json"] else as_line(campaign))


HELP = {
    "launch": "Send it, or ask for approval where it needs one.",
    "pause": "Stop it; what waits stays.",
    "resume": "Go on.",
    "cancel": "End it; what waits never leaves.",
    "status": "Where it stands.",
}


def _create(options: dict[str, Any]) -> Campaign:
    account = read_account(options["account"])
    groups = [_group(name) for name in options["group"]]
    if options["file"] and not options["file"].is_file():
        raise CommandError(_("There is no file “%s”.") % options["file"])
    moment = read_moment(options["at"], account)
    campaign = create_campaign(name=options["name"], account=account, kind=options["kind"])
    columns = {"text": options["text"], "send_at": moment, "remote_group": options["provider_group"]}
    columns |= _ways(options, account)
    spec = AudienceSpec(any_groups=tuple(group.pk for group in groups))
    campaign = save_draft(
        campaign_id=campaign.pk, version=None, columns=columns, spec=spec, pasted="\n".join(options["to"])
    )
    if options["file"]:
        _read_file(campaign, options["file"], options["number_column"])
    if campaign.told.get("is_reading"):
        prepare_campaign(campaign.pk)
    return campaign


def _ways(options: dict[str, Any], account: Account) -> dict[str, Any]:
    """The further accounts, and those of single operators."""
    channel = channel_of(account)
    ways: dict[str, Any] = {"account": account, "channel": channel, "others": list(map(read_account, options["then"]))}
    if complaint := why_no_route(**ways, sms_instead=True):
        raise CommandError(complaint)
    splits = {operator: read_account(name).pk for operator, name in map(_split, options["split"])}
    return {"routes": make_routes(**ways, sms_instead=True), "splits": splits}


def _split(written: str) -> tuple[str, str]:
    operator, _equals, name = written.partition("=")
    if operator not in operators_at_home():
        raise CommandError(
            _("There is no operator “%(name)s”, only %(known)s.")
            % {"name": operator, "known": ", ".join(operators_at_home())}
        )
    return operator, name


def _read_file(campaign: Campaign, path: Path, column: int | None) -> None:
    with path.open("rb") as file:
        complaint = attach_file(campaign=campaign, file=file, name=path.name)
    if not complaint and column is not None:
        complaint = attach_file(campaign=campaign, file=None, column=column - 1)
    if not complaint and lacks_column(campaign):
        complaint = _("Nobody knows which column of the file holds the numbers. Say it by --number-column.")
    if complaint:
        campaign.delete()
        raise CommandError(complaint)
    while campaign.told.get("is_reading"):
        prepare_campaign(campaign.pk)
        campaign.refresh_from_db()


def _group(name: str) -> Group:
    found = Group.objects.filter(name__iexact=name.encode(errors="replace").decode()).first()
    if found is None:
        raise CommandError(_("There is no group “%s”.") % name)
    return found


def _launch(options: dict[str, Any]) -> Campaign:
    campaign = _find(options)
    if campaign.status != Campaign.Status.DRAFT:
        raise CommandError(_("It was launched already: %s.") % campaign.get_status_display())
    campaign = launch_campaign(campaign_id=campaign.pk)
    if campaign.status == Campaign.Status.FREEZING:
        run_campaign(campaign.pk)
    return campaign


def _pause(options: dict[str, Any]) -> Campaign:
    campaign = _find(options)
    if not control.pause_campaign(campaign_id=campaign.pk):
        raise CommandError(_("It does not run: %s.") % campaign.get_status_display())
    return campaign


def _resume(options: dict[str, Any]) -> Campaign:
    campaign = _find(options)
    if not control.resume_campaign(campaign_id=campaign.pk):
        raise CommandError(_("It does not rest: %s.") % campaign.get_status_display())
    return campaign


def _cancel(options: dict[str, Any]) -> Campaign:
    campaign = _find(options)
    if not control.cancel_campaign(campaign_id=campaign.pk):
        raise CommandError(_("It has ended: %s.") % campaign.get_status_display())
    control.cancel_rest(campaign_id=campaign.pk)
    return campaign


def _find(options: dict[str, Any]) -> Campaign:
    campaign = Campaign.objects.select_related("account").filter(pk=options["campaign"]).first()
    if campaign is None:
        raise CommandError(_("There is no campaign %d.") % options["campaign"])
    return campaign


ACTIONS = {
    "create": _create, "launch": _launch, "pause": _pause, "resume": _resume, "cancel": _cancel, "status": _find,
}  # fmt: skip


def describe(campaign: Campaign) -> dict[str, Any]:
    account = Account.objects.only("name").get(pk=campaign.account_id)
    statuses = counts_of(campaign).get("statuses", {}) if campaign.started_at else {}
    return {
        "campaign": campaign.pk,
        "name": campaign.name,
        "account": account.name,
        "status": campaign.status,
        "reason": told(campaign.state_reason),
        "recipients": campaign.total if campaign.launched_at else campaign.told.get("verdicts", {}).get("good", 0),
        "left_out": {name: count for name, count in campaign.told.get("verdicts", {}).items() if name != "good"},
        "messages": statuses,
        "send_at": campaign.send_at.isoformat() if campaign.send_at else None,
        "started_at": campaign.started_at.isoformat() if campaign.started_at else None,
        "finished_at": campaign.finished_at.isoformat() if campaign.finished_at else None,
    }


def as_line(campaign: Campaign) -> str:
    now = describe(campaign)
    messages = " ".join(f"{status}={count}" for status, count in now["messages"].items())
    return f"{campaign.pk} {now['status']} {now['recipients']} {messages} {now['reason']}".rstrip()
