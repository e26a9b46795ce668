"""A place to run Python of strangers: no network, no files but Python's own, little memory, little time.

Made of Linux namespaces by `unshare`: the program sees a small root of its own with the system's libraries, read-only,
loses all capabilities, and may start no other process. Where that cannot be made, nothing is run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from assay.domain.errors import ConfigurationError

_OUTCOMES = {0: "passed", 1: "timeout", 11: "assertion", 12: "error", 13: "syntax", 14: "package"}
"""Exit code -> what happened. A program killed by its limit on time or by the system ends `unshare` with 1, and so does
a place that cannot be made, which the first program finds."""
_NEEDED = ("unshare", "setpriv", "chroot", "mount", "sh")
_MADE = """
set -eu
trap 'exit 70' EXIT
root=$1; python=$2; shift 2
ulimit -t "$1"
ulimit -v "$2"
ulimit -f 2048
ulimit -n 64
ulimit -c 0
shift 2
mount -t tmpfs -o size=16m,nosuid,nodev,mode=755 none "$root"
mkdir "$root/tmp"
for place in "$@"; do
  if [ -L "$place" ]; then ln -s "$(readlink "$place")" "$root$place"; continue; fi
  [ -d "$place" ] || continue
  mkdir -p "$root$place"
  mount --bind "$place" "$root$place"
  mount -o remount,bind,ro,nosuid,nodev "$root$place"
done
cd "$root"
exec chroot "$root" setpriv --no-new-privs --bounding-set=-all --inh-caps=-all "$python" -I -S -B -c "$PROGRAM"
"""
_PROGRAM = """
import ctypes, os, struct, sys

def forbid(arch, clone, more):
    deny, absent, allow = 0x00050001, 0x00050026, 0x7FFF0000
    ops = [(0x20, 0, 0, 4), (0x15, 1, 0, arch), (0x06, 0, 0, 0x80000000), (0x20, 0, 0, 0)]
    ops += [(0x35, 0, 1, 0x40000000), (0x06, 0, 0, deny), (0x15, 0, 1, 435), (0x06, 0, 0, absent)]
    for number in more:
        ops += [(0x15, 0, 1, number), (0x06, 0, 0, deny)]
    ops += [(0x15, 0, 3, clone), (0x20, 0, 0, 16), (0x45, 1, 0, 0x10000), (0x06, 0, 0, deny), (0x06, 0, 0, allow)]
    table = b"".join(struct.pack("HBBI", *op) for op in ops)
    held = ctypes.create_string_buffer(table)
    program = struct.pack("HxxxxxxQ", len(ops), ctypes.addressof(held))
    return ctypes.CDLL(None, use_errno=True).prctl(22, 2, ctypes.c_char_p(program), 0, 0) == 0

known = {
    "x86_64": (0xC000003E, 56, (57, 58, 59, 322, 101, 165, 272, 308, 425)),
    "aarch64": (0xC00000B7, 220, (221, 281, 117, 40, 97, 268, 425)),
}
os.chdir("/tmp")
source = sys.stdin.read()
if os.uname().machine not in known or not forbid(*known[os.uname().machine]):
    os._exit(15)
try:
    code = compile(source, "answer", "exec", dont_inherit=True)
except (SyntaxError, ValueError, RecursionError, MemoryError):
    os._exit(13)
try:
    exec(code, {"__name__": "__main__"})
except AssertionError:
    os._exit(11)
except ModuleNotFoundError:
    os._exit(14)
except BaseException:
    os._exit(12)
os._exit(0)
"""
"""Forbids new processes, programs, mounts, tracing and io_uring by seccomp (threads stay), then runs what it reads."""
_PLACES = ("/usr", "/bin", "/sbin", "/lib", "/lib64")


class Sandbox:
    """Runs programs, each alone."""

    def __init__(self, seconds: int = 5, megabytes: int = 512) -> None:
        """Args:
            seconds: Processor time of a program; twice as much by the clock.
            megabytes: Its memory.

        Raises:
            ConfigurationError: No such place can be made here.
        """
        self._seconds = seconds
        self._bytes = megabytes << 20
        lacking = [name for name in _NEEDED if shutil.which(name) is None]
        if sys.platform != "linux" or lacking:
            raise ConfigurationError(_refusal(f"{', '.join(lacking) or 'Linux'} is not there"))
        outcome = self.run("assert __import__('os').listdir('/tmp') == [] and not __import__('os').path.exists('/etc')")
        if outcome != "passed":
            raise ConfigurationError(_refusal(f"a first program ended with '{outcome}'"))

    def run(self, program: str) -> str:
        """How a program ends: `passed`, `assertion`, `error`, `syntax`, `package`, `timeout` or `no sandbox`."""
        with tempfile.TemporaryDirectory(prefix="assay-") as folder:
            try:
                done = subprocess.run(
                    self._command(folder),
                    input=program.encode("utf-8", "replace"),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    timeout=2 * self._seconds + 2,
                    env={"PATH": os.environ.get("PATH", os.defpath), "PROGRAM": _PROGRAM},
                    check=False,
                )
            except subprocess.TimeoutExpired:
                return "timeout"
            except OSError:
                return "no sandbox"
        return "timeout" if done.returncode < 0 else _OUTCOMES.get(done.returncode, "no sandbox")

    def _command(self, folder: str) -> Sequence[str]:
        python = Path(sys.executable).resolve()
        places = [*_PLACES, *({str(Path(sys.base_prefix).resolve())} - {"/usr"})]
        return (
            *("unshare", "--user", "--map-root-user", "--net", "--pid", "--mount", "--ipc", "--uts"),
            *("--fork", "--kill-child", "sh", "-c", _MADE, "sandbox", folder, str(python)),
            *(str(self._seconds), str(self._bytes // 1024), *places),
        )


def _refusal(why: str) -> str:
    return (
        f"--execute: no sandbox can be made here, {why}. It needs Linux with user namespaces and the commands "
        f"{', '.join(_NEEDED)}. Leave --execute out, or run it where these are"
    )
