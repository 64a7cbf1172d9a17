"""The bytes of a file: unpacked within limits, looked through once, opened as text in the encoding they have."""

from __future__ import annotations

import codecs
import gzip
import io
import shutil
import tempfile
import weakref
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from coe.intake.errors import IntakeError, Note, short

__all__ = ["SHEET_ROWS", "Limits", "Source", "Text", "lines"]

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHUNK = 1 << 16
#: No sheet of a workbook has more rows.
SHEET_ROWS = 1_048_576


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a file may ask of the machine; sizes in bytes after unpacking, lengths in characters."""

    max_bytes: int = 4 * 1024**3
    max_unpacked_ratio: int = 200
    max_workbook_bytes: int = 512 * 1024**2
    max_line: int = 1_000_000
    max_cell: int = 100_000
    max_record: int = 4_000_000
    max_depth: int = 32
    max_rows: int = 20_000_000
    max_columns: int = 1_000
    sheet_rows: int = SHEET_ROWS


class _Guarded(io.RawIOBase):
    """Pass bytes of a gzip stream on, and stop when there are more than the limits allow."""

    def __init__(self, inner: BinaryIO, below: BinaryIO, packed: int, limits: Limits) -> None:
        self._inner, self._packed, self._limits, self._seen = inner, max(packed, 1), limits, 0
        self._below = below  # gzip leaves the file it reads open, so this closes it

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            chunk = self._inner.read(len(buffer))
        except (OSError, EOFError, zlib.error) as error:
            raise IntakeError("gzip_broken") from error
        self._seen += len(chunk)
        if self._seen > self._limits.max_bytes:
            raise IntakeError("file_too_large", limit=self._limits.max_bytes)
        # The first megabyte is free: a short, repetitive file packs well without meaning harm.
        if self._seen > 1_000_000 and self._seen > self._packed * self._limits.max_unpacked_ratio:
            raise IntakeError("zip_bomb", found=f"{self._seen // self._packed} : 1")
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        if not self.closed:
            self._inner.close()
            self._below.close()
        super().close()


class Source:
    """A file that can be read from its start as often as needed.

    A stream that cannot be rewound is copied to a temporary file first, never into memory. A caller's own stream is left open.
    """

    def __init__(self, source: Path | str | BinaryIO, name: str, limits: Limits) -> None:
        self.name = Path(name).name
        self.limits = limits
        self._path: Path | None = Path(source) if isinstance(source, (str, Path)) else None
        self._stream: BinaryIO | None = None
        if self._path is None:
            self._stream = self._rewindable(cast(BinaryIO, source))
        self.packed_size = self._size()
        if self.packed_size > limits.max_bytes:
            raise IntakeError("file_too_large", limit=limits.max_bytes)
        self.magic = self._read_magic()
        self.is_gzip = self.magic.startswith(b"\x1f\x8b")

    def closes(self, stream: IO[bytes]) -> None:
        """Close a stream when this source, and with it the table that reads it, is no longer needed."""
        weakref.finalize(self, stream.close)

    def _rewindable(self, stream: BinaryIO) -> BinaryIO:
        try:
            if stream.seekable():
                stream.seek(0)
                return stream
        except (OSError, AttributeError, ValueError):
            pass
        copy = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the table that reads it
        self.closes(copy)
        shutil.copyfileobj(stream, copy, _CHUNK)
        return cast(BinaryIO, copy)

    def _size(self) -> int:
        try:
            if self._path is not None:
                return self._path.stat().st_size
            assert self._stream is not None
            return self._stream.seek(0, io.SEEK_END)
        except OSError as error:
            raise IntakeError("file_unreadable", reason=error.strerror or "?") from error

    def _read_magic(self) -> bytes:
        with self.open_packed() as stream:
            return stream.read(8)

    def open_packed(self) -> BinaryIO:
        """Open the bytes as they were sent."""
        try:
            if self._path is not None:
                return self._path.open("rb")
        except OSError as error:
            raise IntakeError("file_unreadable", reason=error.strerror or "?") from error
        assert self._stream is not None
        self._stream.seek(0)
        return cast(BinaryIO, _Kept(self._stream))

    def open(self) -> BinaryIO:
        """Open the bytes, unpacked when they are a gzip file."""
        packed = self.open_packed()
        if not self.is_gzip:
            return packed
        unpacked = gzip.GzipFile(fileobj=packed, mode="rb")
        guarded = _Guarded(cast(BinaryIO, unpacked), packed, self.packed_size, self.limits)
        return io.BufferedReader(guarded, _CHUNK)


class _Kept(io.RawIOBase):
    """A caller's stream that survives our ``close``."""

    def __init__(self, inner: BinaryIO) -> None:
        self._inner = inner

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._inner.seek(offset, whence)

    def tell(self) -> int:
        return self._inner.tell()

    def readinto(self, buffer: Any) -> int:
        chunk = self._inner.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)


