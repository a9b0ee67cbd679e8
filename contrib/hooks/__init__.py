"""Ready mixins, asked for by name: timestamps, soft and cascading deletion, read-only and computed properties, counts."""

from .cascade_delete import cascade_delete
from .computed import computed
from .counts import counts
from .read_only import read_only
from .soft_delete import soft_delete
from .timestamps import timestamps

__all__ = ["cascade_delete", "computed", "counts", "read_only", "soft_delete", "timestamps"]
