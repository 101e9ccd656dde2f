"""The least that a site needs for django-mailbox."""

import os

SECRET_KEY = "a site of one run"
INSTALLED_APPS = ["django_mailbox"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["DATABASE"]}}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
USE_TZ = True
