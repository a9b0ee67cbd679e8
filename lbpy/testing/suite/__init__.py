"""The cases that every connector must pass, written against data/contract.py, relations and include too. Starts no store.

    class TestMine(ConnectorSuite):
        @pytest.fixture
        def connector(self):
            with closing(connect({...}, SourcePlace("db", "."))) as made:
                yield made

What a connector does not declare (CreateMany, Upsert, ...) is not asked of it; flags of the class state the differences
that stores may have.
"""

from .capabilities import Capabilities
from .concurrency import Concurrency, Lifetime
from .conditions import Conditions
from .pages import Pages
from .related_rows import RelatedConditions
from .relations import RelationSuite
from .values import Values
from .writing import Writing

__all__ = ["ConnectorSuite"]


class ConnectorSuite(Conditions, Pages, Values, Writing, Capabilities, RelatedConditions, Concurrency, Lifetime, RelationSuite):
    """All cases; a subclass names the fixture `connector` and states by `patterns` and `missing` what its store does."""
