"""The composition root: settings, root URLs, Celery, WSGI/ASGI, error handlers. It may import anyone; nobody imports it."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
