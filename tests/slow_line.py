"""A line between the plugin and a server that is slow, breaks, and comes back: a socket that passes everything on after a while."""
from __future__ import annotations

import os
import queue
import select
import socket
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, List


class SlowLine:
    """Passes bytes between a socket of its own in ``folder`` and a server's; each way takes half of ``round_trip_s``."""

    def __init__(self, folder: Path, port: int, server: Path):
        self.folder, self.port, self.round_trip_s = folder, port, 0.0
        self._server, self._pairs, self._cut = server, [], False
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(folder / f".s.PGSQL.{port}"))
        os.chmod(folder / f".s.PGSQL.{port}", 0o777)
        self._listening.listen(50)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _who = self._listening.accept()
            except OSError:
                return
            if self._cut:
                near.close()
                continue
            far = socket.socket(socket.AF_UNIX)
            try:
                far.connect(str(self._server))
            except OSError:
                near.close()
                continue
            self._pairs.append((near, far))
            for one, other in ((near, far), (far, near)):
                waiting: "queue.Queue" = queue.Queue()
                threading.Thread(target=self._read, args=(one, waiting), daemon=True).start()
                threading.Thread(target=self._pass_on, args=(waiting, other), daemon=True).start()

    def _read(self, one: socket.socket, waiting: "queue.Queue") -> None:
        try:
            while True:
                select.select([one], [], [])
                data = one.recv(1 << 16)
                waiting.put((time.monotonic() + self.round_trip_s / 2, data))
                if not data:
                    return
        except (OSError, ValueError):
            waiting.put((0.0, b""))

    @staticmethod
    def _pass_on(waiting: "queue.Queue", other: socket.socket) -> None:
        while True:
            due, data = waiting.get()
            time.sleep(max(0.0, due - time.monotonic()))
            try:
                if not data:
                    other.shutdown(socket.SHUT_WR)
                    return
                other.sendall(data)
            except OSError:
                return

    def cut(self) -> None:
        """Break every connection, and let none come about until :meth:`mend`."""
        self._cut = True
        pairs: List[tuple] = self._pairs
        self._pairs = []
        for pair in pairs:
            for one in pair:
                try:
                    one.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                one.close()

    def mend(self) -> None:
        """The line is there again."""
        self._cut = False

    def close(self) -> None:
        """Take it away."""
        self.cut()
        self._listening.close()


@contextmanager
def slow_line(folder: Path, port: int, server_folder: Path) -> Iterator[SlowLine]:
    """A line to the server whose socket lies in ``server_folder``."""
    line = SlowLine(folder, port, server_folder / f".s.PGSQL.{port}")
    try:
        yield line
    finally:
        line.close()
