"""The reader's own pages."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_profile_saves_language_zone_and_theme(lead):
    fields = {
        "name": "Lena L.",
        "job_title": "Lead",
        "language": "fr",
        "time_zone": "Europe/Paris",
        "theme": "dark",
    }

    answer = lead.post("/me/", fields)

    lead.user.refresh_from_db()
    assert answer.status_code == 302
    assert {name: getattr(lead.user, name) for name in fields} == fields


def test_profile_refuses_an_unknown_zone_and_keeps_the_old(lead):
    answer = lead.post("/me/", {"name": "L", "language": "en", "time_zone": "Mars/Olympus", "theme": "auto"})

    lead.user.refresh_from_db()
    assert answer.status_code == 422
    assert lead.user.time_zone == "UTC"


@pytest.mark.parametrize(
    ("url", "field", "value"), [("/me/theme/", "theme", "dark"), ("/me/language/", "language", "fr")]
)
def test_a_preference_is_kept_and_the_reader_returns_to_the_page(lead, url, field, value):
    answer = lead.post(url, {field: value, "next": "/people/?q=a"})

    lead.user.refresh_from_db()
    assert (answer.status_code, answer.url) == (302, "/people/?q=a")
    assert getattr(lead.user, field) == value


def test_a_preference_never_sends_the_reader_to_another_site(lead):
    assert lead.post("/me/theme/", {"theme": "dark", "next": "https://evil.example/"}).url == "/"


def test_a_visitor_before_log_in_may_choose_a_language():
    answer = Client().post("/me/language/", {"language": "fr", "next": "/auth/login/"})

    assert (answer.status_code, answer.url) == (302, "/auth/login/")
    assert answer.cookies["django_language"].value == "fr"


def test_an_unknown_preference_changes_nothing(lead):
    lead.post("/me/theme/", {"theme": "pink"})

    lead.user.refresh_from_db()
    assert lead.user.theme == "auto"


def test_a_person_turns_an_e_mail_off_and_on_again(lead):
    fields = {"name": "Lena", "language": "en", "time_zone": "UTC", "theme": "auto"}

    page = lead.get("/me/").content.decode()
    assert "The week&#x27;s duties, on Mondays" in page
    for mail, muted in (([], ["digest"]), (["digest"], [])):
        assert lead.post("/me/", {**fields, "mail": mail}).status_code == 302
        lead.user.refresh_from_db()
        assert lead.user.muted_mail == muted


def test_a_kind_of_e_mail_nobody_sends_is_refused(lead):
    answer = lead.post(
        "/me/", {"name": "L", "language": "en", "time_zone": "UTC", "theme": "auto", "mail": ["x"]}
    )

    lead.user.refresh_from_db()
    assert (answer.status_code, lead.user.muted_mail) == (422, [])
