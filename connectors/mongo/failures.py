"""What MongoDB and its driver say went wrong, as errors of ours; no text of theirs is for clients. Runs nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from bson.errors import BSONError
from pymongo import errors

from ...errors import BadRequest, Duplicate, LbpyError, StoreError, TooLarge
from .documents import KEY, Shape

UNREACHABLE: Final = "STORE_UNREACHABLE"
UNKNOWN_OUTCOME: Final = "UNKNOWN_OUTCOME"
TOO_SLOW: Final = "STORE_TOO_SLOW"
TRY_AGAIN: Final = "TRY_AGAIN"
REFUSED: Final = "STORE_REFUSED"

_DUPLICATE: Final = frozenset({11000, 11001, 12582})
_MISTAKES: Final = frozenset(
    {2, 3, 9, 14, 15, 16, 28, 31, 34, 38, 40, 52, 54, 55, 56, 57, 66, 92, 16755, 16804, 17280, 17419, 51024, 51091, 51108, 51111, 51246}
)
"""Codes of queries, updates and values that the server cannot take: BadValue, FailedToParse, TypeMismatch and their like."""

_LATER: Final = frozenset({112, 244, 246, 251})
_READS: Final = frozenset({"find", "count", "aggregate", "ping", "indexes"})


@contextmanager
def translating(command: str, shape: Shape | None = None, *, inside: bool = False) -> Iterator[None]:
    """A block that talks to the server, in which what the driver raises becomes an error of ours.

    Args:
        command: what is sent. shape: of the rows that it is about. inside: it is part of a transaction, which the server undoes
            where it is cut off; so its outcome is no riddle, as that of reads.
    """
    try:
        yield
    except (errors.PyMongoError, BSONError, OverflowError, UnicodeEncodeError) as error:
        raise _translated(error, shape, plain=inside or command in _READS) from error


def _translated(error: Exception, shape: Shape | None, *, plain: bool) -> LbpyError:
    """The error to raise instead. plain: what was cut off has changed nothing."""
    if isinstance(error, errors.ConnectionFailure):
        never_sent = isinstance(error, (errors.ServerSelectionTimeoutError, errors.WaitQueueTimeoutError))
        return _failed(error, UNREACHABLE if never_sent or plain else UNKNOWN_OUTCOME)
    if isinstance(error, errors.DocumentTooLarge):
        return TooLarge("The document is too large")
    if isinstance(error, errors.ExecutionTimeout):
        return _failed(error, TOO_SLOW if plain else UNKNOWN_OUTCOME)
    if isinstance(error, errors.OperationFailure):
        return _refused(error, shape)
    if isinstance(error, (errors.InvalidOperation, errors.InvalidName, errors.ConfigurationError)):
        return _failed(error, REFUSED)
    return BadRequest("A value cannot be sent to the database")


def _failed(error: Exception, code: str) -> StoreError:
    return StoreError(f"MongoDB: {error}", code=code)


def _refused(error: errors.OperationFailure, shape: Shape | None) -> LbpyError:
    code, details = _first(error)
    if code in _DUPLICATE and shape is not None:
        return _duplicate(details, shape)
    if code in _MISTAKES:
        return BadRequest("The database cannot take the query or a value in it")
    if _is_half_done(error):
        return _failed(error, UNKNOWN_OUTCOME)
    return _failed(error, TRY_AGAIN if code in _LATER or error.has_error_label("TransientTransactionError") else REFUSED)


def _is_half_done(error: errors.OperationFailure) -> bool:
    """Whether a write may be done though it was not acknowledged as wanted: not yet by enough servers, or not yet committed."""
    unconfirmed = isinstance(error, errors.WriteConcernError) or (error.details or {}).get("writeConcernErrors")
    return bool(unconfirmed) or error.has_error_label("UnknownTransactionCommitResult")


def _first(error: errors.OperationFailure) -> tuple[int | None, Mapping[str, Any]]:
    """Code and details; of a bulk write those of the first row that was refused."""
    details: Mapping[str, Any] = error.details or {}
    listed = details.get("writeErrors") or []
    return (listed[0].get("code"), listed[0]) if listed else (error.code, details)


def _duplicate(details: Mapping[str, Any], shape: Shape) -> Duplicate:
    field = next(iter(details.get("keyPattern") or {KEY: 1}))
    name = shape.id if field == KEY else shape.names.get(field, field)
    return Duplicate(shape.definition.name, name, is_id=field == KEY)
