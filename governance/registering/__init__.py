"""What the governance floor hangs into the registries of the ground: one module a subject, so that each grows by itself."""

from governance.registering import access, acknowledgements, custody, exceptions, policies


def register() -> None:
    """Fill the registries. A menu entry whose page does not exist is not drawn (see `coe.context`)."""
    for subject in (policies, acknowledgements, exceptions, access, custody):
        subject.register()
