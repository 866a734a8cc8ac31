"""A visitor without a browser, who talks to the app as a browser does, or as no browser would."""

from __future__ import annotations

import contextlib
import http.client
import secrets
import urllib.request
from collections.abc import Iterable
from http.cookiejar import CookieJar
from urllib.parse import urlencode, urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from fer.web.access.sign_in import PATH as SIGN_IN
from fer.web.uploads.receive import ENDPOINT

BOUNDARY = "----end-of-a-part"


class Visitor:
    """One visit to a page of the app. A context manager.

    Attributes:
        id: the id of the visit.
        buttons: the ids of the buttons that were drawn so far, by their labels.
        texts: the headings and texts that were drawn so far.
        pages: the ids of the pages, by their addresses.
        page: the id of the page that is shown.
        parts: the ids of the parts of pages that run alone, in the order in which they were drawn.
    """

    def __init__(self, url: str, page: str = "", password: str = "") -> None:
        """Open a page and wait until it is drawn.

        Args:
            url: address of the app.
            page: the page's name in addresses, such as "recording", and what follows it there;
                "" is the first page.
            password: what the visitor signs in with; "" signs nobody in.
        """
        self.url = url
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        cookies = CookieJar()
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))
        browser.open(f"{url}/_stcore/health", timeout=60).close()
        if password:
            form = urlencode({"password": password}).encode()
            headers = {"Origin": origin}
            browser.open(urllib.request.Request(url + SIGN_IN, form, headers), timeout=60).close()
        # All of them, because a browser takes this machine's own addresses for secure ones.
        kept = {cookie.name: cookie.value for cookie in cookies}
        self._token = kept.get("_streamlit_xsrf") or ""
        self._cookie = "; ".join(f"{name}={value}" for name, value in kept.items())
        self._socket = connect(
            url.replace("http", "ws", 1) + "/_stcore/stream",
            subprotocols=["streamlit"],  # type: ignore[list-item]
            additional_headers={"Cookie": self._cookie},
            origin=origin,  # type: ignore[arg-type]
            max_size=None,
            open_timeout=60,
            legacy=True,
        )
        self.id = ""
        self.buttons: dict[str, str] = {}
        self.texts: list[str] = []
        self.pages: dict[str, str] = {}
        self.page = ""
        self.parts: list[str] = []
        self.open(page)

    def open(self, page: str) -> None:
        """Go to a page, with what follows "?" in its address, and wait until it is drawn."""
        message = BackMsg()
        message.rerun_script.page_name, _, self._query = page.partition("?")
        message.rerun_script.query_string = self._query
        self.send(message.SerializeToString())
        self.wait_for("script_finished")

    def press(self, label: str) -> None:
        """Press a button that was drawn. What follows from this is not waited for."""
        message = BackMsg()
        pressed = message.rerun_script.widget_states.widgets.add(id=self.buttons[label])
        pressed.trigger_value = True
        message.rerun_script.query_string = self._query
        message.rerun_script.page_script_hash = self.page
        self.send(message.SerializeToString())

    def follow(self, page: str) -> None:
        """Click the link to another page. What follows from this is not waited for."""
        message = BackMsg()
        message.rerun_script.page_script_hash = self.pages[page]
        self.send(message.SerializeToString())

    def run_part(self, part: str, page: str) -> None:
        """Ask for a part of a page, which need not be there any more. Nothing is waited for."""
        message = BackMsg()
        message.rerun_script.page_script_hash = page
        message.rerun_script.fragment_id = part
        message.rerun_script.query_string = self._query
        self.send(message.SerializeToString())

    def wait_until_taken(self) -> None:
        """Wait until the server has taken all messages so far."""
        message = BackMsg()
        message.file_urls_request.request_id = asked = secrets.token_hex(16)
        message.file_urls_request.session_id = self.id
        answered = ""
        while answered != asked:
            self.send(message.SerializeToString())
            # A run of the page that begins drops answers that wait to be sent: then ask again.
            reply = self.wait_for("file_urls_response", "new_session")
            answered = reply.file_urls_response.response_id

    def wait_for(self, *kinds: str) -> ForwardMsg:
        """Take messages of the server until one of these kinds has come, such as "new_session".

        Returns:
            That message.
        """
        while True:
            reply = ForwardMsg()
            reply.ParseFromString(self._socket.recv(60))  # type: ignore[arg-type]
            if reply.WhichOneof("type") == "new_session":
                self.id = reply.new_session.initialize.session_id
            if reply.WhichOneof("type") == "navigation":
                self.page = reply.navigation.page_script_hash
            for page in reply.navigation.app_pages:
                self.pages[page.url_pathname] = page.page_script_hash
            if reply.delta.fragment_id and reply.delta.fragment_id not in self.parts:
                self.parts.append(reply.delta.fragment_id)
            drawn = reply.delta.new_element
            if drawn.WhichOneof("type") == "button":
                self.buttons[drawn.button.label] = drawn.button.id
            for kind_of_text in ("heading", "markdown", "alert"):
                if drawn.WhichOneof("type") == kind_of_text:
                    self.texts.append(getattr(drawn, kind_of_text).body)
            if reply.WhichOneof("type") in kinds:
                return reply

    def send(self, message: bytes) -> None:
        """Send a message over the page's web socket.

        Raises:
            ConnectionClosed: the server has closed it.
        """
        self._socket.send(message)

    def put(
        self, size: int, name: str = "lecture.mp4", *, forged: bool = False, visit: str = ""
    ) -> int:
        """Upload a file of zeros, as the browser does when it is chosen.

        Args:
            size: its size in bytes.
            name: its name.
            forged: whether to leave out the proof that one of the app's pages sends it.
            visit: the id of the visit that it claims to belong to, if not this one.

        Returns:
            The status code of the answer.
        """
        head = (
            f"--{BOUNDARY}\r\nContent-Disposition: form-data; "
            f'name="{name}"; filename="{name}"\r\nContent-Type: video/mp4\r\n\r\n'
        ).encode()
        tail = f"\r\n--{BOUNDARY}--\r\n".encode()
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=120)
        headers = {
            "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
            "Content-Length": str(len(head) + size + len(tail)),
            "Cookie": self._cookie,
        } | ({} if forged else {"X-Xsrftoken": self._token})
        path = f"{urlsplit(self.url).path}{ENDPOINT}{visit or self.id}/{secrets.token_hex(16)}"
        # The server may refuse the upload before its end, but its answer can still be read.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.request("PUT", path, _pieces(head, size, tail), headers)
        try:
            return connection.getresponse().status
        finally:
            connection.close()

    def close(self) -> None:
        """Leave, as a browser does when its window is closed."""
        self._socket.close()

    def __enter__(self) -> Visitor:
        return self

    def __exit__(self, *_) -> None:
        self.close()


def _pieces(head: bytes, size: int, tail: bytes) -> Iterable[bytes]:
    yield head
    zeros = bytes(1 << 20)
    for start in range(0, size, len(zeros)):
        yield zeros[: size - start]
    yield tail
