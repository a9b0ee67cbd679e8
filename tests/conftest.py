"""What all tests share: which lbpy is under test, and how long hypothesis looks. Holds no fixture of a single room."""

from pathlib import Path

import pytest
from hypothesis import settings

import lbpy

settings.register_profile("lbpy", deadline=None, max_examples=50, print_blob=True)
settings.load_profile("lbpy")


def pytest_report_header() -> str:
    return f"lbpy {lbpy.__version__} from {Path(lbpy.__file__).parent}"


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the checkout, or of the unpacked source distribution."""
    return Path(__file__).parent.parent
