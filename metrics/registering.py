"""What measuring hangs into the registries of the ground floor."""

from coe.registries import account_moved, export_kinds, import_kinds
from metrics.selectors.observations import export_rows
from metrics.services.import_observations import OBSERVATIONS
from metrics.services.rollups import move_rollups


def register() -> None:
    """Fill the registries; safe to call twice."""
    import_kinds.register("observations", OBSERVATIONS)
    export_kinds.register("observations", export_rows)
    account_moved.register("rollups", move_rollups)
