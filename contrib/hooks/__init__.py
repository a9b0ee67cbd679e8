"""Ready observers that models ask for by the name of a mixin: timestamps, soft delete, read-only and computed properties."""

from .computed import computed
from .read_only import read_only
from .soft_delete import soft_delete
from .timestamps import timestamps

__all__ = ["computed", "read_only", "soft_delete", "timestamps"]
