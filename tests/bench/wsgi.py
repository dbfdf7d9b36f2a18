"""The product under gunicorn with one address more."""

from django.conf import settings

from smsops.wsgi import application

settings.ROOT_URLCONF = "tests.bench.urls"

__all__ = ["application"]
