"""Scripts that LoopBack's own generators wrote, and what the boot scripts of projects are usually for. Judges no model."""

from __future__ import annotations

import re
from typing import Final

from .scripts import Script

_SCAFFOLDS: Final = frozenset(
    {
        "module.exports=functionenableAuthentication(server){server.enableAuth();};",
        "module.exports=function(server){varrouter=server.loopback.Router();router.get('/',server.loopback.status());server.use(router);};",
        "module.exports=functionmountLoopBackExplorer(server){varexplorer;try{explorer=require('loopback-explorer');}catch(err){"
        "console.log('Run`npminstallloopback-explorer`toenabletheLoopBackexplorer');return;}varrestApiRoot=server.get('restApiRoot');"
        "varexplorerApp=explorer(server,{basePath:restApiRoot});server.use('/explorer',explorerApp);server.once('started',function(){"
        "varbaseUrl=server.get('url').replace(/\\/$/,'');console.log('BrowseyourRESTAPIat%s%s',baseUrl,explorerApp.mountpath);});};",
        "module.exports=functionmountRestApi(server){varrestApiRoot=server.get('restApiRoot');server.use(restApiRoot,server.loopback.rest());};",
    }
)
_FRAME: Final = re.compile(r"['\"]use strict['\"];?|\s+|;\s*$")
_ONLY_AUTH: Final = re.compile(r"module\.exports=(?:function\w*)?\(?\w*\)?(?:=>)?\{?\w+\.enableAuth\(\)\}?")
_ROUTE: Final = re.compile(r"\b(?:app|server|router)\.(?:get|post|put|patch|delete|all|route)\s*\(\s*['\"]/")

_PORT: Final = "write `def boot(app)` in {} (`lbpy port` makes a stub)"


def is_scaffold(script: Script) -> bool:
    """Whether a boot script is as the generator wrote it, so that lbpy does the same by itself (source: real-projects.md 8)."""
    if script.place != "boot":
        return False
    bare = _bare(script.text)
    return bare in _BARE_SCAFFOLDS or _ONLY_AUTH.fullmatch(bare) is not None


def _bare(text: str) -> str:
    return re.sub(r";(?=\}|$)", "", _FRAME.sub("", re.sub(r"\n;\n.*", "", text, flags=re.DOTALL)))


_BARE_SCAFFOLDS: Final = frozenset(_bare(one) for one in _SCAFFOLDS)


def purpose_of(script: Script) -> tuple[str, str]:
    """What a boot script seems to be for, and what to do about it; the remedy has {} where the counterpart's name belongs."""
    routes = len(_ROUTE.findall(script.text))
    if routes:
        return f"does not run: {routes} routes of its own answer 404", _PORT
    if re.search(r"\.automigrate\s*\(", script.text):
        return "does not run: no tables are made anew", 'run `lbpy migrate`, or write "autoupdate": true in the data source'
    if re.search(r"\.autoupdate\s*\(", script.text):
        return "does not run: no tables are brought up to date", 'write "autoupdate": true in the data source'
    if re.search(r"\b(?:Role|RoleMapping|User)\b.{0,200}\.(?:create|findOrCreate|upsert)\s*\(|principals\.create", script.text):
        return "does not run: it fills roles or users", "write them into server/seed.json, or " + _PORT
    return "does not run", _PORT
