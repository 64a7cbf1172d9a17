"""The walks in docs/api against a running hub: with curl, command by command, and with the small Python client."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from coe.models import ImportBatch, SocialAccount
from coe.rules.principals import Actor
from coe.services.platforms import ensure_platforms
from metrics.models import Observation
from metrics.services.dictionary import ensure_dictionary

WALK = Path(settings.BASE_DIR) / "docs/api/first-hour.md"
CLIENT = Path(settings.BASE_DIR) / "docs/api/first_hour.py"


@pytest.mark.django_db(transaction=True)
def test_the_first_hour_works_as_it_is_written(live_server, token_of, line_tree, tmp_path):
    if shutil.which("curl") is None or shutil.which("bash") is None:
        pytest.skip("the walk needs bash and curl")
    now = timezone.now()
    ensure_platforms(by=Actor.system(), at=now)
    ensure_dictionary(by=Actor.system(), at=now)
    caller = token_of(line_tree.europe)
    script = "set -euo pipefail\n" + "\n".join(
        re.findall(r"```bash\n(.*?)```", WALK.read_text(encoding="utf-8"), re.DOTALL)
    )

    walk = subprocess.run(
        ["bash", "-c", script],
        env={"PATH": os.environ["PATH"], "HUB": live_server.url, "TOKEN": caller.secret, "no_proxy": "*"},
        capture_output=True, text=True, timeout=120, check=False, cwd=tmp_path,
    )  # fmt: skip

    assert walk.returncode == 0, walk.stdout[-1500:] + walk.stderr[-1500:]
    account = SocialAccount.objects.get(handle_key="acmefirsthour")
    assert (account.line, account.purpose, account.mfa_state) == (line_tree.europe, "News of the line", "on")
    assert list(Observation.objects.values_list("account", "value")) == [(account.pk, 1200)]
    assert '"verdict":"not_live"' in walk.stdout
    assert list(ImportBatch.objects.values_list("kind", "state", "file_name")) == [
        ("observations", "uploaded", "upload.ndjson.gz")
    ]


@pytest.mark.django_db(transaction=True)
def test_the_first_hour_in_python_may_be_walked_twice(live_server, token_of, line_tree):
    now = timezone.now()
    ensure_platforms(by=Actor.system(), at=now)
    ensure_dictionary(by=Actor.system(), at=now)
    caller = token_of(line_tree.europe)

    first, second = (
        subprocess.run(
            [sys.executable, str(CLIENT)],
            env={"HUB": live_server.url, "TOKEN": caller.secret, "no_proxy": "*", "PYTHONIOENCODING": "utf-8"},
            capture_output=True, text=True, timeout=120, check=False, encoding="utf-8",
        )
        for _walk in range(2)
    )  # fmt: skip

    assert (first.returncode, second.returncode) == (0, 0), first.stderr[-1500:] + second.stderr[-1500:]
    account = SocialAccount.objects.get()
    assert (account.handle, account.line, account.purpose) == (
        "acmefirsthour",
        line_tree.europe,
        "Pictures of the line",
    )
    assert list(Observation.objects.values_list("account", "value")) == [(account.pk, 340)]
    assert ("1 new" in first.stdout, "1 known already" in second.stdout) == (True, True)
    assert "As it should be: 422" in first.stdout
    assert ImportBatch.objects.count() == 2
