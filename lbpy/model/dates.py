"""Dates as JavaScript reads and writes them. Knows no property and no store."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST_DATE: Final = 120
ISO: Final = re.compile(
    r"([+-]\d{6}|\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)
COMMENT: Final = re.compile(r"\([^()]*\)")
CLOCK: Final = re.compile(
    r"(?:(?<=\d)t)?(?<![\d:])(\d\d?):(\d\d)(?::(\d\d)(?:[.:](\d+))?)?(?!\d)\s*([ap]m(?![a-z]))?\s*([+-]\d\d?(?::?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)
ZONE: Final = re.compile(r"(?<![a-z])(z|utc?|gmt|[ecmp][sd]t)(?![a-z])\s*([+-]\d\d?(?::?\d\d)?)?", re.ASCII | re.IGNORECASE)
PIECE: Final = re.compile(r"[a-z]+|\d+|[^\s,./-]", re.ASCII | re.IGNORECASE)
MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
)  # fmt: skip
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ZONES: Final = MappingProxyType({"e": -300, "c": -360, "m": -420, "p": -480})
"""Minutes east of Greenwich of the American zones, by their first letter."""

Day = tuple[int, int, int]


def iso(moment: datetime) -> str:
    """A moment as JSON shows it: "2015-03-01T10:00:00.000Z"."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return utc.isoformat("T", "milliseconds")[:-6] + "Z"


def moment_of(value: Any) -> datetime | None:
    """What JavaScript's Date makes of a value, in UTC and cut to milliseconds (source: models.md 2.1).

    Args:
        value: a datetime or date, milliseconds since 1970, or text: ISO, RFC 2822, "March 1, 2015" and the like. A date alone
            in ISO form is midnight UTC; other forms, and times without a zone, are in the server's zone.

    Returns:
        None for what is no date, or none of the years 1 to 9999.
    """
    match value:
        case datetime():
            return _in_utc(value)
        case date():
            return datetime(value.year, value.month, value.day, tzinfo=UTC)
        case int() | float():
            return _moment_of_ms(value)
        case str():
            return _parsed_date(value)
        case [str() | int() as only]:
            return _parsed_date(str(only))
    return None


def _in_utc(moment: datetime) -> datetime | None:
    cut = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    try:
        return cut.astimezone(UTC) if cut.tzinfo else _from_server_zone(cut)
    except (ValueError, OverflowError, OSError):
        return None


def _from_server_zone(moment: datetime) -> datetime:
    """A naive moment in UTC; an hour that the clocks jumped over counts as before the jump, which astimezone() gets wrong."""
    seconds = moment.replace(microsecond=0).timestamp()
    return EPOCH + timedelta(seconds=seconds, microseconds=moment.microsecond)


def _moment_of_ms(milliseconds: float) -> datetime | None:
    try:
        return EPOCH + timedelta(milliseconds=int(milliseconds))
    except (ValueError, OverflowError):
        return None


def _parsed_date(text: str) -> datetime | None:
    if len(text) > LONGEST_DATE:
        return None
    if len(text) == 24 and text[4:20:3] == "--T::." and text[-1] == "Z":  # as JSON shows dates: no need for the slow way
        with suppress(ValueError):
            return datetime.fromisoformat(text)
    found = ISO.fullmatch(text)
    return _iso_date(*found.groups()) if found else _spoken_date(COMMENT.sub(" ", text))


# -- forms of text ---------------------------------------------------------------


def _iso_date(
    year: str, month: str | None, day: str | None, hour: str | None, minute: str, second: str, fraction: str, zone: str | None
) -> datetime | None:  # fmt: skip
    on = (int(year), int(month or 1), int(day or 1))
    if hour is None:
        return _moment(on, 0, 0)
    east = None if zone is None else _minutes_east(zone)
    return _moment(on, _clock_ms(hour, minute, second, fraction), east)


