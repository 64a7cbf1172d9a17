"""Log-in: one answer and one amount of work for unknown and known addresses, a lock after five failures, the second factor, no way out."""

import os
import subprocess
import sys
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client

from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery staple"
WORK = []


class CountingHasher(MD5PasswordHasher):
    """Notes each time a password is hashed."""

    def encode(self, password, salt):
        WORK.append(salt)
        return super().encode(password, salt)


@pytest.fixture
def person(settings):
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    user = UserFactory(email="ada@example.com", name="Ada")
    user.set_password(PASSWORD)
    user.save()
    WORK.clear()
    return user


def log_in(client, email="ada@example.com", password=PASSWORD, **more):
    """Send the log-in form."""
    return client.post("/auth/login/", {"login": email, "password": password, **more})


def test_an_unknown_address_gets_the_same_answer_for_the_same_work(person):
    told, work = [], []
    for email in ("ada@example.com", "nobody@example.com"):
        WORK.clear()
        told.append(
            log_in(Client(), email, "wrong password").content.decode().replace(email, "").count("<li")
        )
        work.append(len(WORK))

    assert told[0] == told[1]
    assert work[0] == work[1] > 0


def test_five_failures_lock_the_address_even_for_the_right_password(person):
    for _attempt in range(5):
        log_in(Client(), password="wrong")

    client = Client()
    answer = log_in(client)

    assert answer.status_code in (200, 429)
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    "target",
    (
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "http:///evil.example",
    ),
)
def test_a_log_in_leads_nowhere_else(person, target):
    answer = log_in(Client(), next=target)

    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_a_log_in_leads_back_to_the_page_that_asked(person):
    assert log_in(Client(), next="/accounts/?q=x")["Location"] == "/accounts/?q=x"


def test_the_second_factor_is_asked_for_and_taken_once(person, settings):
    secret = generate_totp_secret()
    Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={"secret": secret})
    client = Client()

    first = log_in(client)
    before = "_auth_user_id" in client.session
    wrong = client.post("/auth/2fa/authenticate/", {"code": "000000x"})
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    right = client.post("/auth/2fa/authenticate/", {"code": code})
    again = Client()
    log_in(again)
    again.post("/auth/2fa/authenticate/", {"code": code})

    assert (first["Location"], before, wrong.status_code) == ("/auth/2fa/authenticate/", False, 200)
    assert (right.status_code, client.session["_auth_user_id"]) == (302, str(person.pk))
    assert "_auth_user_id" not in again.session


def test_a_log_in_starts_a_new_session(person):
    client = Client()
    client.get("/auth/login/")
    session = client.session
    session["kept"] = "x"
    session.save()
    client.cookies["sessionid"] = session.session_key

    log_in(client)

    assert client.cookies["sessionid"].value != session.session_key


def test_a_reset_tells_nobody_who_works_here(person, mailoutbox):
    answers = [
        Client().post("/auth/password/reset/", {"email": email})
        for email in ("ada@example.com", "nobody@example.com")
    ]

    assert len({(answer.status_code, answer.get("Location")) for answer in answers}) == 1


def test_no_secret_is_logged(person, caplog):
    with caplog.at_level("DEBUG"):
        log_in(Client(), password="hunter2-not-to-be-seen")
        Client().get("/api/v1/me/", headers={"Authorization": "Bearer coe_abc_token-not-to-be-seen"})
        Client().get("/accounts/no-such/?token=coe_abc_token-not-to-be-seen&password=hunter2-not-to-be-seen")

    told = "\n".join(
        f"{record.getMessage()} {record.exc_text or ''}"
        for record in caplog.records
        if record.name != "django.db.backends"
    )
    assert "not-to-be-seen" not in told


def test_behind_a_proxy_a_guesser_locks_out_nobody_else(person, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1

    def come(address):
        return Client(headers={"X-Forwarded-For": f"203.0.113.9, {address}"})

    for number in range(12):
        log_in(come("198.51.100.1"), email=f"nobody{number}@example.com", password="wrong")
    guesser, other = come("198.51.100.1"), come("198.51.100.2")
    log_in(guesser)
    log_in(other)

    assert ["_auth_user_id" in client.session for client in (guesser, other)] == [False, True]


def test_the_proxy_is_believed_only_where_the_settings_say_so():
    read = [
        subprocess.run(
            [
                sys.executable,
                "-c",
                "from config import settings; print(settings.ALLAUTH_TRUSTED_PROXY_COUNT)",
            ],
            env={**os.environ, "TRUST_PROXY": word},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for word in ("true", "false")
    ]

    assert read == ["1", "0"]
