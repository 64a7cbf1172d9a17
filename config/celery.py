"""The Celery application. Messages are wake-up calls only: the truth is always a row in the database."""

import os

from celery import Celery
from celery.signals import beat_init, setup_logging, worker_init, worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("coe_hub")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def _use_django_logging(**_kwargs: object) -> None:
    """Keep Django's logging set-up, so that web and worker write one kind of line."""


@worker_process_init.connect
def _freeze_heap(**_kwargs: object) -> None:
    """Move what start-up allocated out of the collector's sight; every collection after this one is cheaper."""
    import gc

    gc.collect()
    gc.freeze()


@worker_init.connect
@beat_init.connect
def _refuse_demo_accounts(**_kwargs: object) -> None:
    """Stop a worker that would serve a demo account in production."""
    from django.core.exceptions import ImproperlyConfigured

    from coe.startup import refuse_demo_accounts

    try:
        refuse_demo_accounts()
    except ImproperlyConfigured as error:
        # Celery logs and forgets an exception of a signal handler; only an exit stops the process.
        raise SystemExit(str(error)) from error
