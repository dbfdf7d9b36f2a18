"""The buttons of the account page: each is a POST of a person who has the right to it, most with a page to confirm."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from providers.encryption import UnreadableCredentials
from providers.errors import AccountRefused, NotSent, ProviderError, UnsupportedFeature
from providers.formats import money, told
from providers.forms import NewPasswordForm, ReasonForm
from providers.models import Account, RetiredToken
from providers.pages import ask_first
from providers.passwords import (
    PasswordOutcome,
    PasswordPending,
    change_password,
    has_pending_password,
    settle_password,
)
from providers.services import check_account, explain, pause_account, resume_account, revoke_token, rotate_token

View = Callable[..., HttpResponse]
RESUME = "admin:providers_account_resume"


def account_view(permission: str, *, post_only: bool = False) -> Callable[[View], View]:
    """A page of one account, for people with a permission; the account's id becomes the account."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(self: AccountActions, request: HttpRequest, object_id: int, **kwargs: Any) -> HttpResponse:
            if not request.user.has_perm(permission):
                raise PermissionDenied
            if post_only and request.method != "POST":
                return HttpResponseNotAllowed(["POST"])
            account = get_object_or_404(Account, pk=object_id)
            try:
                return view(self, request, account, **kwargs)
            except UnreadableCredentials:
                text = _("The stored credentials cannot be read: SALT_KEY was changed. Type them again below.")
                return self.back(request, account, messages.ERROR, text)

        # Read by whoever lists the addresses and who may open them.
        vars(guarded)["permission"] = permission
        return guarded

    return decorate


