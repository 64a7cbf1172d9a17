"""What exceptions hang into the registries."""


def register() -> None:
    """Fill the registries."""
