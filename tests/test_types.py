"""Sizes in bytes."""

import pytest

from lbpy.types import bytes_of


def test_sizes_are_read_in_units_of_1024() -> None:
    sizes = map(bytes_of, ("100kb", "1.5MB", " 2 gb ", "7b", "300"))
    assert list(sizes) == [102_400, 1_572_864, 2_147_483_648, 7, 300]


@pytest.mark.parametrize("size", ["", "kb", "10 pounds", "-1kb", "\u0663kb", "9" * 400])
def test_other_sizes_are_refused(size: str) -> None:
    with pytest.raises(ValueError, match="100kb"):
        bytes_of(size)
