"""Secrets are recognised; talk about secrets, addresses and references is let through."""

import pytest
from hypothesis import given, strategies as st

from coe.intake.secrets import SECRET_REASONS, looks_like_secret

# Built from parts, so that no scanner takes this file for a leak.
B62 = "q7Zp2Lx9Vb4Nc8Td1Rf6Ks3Hw5Jy0GmAe"


@pytest.mark.parametrize(
    "text, reason",
    [
        ("password: hunter2", "password"),
        ("Login marketing / Password = S3cret!2024", "password"),
        ("pwd=correcthorse", "password"),
        ("mot de passe : Printemps2026", "password"),
        ("The password is Xk49!kd", "password"),
        ("pass: 12345678", "password"),
        ("api_key=" + B62[:20], "api_key"),
        ("client secret: " + B62[:24], "api_key"),
        ("AK" + "IA" + "IOSFODNN7EXAMPLE", "api_key"),
        ("AI" + "za" + "SyA1234567890abcdefghijklmnopqrstuvw", "api_key"),
        ("sk" + "_live_" + B62[:24], "api_key"),
        ("sk" + "-proj-" + B62, "api_key"),
        ("gh" + "p_" + B62 + "abcd", "token"),
        ("xo" + "xb-123456789012-" + B62[:24], "token"),
        ("glp" + "at-" + B62[:20], "token"),
        ("Authorization: Bearer " + B62, "token"),
        ("token: " + B62[:12], "token"),
        ("ey" + "JhbGciOiJIUzI1NiJ9.ey" + "JzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N", "web_token"),
        ("-----BEGIN RSA PRIVATE" + " KEY-----\nMIIE", "private_key"),
        ("https://admin:s3cr3t@tools.example.com/x", "url_password"),
        ("otpauth://totp/x?secret=ABC", "one_time_secret"),
        ("backup codes: 1234-5678 8765-4321", "one_time_secret"),
        (B62, "random"),
        ("note " + B62[::-1] + " end", "random"),
        ("9f86d081884c7d659a2feaa0c55ad015", "random"),
    ],
)
def test_secret_is_recognised(text, reason):
    assert looks_like_secret(text) == reason


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The password policy is reviewed every year.",
        "Password: see vault",
        "Password: kept in 1Password",
        "password: vault://team/kv/x",
        "password: ********",
        "Password manager: yes",
        "Mot de passe : voir le coffre",
        "token is renewed yearly",
        "The passwords are shared by nobody.",
        "vault://team/kv/x",
        "op://Social/Instagram NYC/credential",
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:social/x-AbCdEf",
        "social.team+brand@example.com",
        "https://www.facebook.com/pages/New-York-NY/NYC-INFORMATION-TECHNOLOGY-TELECOMMUNICATIONS/104786059565184?sk=wall&ref=ts",
        "https://docs.google.com/document/d/1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789abcd/edit",
        "01890a5d-ac96-774b-bcce-b302099a8057",
        "UCi6IvOszIb3hHPMUsaNKyXA",
        "channel/UCi6IvOszIb3hHPMUsaNKyXA",
        "CONGRESSIONAL-ASIAN-PACIFIC-AMERICAN-CAUCUS",
        "Donaudampfschifffahrtsgesellschaftskapitaen",
        "NewYorkCityDepartmentOfEducation2024",
        "Q3-2026-Summer-Campaign-Europe-Launch-Plan",
        "+1 212 555 0100",
        "104030911277642419611",
        "Two-factor codes come by SMS to the duty phone.",
        "Secret Santa campaign: December",
        "#ThrowbackThursday2024 and #NationalVolunteerWeek2025",
    ],
)
def test_ordinary_text_is_let_through(text):
    assert looks_like_secret(text) is None


@given(st.text(max_size=300))
def test_recognition_never_raises_and_answers_with_a_known_reason(text):
    assert looks_like_secret(text) in {None, *SECRET_REASONS}


@given(st.uuids())
def test_uuid_is_no_secret(value):
    assert looks_like_secret(str(value)) is None
