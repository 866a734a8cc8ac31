"""Counts the bytes that pass between a browser and the app."""

from __future__ import annotations

import socket
import threading


class Meter:
    """Passes on connections to a port of this machine and counts what goes through.

    A context manager.

    Attributes:
        port: the port on which it listens.
        sent, received: how many bytes clients have sent and received so far, with all headers.
    """

    def __init__(self, target: int) -> None:
        """Args:
        target: the port that the connections are passed on to.
        """
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.sent = self.received = 0
        self._lock = threading.Lock()

    def __enter__(self) -> Meter:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # closed
                return
            server = socket.create_connection(("127.0.0.1", self._target))
            threading.Thread(target=self._pass, args=(client, server, "sent"), daemon=True).start()
            threading.Thread(
                target=self._pass, args=(server, client, "received"), daemon=True
            ).start()

    def _pass(self, source: socket.socket, sink: socket.socket, direction: str) -> None:
        try:
            while data := source.recv(65536):
                sink.sendall(data)
                with self._lock:
                    setattr(self, direction, getattr(self, direction) + len(data))
        except OSError:
            pass
        finally:
            for end in (source, sink):
                end.close()
