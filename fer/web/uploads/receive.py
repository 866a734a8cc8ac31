"""The part of the server that receives uploads, instead of Streamlit's, which uses memory."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable
from pathlib import Path

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from fer.errors import SettingsError
from fer.jobs.problems import ELSEWHERE
from fer.web import compat
from fer.web.resources import job_board, settings
from fer.web.uploads import texts
from fer.web.uploads.form import FileForm, FormError
from fer.web.uploads.pace import LEAST, WINDOW_S, Pace
from fer.web.uploads.quota import Quota, QuotaError, of_disk
from fer.web.uploads.stored import FOLDER, StoredFile

log = logging.getLogger(__name__)

ENDPOINT = "/_stcore/upload_file/"

WRITE_AT_ONCE = 1 << 20
"""Bytes that are collected before another thread writes them to disk."""

FRAME = 64 << 10
"""Most bytes that a form may have besides its file."""

SILENCE_S = 30.0
"""Seconds without new data after which an upload is given up."""


class Refused(Exception):
    """An upload is refused; the message says why.

    Attributes:
        status: the HTTP status code of the answer.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Uploads:
    """ASGI middleware that receives all uploads and passes everything else on."""

    def __init__(
        self,
        app: ASGIApp,
        folder: Callable[[], Path] | None = None,
        quota: Quota | None = None,
        silence_s: float = SILENCE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Args:
        app: the ASGI application behind this one.
        folder: returns the folder for the files; None takes the one in the settings.
        quota: limits how much may be held; None makes limits from the space on the disk.
        silence_s: seconds without new data after which an upload is given up.
        clock: returns the time in seconds, from any beginning.
        """
        self._app = app
        self._folder = folder or _folder
        self._quota = quota
        self._silence_s = silence_s
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take the request if it is an upload."""
        if scope["type"] != "http" or scope["method"] != "PUT" or ENDPOINT not in scope["path"]:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        answer: Response
        try:
            await self._take(request)
        except Refused as refused:
            # Only the text is logged: the error refers to the file, and a log may keep objects.
            log.warning("refused an upload: %s", str(refused))
            # The rest of the body is never read, so the connection must end here.
            closing = {"Connection": "close"}
            answer = PlainTextResponse(str(refused), refused.status, headers=closing)
        except ClientDisconnect:
            return
        else:
            answer = Response(status_code=204)
        await answer(scope, receive, send)

    async def _take(self, request: Request) -> None:
        visit, file_id = _address(request)
        if compat.is_forged(request.headers, request.cookies):
            raise Refused(403, texts.FORGED)
        largest = compat.of_visit(visit, LARGEST)
        if largest is None:
            raise Refused(400, texts.NOT_ASKED)
        size = _size(request)
        if size > largest + FRAME:
            raise Refused(413, texts.TOO_LARGE.format(mb=largest >> 20))
        try:
            folder = self._folder()
        except SettingsError:  # every page says what is wrong
            raise Refused(503, texts.WRONG_SETTINGS) from None
        quota = self._quota = self._quota or Quota(compat.uploads_held, of_disk(folder))
        try:
            with quota.take(visit, size, compat.of_visit(visit, STRANGER)):
                form = FileForm(request.headers.get("content-type", ""))
                file = await self._store(request, form, folder, size)
                if file.size > largest:
                    raise Refused(413, texts.TOO_LARGE.format(mb=largest >> 20))
                # The visit may have ended meanwhile, and nothing would delete the file then.
                if compat.of_visit(visit, LARGEST) is None:
                    raise Refused(400, texts.NOT_ASKED)
                compat.add_upload(visit, file_id, form.name, form.media_type, file)
        except QuotaError as error:
            raise Refused(413, str(error)) from None
        except FormError as error:
            raise Refused(400, str(error)) from None
        except OSError:
            log.exception("cannot store an upload")
            raise Refused(507, texts.CANNOT_STORE) from None

    async def _store(self, request: Request, form: FileForm, folder: Path, size: int) -> StoredFile:
        file = StoredFile(folder)
        waiting: list[bytes] = []
        gathered = 0
        body = aiter(request.stream())
        pace = Pace()
        while True:
            asked = self._clock()
            try:
                async with asyncio.timeout(self._silence_s):
                    arrived = await anext(body)
            except StopAsyncIteration:
                break
            except TimeoutError:
                raise Refused(408, texts.SILENT) from None
            if not pace.allows(self._clock() - asked, len(arrived)):
                least = texts.SLOW.format(kb=LEAST // 1000, seconds=round(WINDOW_S))
                raise Refused(408, least)
            # Space was reserved for the length in the header, but the body may be longer.
            size -= len(arrived)
            if size < 0:
                raise Refused(400, texts.DAMAGED)
            piece = form.read(arrived)
            waiting.append(piece)
            gathered += len(piece)
            if gathered >= WRITE_AT_ONCE:
                await file.add(b"".join(waiting))
                waiting, gathered = [], 0
        form.finish()
        await file.add(b"".join(waiting))
        return file


LARGEST = "largest-upload"
"""Key in a visit's session state for the size in bytes of the largest file that its pages take."""

STRANGER = "stranger-uploads"
"""Key in a visit's session state for whether it may not open pages for instructors."""


def _folder() -> Path:
    """Returns the folder for uploads.

    Raises:
        Refused: it is another process's turn to write there.
        SettingsError: the settings are wrong.
    """
    if not job_board().begun:
        raise Refused(503, ELSEWHERE)
    return settings().results / FOLDER


def _address(request: Request) -> tuple[str, str]:
    """Returns the visit and the id of the file from the address of an upload."""
    match = re.fullmatch(rf".*{ENDPOINT}([\w-]{{1,64}})/([\w-]{{1,64}})", request.scope["path"])
    if match is None:
        raise Refused(404, texts.NO_PLACE)
    return match[1], match[2]


def _size(request: Request) -> int:
    length = request.headers.get("content-length", "")
    # `isdigit` alone accepts the digits of other scripts, too.
    if not (length.isascii() and length.isdigit()):
        raise Refused(411, texts.NO_LENGTH)
    return int(length)
