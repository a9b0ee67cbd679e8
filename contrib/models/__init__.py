"""LoopBack's built-in models as classes to subclass. An application binds subclasses of them, never these themselves."""

from .access_token import AccessToken
from .acl import ACL, Scope
from .application import Application
from .changes import Change, Checkpoint
from .email import Email
from .key_value import KeyValueModel
from .role import Role, RoleMapping, RoleRequest
from .user import User

__all__ = [
    "ACL",
    "AccessToken",
    "Application",
    "Change",
    "Checkpoint",
    "Email",
    "KeyValueModel",
    "Role",
    "RoleMapping",
    "RoleRequest",
    "Scope",
    "User",
]
