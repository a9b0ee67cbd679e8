"""Lines out of bytes that come in parts. Knows no model."""

from collections.abc import Callable, Iterable, Iterator


def lines_of(parts: Iterable[bytes], see: Callable[[bytes], object]) -> Iterator[str]:
    """The lines of a text that is still coming in.

    Args:
        parts: its bytes, cut anywhere.
        see: is shown each part.
    """
    rest = b""
    for part in parts:
        see(part)
        *whole, rest = (rest + part).split(b"\n")
        yield from (line.decode(errors="replace").strip() for line in whole)
    if rest.strip():
        yield rest.decode(errors="replace").strip()
