"""ObjectIDs of several processes."""

from __future__ import annotations

import subprocess
import sys

FORKS = """
import os
import lbpy
from bson import ObjectId

lbpy.App().data_source("db", connector="mongodb", url="mongodb://127.0.0.1:1", lazyConnect=True)
ObjectId()
child = os.fork()
if not child:
    print(ObjectId._pid == os.getpid())  # what the driver looks at before it renews the random part
else:
    os.waitpid(child, 0)
"""


def test_a_forked_worker_makes_ids_of_its_own_before_it_has_threads() -> None:
    told = subprocess.run([sys.executable, "-c", FORKS], capture_output=True, text=True, check=False)
    assert (told.stdout, told.returncode) == ("True\n", 0), told.stderr
