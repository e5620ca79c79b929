"""A ZooKeeper server for tests written in Python, and a relay to cut connections with."""

import ctypes
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

START = pathlib.Path(__file__).resolve().parent.parent / "servers" / "start"
UNAVAILABLE = 77
EMBEDDED = "embedded"  # the version that means `zooid serve`


class Unavailable(Exception):
    """This machine cannot have a server of the wanted version; says why."""


def die_with_parent():
    """For preexec_fn: no child outlives the test, however that ends."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def eventually(condition, what, limit=30):
    """Waits until condition() is true and returns its value; `what` is text, or makes it."""
    end = time.monotonic() + limit
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {limit} s: {what() if callable(what) else what}")
        time.sleep(0.01)


class RealServer:
    """A server in a process of its own, with a free port and a scratch folder; the constructor waits until it answers.

    `program` is the zooid command, needed for the version EMBEDDED only.
    """

    def __init__(self, version="3.8.0", program=None):
        self.version = version
        self.program = program
        self.folder = tempfile.mkdtemp(prefix="zooid-cli-test-")
        self.process = None
        self.port = None
        try:
            for attempt in range(3):
                if self.launch():
                    return
            raise AssertionError(f"no server came up: {self.log()[-2000:]}")
        except BaseException:
            self.close()
            raise

    def launch(self):
        """True once it answers; False if the process ended first, as when its port was taken."""
        with open(pathlib.Path(self.folder) / "said", "a") as said:
            self.process = subprocess.Popen(
                self.command_line(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
                preexec_fn=die_with_parent,
            )
        line = self.process.stdout.readline()
        if not line and self.process.wait() == UNAVAILABLE:
            raise Unavailable(self.log().strip())
        if not line:
            return False
        self.port = int(line.rsplit(":", 1)[1])
        try:
            eventually(lambda: self.process.poll() is not None or "Mode:" in self.ask("srvr"), "an answer", 60)
        finally:
            self.process.stdout.close()
        if self.process.poll() is not None:
            self.port = None
            return False
        return True

    def command_line(self):
        if self.version == EMBEDDED:
            return [self.program, "serve", "--port", str(self.port or 0), "--tick-time", "500ms", "--reap-interval",
                    "500ms"]
        return [START, *(["--port", str(self.port)] if self.port else []), self.version, self.folder]

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def ask(self, word):
        """The answer to a four-letter word; empty when nobody answers."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as s:
                s.sendall(word.encode())
                return b"".join(iter(lambda: s.recv(65536), b"")).decode()
        except OSError:
            return ""

    def sessions(self):
        """The ids of the sessions the server holds, as in `dump`."""
        return [line for line in self.ask("dump").splitlines() if line.startswith("\t0x") or line.startswith("0x")]

    def log(self):
        files = (pathlib.Path(self.folder) / name for name in ("said", "log"))
        return "".join(file.read_text(errors="replace") for file in files if file.exists())

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def close(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Relay:
    """Passes connections on to a server until `cut`; then they are closed and new ones are refused until `mend`."""

    def __init__(self, port):
        self.target = port
        self.lock = threading.Lock()
        self.open = set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.closed = False
        self.passing = True
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def _accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                if not self.passing:
                    near.close()
                    continue
                far = socket.create_connection(("127.0.0.1", self.target))
                self.open |= {near, far}
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def _pass_on(self, source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        for s in (source, sink):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def cut(self):
        with self.lock:
            self.passing = False
            for s in self.open:
                try:
                    s.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                s.close()
            self.open.clear()

    def mend(self):
        with self.lock:
            self.passing = True

    def close(self):
        self.listener.close()
        self.cut()
