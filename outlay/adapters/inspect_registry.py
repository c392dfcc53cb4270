"""What Inspect finds by its entry point: ``--solver outlay/by_strategy`` and ``--model outlay/MODEL``."""

from outlay.adapters.inspect_provider import OutlayAPI
from outlay.adapters.inspect_solver import by_strategy

__all__ = ["OutlayAPI", "by_strategy"]
