"""What certification of accounts, discovery and leavers hang into the registries."""


def register() -> None:
    """Fill the registries."""
