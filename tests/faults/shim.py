"""A disk that fails as told: builds the LD_PRELOAD shim and drives it while a child process runs under it."""

from __future__ import annotations

import mmap
import os
import shutil
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

FIELDS = (
    "delay_ms",  # every fsync takes so much longer
    "fsync_eio",  # so many fsyncs fail; -1: all
    "write_errno",  # writes fail so: ENOSPC, EIO, EROFS
    "cut_at",  # power cut at this operation (writes and fsyncs are counted)
    "ops",  # operations so far
    "seed",
    "survive",  # % of unsynced sectors that reached the device before the cut
    "hang",  # fsyncs do not return
    "kill_at",  # SIGKILL at this operation
    "partial",  # % of the write that is done when killed
)
SOURCE = Path(__file__).with_name("shim.c")


def build(folder: Path) -> Path:
    """Compile the shim; raises CalledProcessError with the compiler's words."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    assert compiler, "the fault tests need a C compiler"
    library = folder / "faults.so"
    subprocess.run(
        [compiler, "-O2", "-Wall", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl", "-lpthread"],
        check=True,
    )
    return library


@dataclass
class Disk:
    """The faults of one child process; set and get while it runs."""

    library: Path
    control: Path
    under: Path

    def __post_init__(self) -> None:
        self.control.write_bytes(bytes(4 * len(FIELDS)))
        with self.control.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 4 * len(FIELDS))

    def set(self, **values: int) -> None:
        for name, value in values.items():
            struct.pack_into("<i", self._map, 4 * FIELDS.index(name), value)

    def get(self, name: str) -> int:
        found: int = struct.unpack_from("<i", self._map, 4 * FIELDS.index(name))[0]
        return found

    def environment(self) -> dict[str, str]:
        return os.environ | {
            "LD_PRELOAD": str(self.library),
            "FAULT_CONTROL": str(self.control),
            "FAULT_UNDER": f"{self.under}/",
        }

    def close(self) -> None:
        self._map.close()
