"""Passwords and the hashes that LoopBack's databases share."""

from __future__ import annotations

import pytest

from lbpy.contrib.models.passwords import PasswordRefused, check_password, hashed, is_hash, matches


def test_a_hash_fits_its_password_only() -> None:
    kept = hashed("secret", 4)
    assert kept.startswith("$2a$04$")
    assert [matches(one, kept, 4) for one in ("secret", "Secret", "", None, 7, {"regexp": ".*"})] == [True, *[False] * 5]


@pytest.mark.parametrize("prefix", ["$2a$", "$2b$", "$2y$"])
def test_hashes_of_other_libraries_fit(prefix: str) -> None:
    assert matches("secret", prefix + hashed("secret", 4)[4:], 4)


@pytest.mark.parametrize("stored", [None, "", "secret", 7, "$2a$04$short"])
def test_nothing_fits_what_is_no_hash(stored: object) -> None:
    assert not matches("secret", stored, 4)


@pytest.mark.parametrize("plain", ["x" * 72, "ä" * 36, "a\0b"])
def test_72_bytes_are_taken(plain: str) -> None:
    check_password(plain)
    assert matches(plain, hashed(plain, 4), 4)


@pytest.mark.parametrize("plain", ["x" * 73, "ä" * 37])
def test_more_are_refused_and_never_cut(plain: str) -> None:
    with pytest.raises(PasswordRefused, match="Max length is 72"):
        check_password(plain)
    assert not matches(plain, hashed(plain[:-1], 4), 4)


@pytest.mark.parametrize("plain", ["", None, 5, ["x"]])
def test_what_is_no_password_is_refused(plain: object) -> None:
    with pytest.raises(PasswordRefused, match="Invalid password"):
        check_password(plain)


def test_a_hash_is_known_by_its_form() -> None:
    assert [is_hash(one) for one in (hashed("x", 4), "$2a$10$", "secret", None)] == [True, False, False, False]
