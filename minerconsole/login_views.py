"""Ways in and out: the one-time link, the password, "confirm it is you", a new password, the way out."""

from __future__ import annotations

from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from minerconsole.login_forms import LoginForm, NewPasswordForm, PasswordForm
from minerconsole.refusals import refuse
from mining.program import program_name
from mining.services.errors import InvalidError
from mining.services.login_links import login_link_use
from mining.services.passwords import password_set
from mining.services.visitors import actor_of_request, is_fresh, mark_fresh

_BY_LINK = "django.contrib.auth.backends.ModelBackend"


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def login_page(request: HttpRequest) -> HttpResponse:
    """Log in with user name and password; whoever is in already is sent on."""
    onwards = _onwards(request)
    if request.user.is_authenticated:
        return HttpResponseRedirect(onwards)
    form = LoginForm(request.POST or None)
    if form.is_valid():
        user = authenticate(request, **form.cleaned_data)
        if user is not None:
            _let_in(request, user, user.backend)  # `authenticate` notes it
            return HttpResponseRedirect(onwards)
        form.add_error("password", "The user name or the password is wrong.")
    context = {"form": form, "next": onwards, "program": program_name()}
    return render(request, "minerconsole/login.html", context, status=401 if form.errors else 200)


@never_cache
@require_GET
def login_link(request: HttpRequest, secret: str) -> HttpResponse:
    """Log in with a link from the terminal, once."""
    user = login_link_use(secret, address=request.META.get("REMOTE_ADDR") or None)
    if user is None:
        sentence = (
            "This link logs nobody in: a link works once and for 15 minutes. "
            f"{program_name()} login prints a new one on the miner's own terminal."
        )
        return refuse(request, 403, "link_used_up", sentence)
    _let_in(request, user, _BY_LINK)
    return HttpResponseRedirect("/")


@never_cache
@sensitive_post_parameters("password")
def confirm(request: HttpRequest) -> HttpResponse:
    """Ask for the password again before something that could be turned against its owner."""
    onwards, user = _onwards(request), _user(request)
    if is_fresh(request.session):
        return HttpResponseRedirect(onwards)
    form = PasswordForm(request.POST or None)
    if form.is_valid():
        found = authenticate(request, username=user.get_username(), password=form.cleaned_data["password"])
        if found is not None and found.pk == user.pk:
            request.session.cycle_key()
            mark_fresh(request.session)
            return HttpResponseRedirect(onwards)
        form.add_error("password", "The password is wrong.")
    context = {"form": form, "next": onwards, "program": program_name(), "has_password": user.has_usable_password()}
    return render(request, "minerconsole/confirm.html", context, status=401 if form.errors else 200)


@never_cache
@sensitive_post_parameters("password", "again")
def password(request: HttpRequest) -> HttpResponse:
    """Set a password, or another one; needs a fresh login."""
    if not is_fresh(request.session):
        return to_confirm(request)
    user = _user(request)
    form = NewPasswordForm(request.POST or None)
    if form.is_valid():
        try:
            password_set(actor_of_request(request), user, form.cleaned_data["password"])
        except InvalidError as error:
            form.add_service_error(error)
        else:
            _let_in(request, user, _BY_LINK)  # the old sessions of this user end: their hash is that of the password
            return render(request, "minerconsole/password.html", {"is_done": True})
    context = {"form": form, "has_password": user.has_usable_password()}
    return render(request, "minerconsole/password.html", context, status=422 if form.errors else 200)


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return HttpResponseRedirect("/login")


def to_confirm(request: HttpRequest) -> HttpResponse:
    """Send to "confirm it is you" and back to this page."""
    return HttpResponseRedirect(f"/confirm?{urlencode({'next': request.get_full_path()})}")


def _let_in(request: HttpRequest, user: User, backend: str) -> None:
    login(request, user, backend=backend)
    mark_fresh(request.session)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User), "the gate lets nobody else through"
    return request.user


def _onwards(request: HttpRequest) -> str:
    """The page to go to afterwards: one of ours, or the first."""
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    is_ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_ours else "/"
