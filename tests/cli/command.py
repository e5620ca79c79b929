"""Runs the zooid command for tests."""

import os
import signal
import subprocess
import threading

from real_server import die_with_parent, eventually

# What the caller's environment says must not decide a test.
PLAIN_ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("ZOOID_")}


class Result:
    def __init__(self, code, out, err):
        self.code = code
        self.bytes = out
        self.err = err

    @property
    def out(self):
        return self.bytes.decode()


class Command:
    """The program, with the server it talks to by default."""

    def __init__(self, program, server):
        self.program = program
        self.server = server

    def environment(self, more):
        return {**PLAIN_ENVIRONMENT, "ZOOID_SERVER": self.server, **(more or {})}

    def run(self, *arguments, stdin=b"", env=None, limit=60):
        """Runs it to its end."""
        done = subprocess.run(
            [self.program, *arguments],
            input=stdin,
            capture_output=True,
            env=self.environment(env),
            timeout=limit,
            preexec_fn=die_with_parent,
        )
        return Result(done.returncode, done.stdout, done.stderr.decode())

    def start(self, *arguments, env=None):
        """Runs it beside the test."""
        return Running([self.program, *arguments], self.environment(env))


class Running:
    """A command that goes on; its lines are collected."""

    def __init__(self, arguments, environment):
        self.out = []
        self.err = []
        self.process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            preexec_fn=die_with_parent,
        )
        self.readers = [
            threading.Thread(target=self._collect, args=(self.process.stdout, self.out), daemon=True),
            threading.Thread(target=self._collect, args=(self.process.stderr, self.err), daemon=True),
        ]
        for reader in self.readers:
            reader.start()

    @staticmethod
    def _collect(stream, lines):
        for line in stream:
            lines.append(line.rstrip("\n"))

    def wait_for_lines(self, count):
        """Waits until standard output has so many lines, and returns them."""
        eventually(lambda: len(self.out) >= count or self.process.poll() is not None, f"{count} lines in {self.out}")
        eventually(lambda: len(self.out) >= count, f"{count} lines in {self.out}; standard error: {self.err}", 5)
        return self.out[:count]

    def wait_for_remark(self, text):
        """Waits for a line with this text on standard error."""
        eventually(lambda: any(text in line for line in self.err), f"'{text}' in {self.err}")

    def signal(self, number):
        self.process.send_signal(number)

    def end(self, limit=30):
        """Waits for its end and returns the exit code."""
        code = self.process.wait(limit)
        for reader in self.readers:
            reader.join(limit)
        return code

    def close(self):
        """Ends it, whatever it does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        for reader in self.readers:
            reader.join(5)
        self.process.stdout.close()
        self.process.stderr.close()
