"""The walk in docs/api/first-hour.md, command by command, against a running hub."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from coe.models import SocialAccount
from coe.rules.principals import Actor
from coe.services.platforms import ensure_platforms
from metrics.models import Observation
from metrics.services.dictionary import ensure_dictionary

WALK = Path(settings.BASE_DIR) / "docs/api/first-hour.md"


@pytest.mark.django_db(transaction=True)
def test_the_first_hour_works_as_it_is_written(live_server, token_of, line_tree):
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
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip

    assert walk.returncode == 0, walk.stdout[-1500:] + walk.stderr[-1500:]
    account = SocialAccount.objects.get(handle_key="acmefirsthour")
    assert (account.line, account.purpose, account.mfa_state) == (line_tree.europe, "News of the line", "on")
    assert list(Observation.objects.values_list("account", "value")) == [(account.pk, 1200)]
    assert '"verdict":"not_live"' in walk.stdout
