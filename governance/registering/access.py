"""What access rules, grants and their reviews hang into the registries."""


def register() -> None:
    """Fill the registries."""
