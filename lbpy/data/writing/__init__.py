"""Creating and changing: each operation is one straight pipeline of the steps in saving.py. Runs no remote hook."""

from .by_condition import find_or_create, update_all, upsert_with_where
from .creating import create, create_many
from .patching import patch, save
from .replacing import replace_by_id
from .upserting import patch_or_create, replace_or_create

__all__ = [
    "create",
    "create_many",
    "find_or_create",
    "patch",
    "patch_or_create",
    "replace_by_id",
    "replace_or_create",
    "save",
    "update_all",
    "upsert_with_where",
]
