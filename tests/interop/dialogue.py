"""Talking to a program that reads commands and prints what comes of them."""

import os
import re
import signal
import subprocess
import threading

from real_server import die_with_parent, eventually


class Dialogue:
    """A running program. What it prints, to either stream, is one text that is searched once, from front to back."""

    def __init__(self, arguments, env=None):
        self.process = subprocess.Popen(
            arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env={**os.environ, **(env or {})},
            preexec_fn=die_with_parent,
            start_new_session=True,
        )
        self.text = ""  # the reader alone adds to it
        self.at = 0  # up to here it has been searched
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        while part := os.read(self.process.stdout.fileno(), 65536):
            self.text += part.decode(errors="replace")

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def expect(self, pattern, limit=30):
        """Waits for a text that matches, beyond what was found before; returns the match."""
        pattern = re.compile(pattern)
        try:
            match = eventually(lambda: pattern.search(self.text, self.at), pattern.pattern, limit)
        except AssertionError:
            raise AssertionError(f"no {pattern.pattern!r} in ...{self.text[self.at :][-1000:]!r}") from None
        self.at = match.end()
        return match

    def ask(self, line, pattern):
        """Says a line and waits for the answer."""
        self.say(line)
        return self.expect(pattern)

    def end(self, limit=60):
        """Waits for the program's own end and returns its exit code."""
        code = self.process.wait(limit)
        self.reader.join(limit)
        return code

    def close(self):
        """Ends it and what it has started, whatever they do."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.reader.join(5)
        self.process.stdin.close()
        self.process.stdout.close()
