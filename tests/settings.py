"""The settings of the test suite: the product's own, with a cheap password hasher, a broker in memory and a scratch folder."""

import os
import tempfile

os.environ.setdefault("VAR_DIR", tempfile.mkdtemp(prefix="coe-tests-"))
os.environ.setdefault("LOG_LEVEL", "ERROR")

from config.settings import *  # noqa: F403  # the scratch folder must be named before the settings are read

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "tests"}}
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405  # whitenoise warns of a missing folder, and warnings are errors
if DATABASES["default"]["ENGINE"].endswith("postgresql"):  # noqa: F405  # settings are read with a star
    # A database without statistics makes plans look dear enough to be compiled, and what a test commits is gone in a second.
    DATABASES["default"]["OPTIONS"].setdefault("options", "-c jit=off -c synchronous_commit=off")  # noqa: F405  # as above
