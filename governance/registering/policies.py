"""What policies and acknowledgements hang into the registries."""


def register() -> None:
    """Fill the registries."""
