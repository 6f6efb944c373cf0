"""An identity provider on django-oauth-toolkit, run by gunicorn.

It is a site of its own, in a process of its own: nothing of the project is imported here.
"""

from __future__ import annotations

import json
import os
import warnings
from pathlib import Path
from typing import Any

LOGIN = """<form method="post">{% csrf_token %}{{ form.as_p }}
<input type="hidden" name="next" value="{{ next }}"><button>Entrer</button></form>"""


def _folder() -> Path:
    return Path(os.environ["OIDC_FOLDER"])


def _configure() -> None:
    import django
    from django.conf import settings

    folder = _folder()
    settings.configure(
        SECRET_KEY="d" * 50,
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF="servers.oidc_site",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "fournisseur.db"}},
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "oauth2_provider",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {
                    "loaders": [
                        ("django.template.loaders.locmem.Loader", {"registration/login.html": LOGIN}),
                        "django.template.loaders.app_directories.Loader",
                    ],
                    "context_processors": ["django.template.context_processors.request"],
                },
            }
        ],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        LOGIN_URL="/entrer/",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.PBKDF2PasswordHasher"],
        OAUTH2_PROVIDER={
            "OIDC_ENABLED": True,
            "OIDC_RSA_PRIVATE_KEY": (folder / "cle.pem").read_text(),
            "OIDC_RSA_PRIVATE_KEYS_INACTIVE": [p.read_text() for p in folder.glob("ancienne-*.pem")],
            "OIDC_RP_INITIATED_LOGOUT_ENABLED": True,
            "OIDC_RP_INITIATED_LOGOUT_ALWAYS_PROMPT": False,
            "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
            "OAUTH2_VALIDATOR_CLASS": "servers.oidc_validator.Validator",
            "SCOPES": {"openid": "Qui vous êtes", "email": "Votre courriel"},
            "PKCE_REQUIRED": True,
        },
    )
    django.setup()
    from django.contrib.auth import views
    from django.urls import include, path

    globals()["urlpatterns"] = [
        path("entrer/", views.LoginView.as_view()),
        path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
    ]


def make() -> Any:
    """The WSGI application, its database made and its people and its client written in."""
    warnings.simplefilter("ignore")
    _configure()
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application

    call_command("migrate", verbosity=0, interactive=False)
    _write(json.loads((_folder() / "site.json").read_text()))
    return get_wsgi_application()


def _write(site: dict[str, Any]) -> None:
    from django.contrib.auth.models import Group, User
    from oauth2_provider.models import Application

    for name, mail, roles in site["personnes"]:
        user, new = User.objects.get_or_create(username=name, defaults={"email": mail})
        if new:
            user.set_password(site["mot_de_passe"])
            user.save()
            user.groups.set([Group.objects.get_or_create(name=role)[0] for role in roles])
    Application.objects.get_or_create(
        client_id=site["client_id"],
        defaults={
            "name": "Dossier unique",
            "client_secret": site["client_secret"],
            "client_type": "confidential",
            "authorization_grant_type": "authorization-code",
            "redirect_uris": site["redirect_uri"],
            "post_logout_redirect_uris": site["public_url"],
            "algorithm": "RS256",
            "skip_authorization": True,
        },
    )
