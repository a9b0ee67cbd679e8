"""MongoDB finds, sorts, stores and counts as every store does."""

import pytest

from lbpy.connectors.mongo import MongoConnector
from lbpy.data.contract import Connector, Crud
from lbpy.testing.suite import ConnectorSuite


class TestMongo(ConnectorSuite):
    patterns = "expression"
    exact = 2**63
    savepoints = False

    @pytest.fixture
    def connector(self, mongo: MongoConnector) -> Connector[Crud]:
        return mongo
