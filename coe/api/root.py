"""The front door of the API: where everything is."""

from collections.abc import Mapping

from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.permissions import Door
from coe.api.base.views import HubView, Operation


class RootView(HubView):
    """The addresses that can be read without naming a record."""

    tag = "me"
    permissions = {"GET": Door.SIGNED_IN}
    operations = {"GET": Operation("Where is everything?", answer={
        "type": "object",
        "additionalProperties": {"type": "string", "format": "uri-reference"},
    })}  # fmt: skip
    # Filled by the roof, which alone knows the routes of every app: the address below the root → the address.
    addresses: Mapping[str, str] = {}

    def get(self, request: Request) -> Response:
        """Answer with name and address of each."""
        return Response(dict(self.addresses))
