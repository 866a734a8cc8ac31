"""A visitor who leaves ends a connection. That is no fault, so nothing of it is raised or logged.

A tab is closed, a laptop goes to sleep, a phone loses its network, a limit of ours closes a web
socket: in each case the app may be about to send something, or to close the connection itself.
uvicorn and Starlette raise five different errors for this, some of which look like faults of the
app. Streamlit logs those with a traceback for each visitor who left.
"""

from __future__ import annotations

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect, WebSocketDisconnected


class Gone(OSError):
    """The other side of the connection is not there any more.

    By the ASGI specification, sending then raises an `OSError`. Starlette takes it for the end of
    the connection, and so does Streamlit.
    """


class Departures:
    """ASGI middleware that lets a request or a web socket end quietly once its visitor has left."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, and take an error that only says that the visitor has left."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        line = _Line(receive, send)
        try:
            await self._app(scope, line.receive, line.send)
        except (Gone, ClientDisconnect, WebSocketDisconnect, WebSocketDisconnected):
            if not line.ended:
                raise


class _Line:
    """The two functions of an ASGI connection, and whether the connection has ended.

    Attributes:
        ended: whether one of the two sides has closed the connection.
    """

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._accepted = False
        self.ended = False

    async def receive(self) -> Message:
        message = await self._receive()
        self.ended |= message["type"] in ("http.disconnect", "websocket.disconnect")
        return message

    async def send(self, message: Message) -> None:
        """Send a message.

        Raises:
            Gone: a web socket has ended, or the visitor of a request has left.
        """
        of_socket = message["type"].startswith("websocket.")
        if self.ended and of_socket:
            raise Gone("the web socket has ended")
        try:
            await self._send(message)
        except OSError as error:
            self.ended = True
            raise Gone("the visitor has left") from error
        except RuntimeError as error:
            # After a web socket has been accepted, uvicorn raises this for one that it has closed
            # by itself: because no answer to a ping came, or because a message was too long.
            if not (self._accepted and of_socket):
                raise
            self.ended = True
            raise Gone("the server has closed the web socket") from error
        self._accepted |= message["type"] == "websocket.accept"
        self.ended |= message["type"] == "websocket.close"
