"""The addresses of the students' page: `/join`, `/join/CODE` and those that the pages load."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from fer.classroom.classroom import Classroom
from fer.classroom.join_code import shown, tidy_code
from fer.classroom.refusal import ClassOver
from fer.errors import ClassroomError, ModelError, SettingsError, StoreError
from fer.web.addresses import join_path
from fer.web.client import is_secure
from fer.web.join import page, texts
from fer.web.join.device import routes as device
from fer.web.join.search import TooManyGuesses, find
from fer.web.join.socket import serve
from fer.web.security_headers import embedding_sites, for_students

RETRY_S = 5
"""Seconds after which to ask again for a class that cannot be looked up now."""


def routes() -> list[BaseRoute]:
    """Returns all routes of the students' page."""
    base = join_path()
    return [
        Route(base, _ask_code),
        Route(f"{base}/", _ask_code),
        Route(f"{base}/files/{{name}}", _file),
        *device.routes(base),
        Route(f"{base}/{{code}}", _of_class(_class)),
        Route(f"{base}/{{code}}/projector", _of_class(_projector)),
        WebSocketRoute(f"{base}/{{code}}/socket", serve),
    ]


async def _ask_code(request: Request) -> Response:
    if code := tidy_code(request.query_params.get("code", "")[:64]):
        return RedirectResponse(f"{join_path()}/{quote(code, safe='')}", 303)
    return _form()


async def _file(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in page.FILES:
        raise HTTPException(404)
    headers = {**_headers(), "Cache-Control": device.FOREVER}
    return Response(page.file(name), media_type=page.FILES[name], headers=headers)


def _of_class(
    answer: Callable[[Request, Classroom], Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    """Returns a route for a path with a code; without its class, it shows the form again."""

    async def answer_or_ask(request: Request) -> Response:
        code = tidy_code(request.path_params["code"][:64])
        try:
            classroom = await find(request)
        except TooManyGuesses as problem:
            return _later(_form(str(problem), 429), problem.wait_s)
        except ClassroomError as problem:
            return _form(str(problem), 410 if isinstance(problem, ClassOver) else 404, code)
        except (StoreError, ModelError, SettingsError):  # the instructor's pages say why
            return _later(_form(texts.CANNOT_LOOK_UP, 503, code), RETRY_S)
        return await answer(request, classroom)

    return answer_or_ask


async def _class(request: Request, classroom: Classroom) -> Response:
    addresses = await device.addresses() if classroom.mode.uses_cameras else None
    html = page.class_page(
        title=classroom.title,
        code=classroom.code,
        pictures=classroom.mode.uses_cameras,
        individual=classroom.individual,
        # Relative to the page, which may lie below any path.
        files="files",
        join="../join",
        device=addresses,
    )
    return _html(html, reads=addresses is not None)


async def _projector(request: Request, classroom: Classroom) -> Response:
    scheme = "https" if is_secure(request) else "http"
    join = f"{request.headers.get('host', '')}{join_path()}"
    html = page.projector_page(
        title=classroom.title,
        code=shown(classroom.code),
        link=f"{scheme}://{join}/{classroom.code}",
        short_link=join,
        files="../files",
    )
    return _html(html)


def _form(problem: str = "", status: int = 200, code: str = "") -> Response:
    base = join_path()
    return _html(
        page.code_page(files=f"{base}/files", join=base, code=code, problem=problem), status
    )


def _later(answer: Response, wait_s: int) -> Response:
    """Tells browsers and proxies after how many seconds to ask again."""
    answer.headers["Retry-After"] = str(wait_s)
    return answer


def _html(text: str, status: int = 200, *, reads: bool = False) -> Response:
    return HTMLResponse(text, status, {**_headers(reads), "Cache-Control": "no-store"})


def _headers(reads: bool = False) -> dict[str, str]:
    return dict(for_students(embedding_sites(), reads=reads))