class Text:
    """The text of a source: which encoding it has is settled by reading it through once, in constant memory."""

    def __init__(self, source: Source, encoding: str | None) -> None:
        self.source = source
        self.notes: list[Note] = []
        self.encoding = self._settle(encoding)

    def open(self) -> io.TextIOWrapper:
        """Open the text from its start, line ends untouched."""
        return io.TextIOWrapper(self.source.open(), encoding=self.encoding, errors="strict", newline="")

    def _settle(self, declared: str | None) -> str:
        with self.source.open() as stream:
            start = stream.read(4)
        if not start:
            raise IntakeError("file_empty")
        bom = next((name for mark, name in _BOMS if start.startswith(mark)), None)
        if declared:
            try:
                wanted = codecs.lookup(declared).name
            except LookupError:
                raise IntakeError("encoding_unknown", encoding=short(declared)) from None
            if not _is_text_codec(wanted):
                raise IntakeError("encoding_unknown", encoding=short(declared))
            if wanted == "utf-8":
                wanted = "utf-8-sig"
            self._decode_through(wanted)
            return wanted
        if bom:
            self._decode_through(bom)
            return bom
        try:
            self._decode_through("utf-8")
        except IntakeError as error:
            if error.code != "undecodable":
                raise
        else:
            return "utf-8"
        self._decode_through("cp1252")
        self.notes.append(Note("read_as", {"encoding": "cp1252"}))
        return "cp1252"

    def _decode_through(self, encoding: str) -> None:
        """Decode everything and keep nothing, so that a bad byte is found before the first row is handed out."""
        decoder = codecs.getincrementaldecoder(encoding)("strict")
        position, blank = 0, True
        with self.source.open() as stream:
            while True:
                chunk = stream.read(_CHUNK)
                try:
                    text = decoder.decode(chunk, final=not chunk)
                except UnicodeError as error:
                    place = position + getattr(error, "start", 0)
                    raise IntakeError("undecodable", encoding=encoding, position=place) from None
                if "\0" in text:
                    raise IntakeError("nul_byte", position=position + text.index("\0"))
                blank = blank and not text.strip("\ufeff \t\r\n")
                position += len(chunk)
                if not chunk:
                    break
        if blank:
            raise IntakeError("file_empty")


def _is_text_codec(name: str) -> bool:
    return bool(getattr(codecs.lookup(name), "_is_text_encoding", True)) and name not in {
        "idna",
        "punycode",
        "undefined",
    }


def lines(stream: io.TextIOWrapper, limit: int) -> Iterator[str]:
    """Yield the lines of a text with their ends; a line beyond ``limit`` is refused before it is read whole.

    :raises IntakeError: ``line_too_long``.
    """
    number, rest = 0, ""
    while chunk := stream.read(_CHUNK):
        text = rest + chunk
        cut = text.rfind("\n") + 1
        if not cut and len(text) > limit:
            # Lines of another age end with a carriage return alone; the last one may be the first half of a line end.
            cut = text.rfind("\r", 0, -1) + 1
        rest = text[cut:]
        for line in io.StringIO(text[:cut], newline=""):
            number += 1
            if len(line) > limit:
                raise _too_long(number, limit)
            yield line
        if len(rest) > limit:
            raise _too_long(number + 1, limit)
    yield from io.StringIO(rest, newline="")


def _too_long(number: int, limit: int) -> IntakeError:
    return IntakeError("line_too_long", row=number, line=number, limit=limit)
