"""What is asked of whoever leaves the demo: the log-in of the empty hub's administrator."""

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _


class LeaveDemoForm(forms.Form):
    """E-mail and password of the first real person."""

    email = forms.EmailField(
        label=_("Your e-mail"),
        help_text=_("You become the administrator of the empty hub and log in with it."),
        max_length=254,
    )
    password = forms.CharField(
        label=_("New password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 12 characters."),
        strip=False,
        validators=[validate_password],
    )
