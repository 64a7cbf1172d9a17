"""The description of the API, and the pages that show it under the strict CSP (the split view has no inline script)."""

from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from coe.api.base.permissions import DeclaredPermission, Door


class SchemaView(SpectacularAPIView):
    """The OpenAPI document."""

    permission_classes = [DeclaredPermission]
    permissions = {"GET": Door.SIGNED_IN}


class DocsView(SpectacularSwaggerSplitView):
    """Swagger UI from our own static files."""

    permission_classes = [DeclaredPermission]
    permissions = {"GET": Door.SIGNED_IN}
    url_name = "api-schema"
