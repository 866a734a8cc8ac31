"""The body of an upload: a form (RFC 7578) with one file, read piece by piece."""

from __future__ import annotations

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from fer.web.uploads import texts

LONGEST_NAME = 255


class FormError(ValueError):
    """The body is not a form with one file."""


class FileForm:
    """Reads a form with one file.

    Attributes:
        name: the file's name as the browser gives it, which may hold anything; "" until it has
            been read.
        media_type: its MIME type as the browser gives it.
    """

    def __init__(self, content_type: str) -> None:
        """Args:
        content_type: the Content-Type header of the request.

        Raises:
            FormError: the body is not a form.
        """
        kind, options = parse_options_header(content_type)
        if kind != b"multipart/form-data" or not options.get(b"boundary"):
            raise FormError(texts.NO_FORM)
        self.name = ""
        self.media_type = "application/octet-stream"
        self._complete = False
        self._parts = 0
        self._headers: dict[bytes, bytes] = {}
        self._header: tuple[bytes, bytes] = (b"", b"")
        self._pieces: list[bytes] = []
        self._parser = MultipartParser(
            options[b"boundary"],
            {
                "on_part_begin": self._begin,
                "on_header_field": self._field,
                "on_header_value": self._value,
                "on_header_end": self._header_end,
                "on_headers_finished": self._headers_finished,
                "on_part_data": lambda data, start, end: self._pieces.append(data[start:end]),
                "on_end": self._end,
            },
        )

    def read(self, body: bytes) -> bytes:
        """Take the next piece of the body; returns the piece of the file in it, which may be empty.

        Raises:
            FormError: the form is damaged, or contains anything but one file.
        """
        self._pieces.clear()
        try:
            self._parser.write(body)
        except FormParserError:
            raise FormError(texts.DAMAGED) from None
        return b"".join(self._pieces)

    def finish(self) -> None:
        """Check that the form is complete. Call it at the end of the body.

        Raises:
            FormError: the form is not complete.
        """
        if not self._complete:
            raise FormError(texts.DAMAGED)

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > 1:
            raise FormError(texts.NO_FORM)

    def _field(self, data: bytes, start: int, end: int) -> None:
        name, value = self._header
        self._header = (name + data[start:end], value)

    def _value(self, data: bytes, start: int, end: int) -> None:
        name, value = self._header
        self._header = (name, value + data[start:end])

    def _header_end(self) -> None:
        name, value = self._header
        self._headers[name.lower()] = value
        self._header = (b"", b"")

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition"))
        if b"filename" not in options:
            raise FormError(texts.NO_FORM)
        self.name = options[b"filename"].decode("utf-8", "replace")[-LONGEST_NAME:]
        given = self._headers.get(b"content-type", b"").decode("latin-1")
        self.media_type = given[:LONGEST_NAME] or self.media_type

    def _end(self) -> None:
        self._complete = True
