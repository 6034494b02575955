"""meter.py - a terminal that measures the program in it.

It answers what programs ask a terminal, or they would wait for it, and keeps the clock of every
read. All of a screen's times are from our side of the pseudo-terminal.
"""
import fcntl
import os
import re
import select
import signal
import struct
import termios
import time
from pathlib import Path

# Device attributes (a VT220 with colour), a mode we do not know, "are you there", the cursor.
ANSWERS = [(re.compile(rb"\x1b\[0?c"), b"\x1b[?62;22c"), (re.compile(rb"\x1b\[>0?c"), b"\x1b[>1;10;0c"),
           (re.compile(rb"\x1b\[\?(\d+)\$p"), rb"\x1b[?\1;0$y"),
           (re.compile(rb"\x1b\[5n"), b"\x1b[0n"), (re.compile(rb"\x1b\[6n"), b"\x1b[1;1R")]


class Meter:
    def __init__(self, argv, env, cols=120, rows=40):
        self.began = time.monotonic()
        self.pid, self.fd = os.forkpty()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
            os.execvpe(argv[0], argv, {**env, "TERM": "xterm-256color", "LANG": "C.UTF-8"})
        self.pidfd = os.pidfd_open(self.pid)
        self.seen = b""

    def read(self, until):
        """(time, bytes) of the next output; None when there is none until then."""
        wait = max(0.0, until - time.monotonic())
        if not select.select([self.fd], [], [], wait)[0]:
            return None
        now = time.monotonic()
        try:
            data = os.read(self.fd, 1 << 16)
        except OSError:  # EIO: the other side is closed
            data = b""
        if not data:
            raise EOFError("the program ended")
        for question, answer in ANSWERS:
            for match in question.finditer(data):
                os.write(self.fd, match.expand(answer))
        self.seen += data
        return now, len(data)

    def collect(self, seconds):
        """The bytes that come within that time."""
        until, size = time.monotonic() + seconds, 0
        while (got := self.read(until)) is not None:
            size += got[1]
        return size

    def until_shows(self, text, patience_s):
        """Milliseconds since the start until `text` has come; None if it does not."""
        until = time.monotonic() + patience_s
        while text not in self.seen:
            got = self.read(until)
            if got is None:
                return None
            now = got[0]
        return (now - self.began) * 1000

    def press(self, key, quiet_s=0.05):
        """(milliseconds to the first byte, bytes until it is quiet); None: nothing came."""
        began = time.monotonic()
        os.write(self.fd, key)
        first = self.read(began + 2)
        if first is None:
            return None
        size = first[1]
        while (got := self.read(time.monotonic() + quiet_s)) is not None:
            size += got[1]
        return (first[0] - began) * 1000, size

    def cpu_ns(self):
        """Of every thread; utime and stime would be counted in ticks of 10 ms."""
        total = 0
        for file in Path(f"/proc/{self.pid}/task").glob("*/schedstat"):
            total += int(file.read_text().split()[0])
        return total

    def switches(self):
        text = "".join(f.read_text() for f in Path(f"/proc/{self.pid}/task").glob("*/status"))
        return sum(map(int, re.findall(r"^voluntary_ctxt_switches:\s+(\d+)", text, re.M)))

    def rss_kb(self):
        text = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"^VmRSS:\s+(\d+)", text, re.M)[1])

    def close(self):
        try:
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
        except ProcessLookupError:
            pass
        os.waitpid(self.pid, 0)
        os.close(self.pidfd)
        os.close(self.fd)
