"""What the application is told once: how much a request may ask for, and where it answers as LoopBack did. Opens nothing."""

from lbpy import Configuration
from lbpy.types import Limits, Settings

LIMITS = Limits(max_limit=100, include_edges=10, include_rows=5_000)
COMPAT = frozenset({"nullForMissing"})

CONFIGURATION = Configuration(api_root="/api", settings=Settings(compat=COMPAT, limits=LIMITS))
