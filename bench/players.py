"""Starting, addressing and stopping the processes of a benchmark: the servers and the sides."""

import ctypes
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time

SIDES = {
    "raw": ["side_raw"],
    "zooid": ["side_zooid"],
    "c-tuned": ["side_c_client", "--tuned"],
    "c": ["side_c_client"],
}

# Sides whose operations are expensive to count one by one.
COSTLY_SIDES = ("c-tuned", "c")

SIDE_LIMIT_SECONDS = 120
START_LIMIT_SECONDS = 60


class Failure(Exception):
    """Something that makes the whole benchmark pointless; the message says what."""


def _die_with_parent():
    # Linux: not even a killed benchmark leaves servers behind.
    pr_set_pdeathsig = 1
    ctypes.CDLL(None, use_errno=True).prctl(pr_set_pdeathsig, signal.SIGKILL)


def _enter(cores):
    _die_with_parent()
    if cores:
        os.sched_setaffinity(0, cores)


def _stop(process):
    """Ends a process that was started with a process group of its own, and everything in that group."""
    for send in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        try:
            os.killpg(process.pid, send)
            process.wait(timeout=5)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue


def _first_line(process, name):
    """What a server prints when it knows its port."""
    ready, _, _ = select.select([process.stdout], [], [], START_LIMIT_SECONDS)
    line = process.stdout.readline().strip() if ready else ""
    if not line:
        raise Failure(f"the {name} server did not start")
    return line


class StubServer:
    """The canned-reply server; `place` moves it to a set of cores."""

    name = "stub"

    def __init__(self, programs):
        self.process = subprocess.Popen([os.path.join(programs, "stub_server")], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, start_new_session=True,
                                        preexec_fn=_die_with_parent)
        self.all_cores = os.sched_getaffinity(0)

    def __enter__(self):
        self.address = "127.0.0.1:" + _first_line(self.process, self.name).removeprefix("listening ")
        return self

    def __exit__(self, *_):
        _stop(self.process)

    def place(self, cores):
        os.sched_setaffinity(self.process.pid, cores or self.all_cores)


class RealServer:
    """An Apache ZooKeeper server in a folder of its own, which disappears with it."""

    name = "real"

    def __init__(self, source_root, version, cores):
        self.folder = tempfile.mkdtemp(prefix="zooid-bench-")
        start = os.path.join(source_root, "tests", "servers", "start")
        # No disk in the figures, no snapshot in the middle of them, and the full optimizer as in production.
        command = [start, "--tick", "2000", "--define", "zookeeper.forceSync=no", "--config", "snapCount=100000000",
                   "--config", "preAllocSize=65536", version, self.folder]
        environment = dict(os.environ, _JAVA_OPTIONS="-Xmx1g -XX:TieredStopAtLevel=4")
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                                        env=environment, start_new_session=True, preexec_fn=lambda: _enter(cores))

    def __enter__(self):
        try:
            self.address = _first_line(self.process, self.name)
            deadline = time.monotonic() + START_LIMIT_SECONDS
            while not self._answers():
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise Failure("the real server did not come up:\n" + self._log_tail())
                time.sleep(0.1)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        _stop(self.process)
        shutil.rmtree(self.folder, ignore_errors=True)

    def place(self, cores):
        """Does nothing: the server stays on the cores it was started on."""

    def _answers(self):
        host, port = self.address.split(":")
        try:
            with socket.create_connection((host, int(port)), timeout=1) as connection:
                connection.sendall(b"srvr")
                answer = b""
                while chunk := connection.recv(4096):
                    answer += chunk
                return b"Mode:" in answer
        except OSError:
            return False

    def _log_tail(self):
        try:
            with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as log:
                return "".join(log.readlines()[-15:])
        except OSError:
            return "(it wrote no log)"


def available_sides(programs):
    """Names of the sides that have been built."""
    return [name for name, command in SIDES.items() if os.access(os.path.join(programs, command[0]), os.X_OK)]


def run_side(programs, side, workload, server, count, cores=None, prefix=()):
    """Runs one side once; returns its figures and what it and its `prefix` command wrote to stderr."""
    command = [*prefix, os.path.join(programs, SIDES[side][0]), workload, *SIDES[side][1:],
               "--server", server.address, "--count", str(count)]
    if server.name == "stub":
        command.append("--stub")

    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True, start_new_session=True, preexec_fn=lambda: _enter(cores))
    try:
        out, err = process.communicate(timeout=SIDE_LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        raise Failure(f"{side} did not finish {workload} on the {server.name} server "
                      f"within {SIDE_LIMIT_SECONDS} s") from None
    finally:
        _stop(process)
    if process.returncode != 0:
        raise Failure(f"{side} failed at {workload} on the {server.name} server "
                      f"(exit code {process.returncode}):\n{err[-2000:]}")
    return json.loads(out) if out.strip() else {}, err


def count_instructions(programs, side, workload, server, count):
    """Instructions that a run of `count` operations executes in user space, by callgrind's count."""
    prefix = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    _, err = run_side(programs, side, workload, server, count, prefix=prefix)
    found = re.search(r"Collected : (\d+)", err)
    if not found:
        raise Failure("callgrind printed no total:\n" + err[-2000:])
    return int(found.group(1))


def count_system_calls(programs, side, workload, server, count):
    """System calls of all threads over a run of `count` operations, by strace's count."""
    with tempfile.NamedTemporaryFile(mode="r", prefix="zooid-bench-", suffix=".strace") as summary:
        prefix = ["strace", "-f", "-c", "-U", "calls,name", "-o", summary.name]
        run_side(programs, side, workload, server, count, prefix=prefix)
        for line in summary:
            columns = line.split()
            if columns[-1:] == ["total"]:
                return int(columns[0])
    raise Failure("strace printed no total")
