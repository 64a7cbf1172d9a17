"""A rehearsal does real work, leaves nothing, and on SQLite keeps nobody from writing meanwhile."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
# A process of its own: the tests' database lives in memory, and only a file can be written by two.
_PLAY = """
import sqlite3
import django
django.setup()
from django.core.management import call_command
from django.db import connection
from coe.models import Platform
from coe.rules.principals import Actor
from coe.services.platforms import ensure_platforms
from coe.services.rehearsal import rehearsal
from django.utils import timezone

call_command("migrate", "coe", verbosity=0)
path = connection.settings_dict["NAME"]
with rehearsal():
    ensure_platforms(by=Actor.system("test"), at=timezone.now())
    inside = Platform.objects.count()
    other = sqlite3.connect(path, timeout=0)
    other.execute("CREATE TABLE written_meanwhile (id integer)")
    other.commit()
    other.close()
with connection.cursor() as cursor:
    tables = connection.introspection.table_names(cursor)
print(inside > 0, Platform.objects.count(), "written_meanwhile" in tables, connection.settings_dict["NAME"] == path)
"""


def test_somebody_else_can_write_to_a_sqlite_file_while_a_check_plays_on_its_copy(tmp_path):
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'hub.sqlite3'}",
        "VAR_DIR": str(tmp_path),
    }
    environment |= {"DJANGO_SETTINGS_MODULE": "config.settings", "TMPDIR": str(tmp_path)}
    for name in ("CELERY_BROKER_URL", "REDIS_URL"):
        environment.pop(name, None)

    done = subprocess.run(
        [sys.executable, "-c", _PLAY],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert (done.returncode, done.stdout.split()) == (0, ["True", "0", "True", "True"]), done.stderr[-2000:]
    assert not list(tmp_path.glob("coe-rehearsal-*"))
