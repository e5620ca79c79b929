"""What the tests with foreign clients share: the server, the way in, and being skipped where a package is missing."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))
sys.dont_write_bytecode = True

from real_server import UNAVAILABLE, RealServer, Unavailable, eventually  # noqa: E402, F401

USAGE = "usage: {} <server version, or embedded> <zooid command> [unittest argument...]"


class ForeignTest(unittest.TestCase):
    """A test against `self.server`; each has a node name of its own, `self.root`, which it may create."""

    server = None
    maxDiff = None

    def setUp(self):
        self.root = "/" + self.id().rsplit(".", 1)[1]


def missing(package):
    """Ends the program: this test needs a Debian package."""
    print(f"skipped: {package} is not installed")
    sys.exit(UNAVAILABLE)


def main():
    """Runs the tests of the program against the server its arguments name."""
    if len(sys.argv) < 3:
        print(USAGE.format(sys.argv[0]), file=sys.stderr)
        sys.exit(2)
    version, program = sys.argv.pop(1), sys.argv.pop(1)
    try:
        ForeignTest.server = RealServer(version, program)
    except Unavailable as reason:
        print(f"skipped: {reason}")
        sys.exit(UNAVAILABLE)
    try:
        passed = unittest.main(module="__main__", exit=False, verbosity=2, warnings="ignore").result.wasSuccessful()
    finally:
        ForeignTest.server.close()
    sys.exit(0 if passed else 1)