def _spoken_date(text: str) -> datetime | None:
    """Dates as people and mail programs write them: day, time and zone in any order."""
    clock, text = _taken(CLOCK, text)
    zone, text = _taken(ZONE, text)
    day = _day(PIECE.findall(text.lower())) if text.isascii() else None
    if day is None:
        return None
    east = (zone[2] or zone[1] if zone else None) or (clock[6] if clock else None)
    return _moment(day, _clock_ms(*clock.groups()[:5]) if clock else 0, _minutes_east(east) if east else None)


def _taken(pattern: re.Pattern[str], text: str) -> tuple[re.Match[str] | None, str]:
    """The first match and the text without it."""
    found = pattern.search(text)
    return found, f"{text[: found.start()]} {text[found.end() :]}" if found else text


def _clock_ms(hour: str, minute: str, second: str | None, fraction: str | None, half: str | None = None) -> int | None:
    """Milliseconds since midnight; None for no time of a day."""
    hours, minutes, seconds = int(hour), int(minute), int(second or 0)
    if half:
        hours = hours % 12 + (12 if half.lower() == "pm" else 0) if hours <= 12 else 99
    total = ((hours * 60 + minutes) * 60 + seconds) * 1000 + int(f"{fraction or 0:0<3}"[:3])
    return total if minutes < 60 and seconds < 60 and total <= 86_400_000 else None


def _minutes_east(zone: str) -> int:
    """Minutes east of Greenwich: "Z", "GMT", "PDT", "+2", "-0530", "+05:30"."""
    letter = zone[0].lower()
    if letter in ZONES:
        return ZONES[letter] + (60 if zone[1] in "dD" else 0)
    if letter not in "+-":
        return 0
    digits = zone[1:].replace(":", "")
    hours, minutes = (int(digits), 0) if len(digits) < 3 else (int(digits[:-2]), int(digits[-2:]))
    return (hours * 60 + minutes) * (-1 if letter == "-" else 1)


def _moment(day: Day, clock: int | None, east: int | None) -> datetime | None:
    """A day up to the 31st of any month, milliseconds of that day, and minutes east of Greenwich (None: the server's zone)."""
    if clock is None or not 1 <= day[2] <= 31 or abs(east or 0) >= 1440:
        return None
    try:
        local = datetime(day[0], day[1], 1) + timedelta(days=day[2] - 1, milliseconds=clock)
        return _in_utc(local) if east is None else local.replace(tzinfo=UTC) - timedelta(minutes=east)
    except (ValueError, OverflowError):
        return None


# -- days ------------------------------------------------------------------------


def _day(pieces: list[str]) -> Day | None:
    """Year, month and day of numbers, at most one month and names of weekdays, in the orders that JavaScript knows."""
    words = [piece for piece in pieces if not piece.isdigit()]
    numbers = [int(piece) for piece in pieces if piece.isdigit() and len(piece) <= 6]
    months = [month for word in words if (month := _position(word, MONTHS))]
    known = len(months) + sum(1 for word in words if _position(word, WEEKDAYS))
    if known < len(words) or len(numbers) + len(words) < len(pieces) or len(months) > 1:
        return None
    return _ordered_day(numbers, months[0] if months else None)


def _position(word: str, names: tuple[str, ...]) -> int:
    return next((index for index, name in enumerate(names, 1) if len(word) >= 3 and name.startswith(word)), 0)


def _ordered_day(numbers: list[int], named: int | None) -> Day | None:
    if not 1 <= len(numbers) <= (2 if named else 3):
        return None
    first, second, third = [*numbers, 1, 1][:3]
    if named:
        return (_full_year(second), named, first) if 1 <= first <= 31 else (_full_year(first), named, second)
    return (_full_year(third), first, second) if 1 <= first <= 31 else (_full_year(first), second, third)


def _full_year(year: int) -> int:
    return year + 2000 if year < 50 else year + 1900 if year < 100 else year