class AccountActions(ModelAdmin):
    """Mixed into the account's admin page."""

    # Where "Resume" leads; another app may put its own page there, which then calls `resume_account`.
    resume_url_name = RESUME

    def get_urls(self) -> list[URLPattern]:
        views = {
            "check": self.check_view,
            "pause": self.pause_view,
            "resume": self.resume_view,
            "rotate": self.rotate_view,
            "password": self.password_view,
            "settle": self.settle_view,
        }
        own = [self._route(f"<int:object_id>/{name}/", view, name) for name, view in views.items()]
        own.append(self._route("<int:object_id>/revoke/<int:token_id>/", self.revoke_view, "revoke"))
        return own + super().get_urls()

    def _route(self, route: str, view: View, name: str) -> URLPattern:
        return path(route, self.admin_site.admin_view(view), name=f"providers_account_{name}")

    def back(self, request: HttpRequest, account: Account, level: int, text: str) -> HttpResponse:
        messages.add_message(request, level, text)
        may_look = self.has_view_or_change_permission(request)
        name = "admin:providers_account_change" if may_look else "admin:index"
        return HttpResponseRedirect(reverse(name, args=[account.pk] if may_look else []))

    def ask(self, request: HttpRequest, account: Account, **context: Any) -> HttpResponse:
        back = reverse("admin:providers_account_change", args=[account.pk])
        return ask_first(request, cancel_url=back, account=account, opts=self.opts, **context)

    # --- the buttons ---------------------------------------------------------------------------------------------

    @account_view("providers.check_account", post_only=True)
    def check_view(self, request: HttpRequest, account: Account) -> HttpResponse:
        try:
            balance = check_account(account=account, actor=request.user)
        except ProviderError as error:
            return self.back(request, account, messages.ERROR, what_to_do(error))
        if balance is None:
            text = _("The account works. This provider tells no balance.")
        else:
            text = _("The account works. Balance: %s.") % money(balance.amount, account.currency)
        return self.back(request, account, messages.SUCCESS, text)

    @account_view("providers.pause_account")
    def pause_view(self, request: HttpRequest, account: Account) -> HttpResponse:
        form = ReasonForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            if pause_account(account=account, actor=request.user, reason=form.cleaned_data["reason"]):
                return self.back(request, account, messages.SUCCESS, _("Paused. Its messages wait."))
            return self.back(request, account, messages.WARNING, _("It was stopped already; its reason stays."))
        text = _("Nothing more leaves through this account until somebody resumes it. Its messages wait.")
        return self.ask(request, account, title=_("Pause %s?") % account.name, text=text, button=_("Pause"), form=form)

    @account_view("providers.pause_account", post_only=True)
    def resume_view(self, request: HttpRequest, account: Account) -> HttpResponse:
        if self.resume_url_name != RESUME:
            return HttpResponseRedirect(reverse(self.resume_url_name, args=[account.pk]))
        if resume_account(account=account, actor=request.user):
            return self.back(request, account, messages.SUCCESS, _("Resumed. Waiting messages leave now."))
        return self.back(request, account, messages.INFO, _("It was running already."))

    @account_view("providers.change_credentials")
    def rotate_view(self, request: HttpRequest, account: Account) -> HttpResponse:
        if request.method == "POST":
            if rotate_token(account=account, actor=request.user) is None:
                text = _("Somebody changed the address just now; here is the newest.")
                return self.back(request, account, messages.WARNING, text)
            text = _("New callback addresses are below. Give them to the provider, then revoke the old ones.")
            return self.back(request, account, messages.SUCCESS, text)
        title = _("Make new callback addresses for %s?") % account.name
        text = _("The old addresses work until you revoke them.")
        return self.ask(request, account, title=title, text=text, button=_("Make new addresses"))

    @account_view("providers.change_credentials")
    def revoke_view(self, request: HttpRequest, account: Account, token_id: int) -> HttpResponse:
        token = RetiredToken.objects.filter(account=account, pk=token_id).first()
        if token is None:
            raise Http404
        if request.method == "POST":
            revoke_token(token=token, actor=request.user)
            return self.back(request, account, messages.SUCCESS, _("Revoked. Callbacks to it are refused from now on."))
        title = _("Revoke the old callback address ending in %s?") % token.token[-4:]
        text = _("Delivery reports that the provider still sends there will be lost.")
        return self.ask(request, account, title=title, text=text, button=_("Revoke"), is_dangerous=True)

    @account_view("providers.change_credentials")
    def password_view(self, request: HttpRequest, account: Account) -> HttpResponse:
        if not account.adapter.capabilities_for(account.options).change_password:
            raise Http404
        form = NewPasswordForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            return self._change_password(request, account, form)
        text = _("It is changed at the provider and here in one step.")
        title = _("Change the password of %s") % account.name
        return self.ask(request, account, title=title, text=text, button=_("Change password"), form=form)

    def _change_password(self, request: HttpRequest, account: Account, form: forms.Form) -> HttpResponse:
        try:
            outcome = change_password(account=account, new=form.cleaned_data["new"], actor=request.user)
        except PasswordPending:
            text = _("An earlier change is not settled yet: try both passwords first.")
            return self.back(request, account, messages.ERROR, text)
        return self._tell_password(request, account, outcome)

    @account_view("providers.change_credentials", post_only=True)
    def settle_view(self, request: HttpRequest, account: Account) -> HttpResponse:
        if not has_pending_password(account):
            return self.back(request, account, messages.INFO, _("Nothing to settle: one password is stored."))
        return self._tell_password(request, account, settle_password(account=account, actor=request.user))

    def _tell_password(
        self, request: HttpRequest, account: Account, outcome: tuple[PasswordOutcome, str]
    ) -> HttpResponse:
        which, words = outcome
        sentences = {
            PasswordOutcome.CHANGED: (messages.SUCCESS, _("The new password holds, at the provider and here.")),
            PasswordOutcome.KEPT: (messages.WARNING, _("The password is unchanged, at the provider and here.")),
            PasswordOutcome.UNCLEAR: (
                messages.ERROR,
                _("It is unclear which password holds. Both are kept: press “Try both passwords” in a minute."),
            ),
        }
        level, text = sentences[which]
        return self.back(request, account, level, f"{text} {told(words)}".strip())


def what_to_do(error: ProviderError) -> str:
    """A failed check as a sentence with the next step."""
    reason = told(explain(error)).rstrip(".")
    if isinstance(error, UnsupportedFeature):
        return _("This provider has no call that proves an account without sending. Send a message to yourself.")
    if isinstance(error, AccountRefused):
        return _("The provider refuses this account: %s. Compare the credentials with the provider's letter.") % reason
    if isinstance(error, NotSent):
        return _("The provider was not reached: %s. Check the server address and the network.") % reason
    return _("No readable answer: %s. Try again in a minute; if it stays, ask the provider.") % reason
