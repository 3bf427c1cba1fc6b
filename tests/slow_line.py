"""A line between the plugin and a server that is slow, breaks, and comes back: a socket that passes everything on after a while."""
from __future__ import annotations

import asyncio
import ctypes
import fcntl
import heapq
import os
import queue
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
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


# --- a line of packets --------------------------------------------------------------------------------------------------------------


def has_far_lines() -> bool:
    """Whether this machine lets us lay one: Linux, a network device of our own, a namespace of our own."""
    return sys.platform == "linux" and os.geteuid() == 0 and Path("/dev/net/tun").exists() and shutil.which("ip") is not None


class FarLine:
    """A line of IP packets to a server's unix socket: a network of its own in a namespace of its own, joined to this one by a process that
    keeps every packet for half of the round trip (``tc netem`` where the kernel has none), or swallows all (:meth:`die`).

    Everything that TCP does is real: handshakes, windows, sending again."""

    HERE, THERE = "10.213.7.1", "10.213.7.2"

    def __init__(self, port: int, server: Path):
        self.port = port
        self._child = subprocess.Popen([sys.executable, "-m", "tests.slow_line", str(port), str(server)], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1])
        if self._child.stdout.readline().strip() != "ready":
            self.close()
            raise OSError("no line of packets can be laid here")

    def _say(self, word: str) -> None:
        self._child.stdin.write(word + "\n")
        self._child.stdin.flush()
        self._child.stdout.readline()

    def take(self, round_trip_s: float) -> None:
        """How long a way there and back takes from now on."""
        self._say(str(round_trip_s))

    def die(self) -> None:
        """From now on no packet comes through, and nobody is told."""
        self._say("dead")

    def live(self) -> None:
        """Packets come through again."""
        self._say("alive")

    def close(self) -> None:
        """Take it away."""
        self._child.stdin.close()
        self._child.wait(10)


@contextmanager
def far_line(port: int, server_folder: Path) -> Iterator[FarLine]:
    """A line of packets to the server whose socket lies in ``server_folder``; its address is :attr:`FarLine.THERE`."""
    line = FarLine(port, server_folder / f".s.PGSQL.{port}")
    try:
        yield line
    finally:
        line.close()


def _device(name: str, mine: str, theirs: str) -> int:
    """A network device whose packets are read and written here."""
    number = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(number, 0x400454CA, struct.pack("16sH22x", name.encode(), 0x1001))  # TUNSETIFF, IFF_TUN | IFF_NO_PI
    for command in (["addr", "add", mine, "peer", theirs, "dev", name], ["link", "set", name, "up", "txqueuelen", "5000"]):
        subprocess.run(["ip", *command], check=True)
    return number


def _serve(port: int, server: str) -> None:
    """In the far namespace: every connection goes on to the server's socket."""
    async def passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                data = await reader.read(1 << 16)
                if not data:
                    break
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there = await asyncio.open_unix_connection(server)
        except OSError:
            writer.close()
            return
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.gather(passed_on(reader, there[1]), passed_on(there[0], writer))

    async def serve() -> None:
        listening = await asyncio.start_server(met, FarLine.THERE, port)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        async with listening:
            await listening.serve_forever()

    asyncio.run(serve())


def _carry(one: int, other: int) -> None:
    """Packets from each device to the other, each when it is due; words on the standard input say how long and whether at all."""
    delay, is_dead, waiting, count = 0.0, False, [], 0
    while True:
        left = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
        ready, _to, _wrong = select.select([one, other, sys.stdin], [], [], left)
        if sys.stdin in ready:
            word = sys.stdin.readline().strip()
            if not word:
                return
            is_dead = word == "dead" or (is_dead and word != "alive")
            delay = delay if word in ("dead", "alive") else float(word) / 2
            sys.stdout.write("said\n")
            sys.stdout.flush()
        for source, target in ((one, other), (other, one)):
            while source in ready:
                try:
                    packet = os.read(source, 1 << 16)
                except BlockingIOError:
                    break
                count += 1
                if not is_dead:
                    heapq.heappush(waiting, (time.monotonic() + delay, count, target, packet))
        while waiting and waiting[0][0] <= time.monotonic():
            _due, _count, target, packet = heapq.heappop(waiting)
            try:
                os.write(target, packet)
            except OSError:
                pass  # as a full queue drops one


def main(port: str, server: str) -> None:
    """The process behind a :class:`FarLine`."""
    near = _device("li_near", FarLine.HERE, FarLine.THERE)
    if ctypes.CDLL(None, use_errno=True).unshare(0x40000000) != 0:  # CLONE_NEWNET
        raise OSError(ctypes.get_errno(), "no namespace of its own")
    far = _device("li_far", FarLine.THERE, FarLine.HERE)
    serving = os.fork()
    if serving == 0:
        _serve(int(port), server)
        os._exit(0)
    try:
        _carry(near, far)
    finally:
        os.kill(serving, signal.SIGKILL)


if __name__ == "__main__":
    main(*sys.argv[1:])
