"""WSGI entry point (gunicorn `config.wsgi`)."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from coe.startup import refuse_demo_accounts  # noqa: E402  # models exist only once the application does

refuse_demo_accounts()
# Start-up objects live for ever; freezing them keeps full collections out of request latency (p95/p50 in bench/).
gc.collect()
gc.freeze()
