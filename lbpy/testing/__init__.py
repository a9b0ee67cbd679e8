"""Help for tests of applications and connectors. Imported by no other room.

- `client(app)` calls an application in the same process, from whoever a test wants: `client.as_user(ann).get("/api/Notes")`.
- `store("postgresql")` gives the settings of an empty store for one block; with pytest the fixtures of `lbpy.testing.fixtures` do.
- `lbpy.testing.suite.ConnectorSuite` has the cases that every connector must pass: subclass it and name the fixture `connector`.

The last two need pytest and are imported by their own names; everything else is here.
"""

from .answer import Answer, Stream
from .client import Client, client
from .sending import Sent
from .servers import NoServer
from .stores import Store, StoreSettings, store

__all__ = ["Answer", "Client", "NoServer", "Sent", "Store", "StoreSettings", "Stream", "client", "store"]
