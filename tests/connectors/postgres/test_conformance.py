"""PostgreSQL finds, sorts, stores and counts as every store does."""

import pytest

from lbpy.connectors.postgres import PostgresConnector
from lbpy.data.contract import Connector, Crud
from lbpy.testing.suite import ConnectorSuite


class TestPostgres(ConnectorSuite):
    patterns = "like"
    missing = "high"
    exact = 2**53

    @pytest.fixture
    def connector(self, postgres: PostgresConnector) -> Connector[Crud]:
        return postgres
