"""Access control on LoopBack's rules and roles: fulfils the port of lbpy.remoting.access. Serves nothing itself."""

from .audit import audit
from .switch import enable

__all__ = ["audit", "enable"]
