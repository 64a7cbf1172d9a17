"""The floor of log-in: allauth's pages. OPEN answers whoever comes, OWN asks to log in first, GONE is closed to everybody."""

OPEN, OWN, GONE = "open", "own", "gone"

LOG_IN = {
    "login/": OPEN,
    "logout/": OPEN,
    "inactive/": OPEN,
    # Says that nobody signs up by themselves.
    "signup/": OPEN,
    "reauthenticate/": OWN,
    # Closed to those who are logged in, too.
    "email/": OWN,
    "confirm-email/": OPEN,
    "^confirm-email/(?P<key>[-:\\w]+)/$": OPEN,
    "password/change/": OWN,
    "password/set/": OWN,
    "password/reset/": OPEN,
    "password/reset/done/": OPEN,
    "password/reset/key/done/": OPEN,
    "^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": OPEN,
    # Without a log-in that waits for its second step these lead back to the log-in page.
    "login/code/confirm/": OWN,
    "2fa/authenticate/": OWN,
    "2fa/": OWN,
    "2fa/reauthenticate/": OWN,
    "2fa/totp/activate/": OWN,
    "2fa/totp/deactivate/": OWN,
    "2fa/recovery-codes/": OWN,
    "2fa/recovery-codes/generate/": OWN,
    "2fa/recovery-codes/download/": OWN,
    "3rdparty/login/cancelled/": OPEN,
    "3rdparty/login/error/": OWN,
    "3rdparty/signup/": OWN,
    "3rdparty/": OWN,
    "social/login/cancelled/": OWN,
    "social/login/error/": OWN,
    "social/signup/": OWN,
    "social/connections/": OWN,
    # There is no provider until the settings name one.
    "oidc/^(?P<provider_id>[^/]+)/login/": GONE,
    "oidc/^(?P<provider_id>[^/]+)/login/callback/": GONE,
}
