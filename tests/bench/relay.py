"""The wire's own minimum: reads a serial line and at once writes a ready-made FC05. No Doorward in it.

`python -m tests.bench.relay PORT TCP_IN RTU_IN RTU_OUT DISK_IN FILE`: what arrives on the pty TCP_IN is answered on
TCP port PORT, what arrives on RTU_IN on the pty RTU_OUT; what arrives on DISK_IN is answered on PORT once 4 KiB more
are in FILE and synced, which is the least that any write-ahead record can cost. All in the daemon's event loop.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tty
from collections.abc import Callable

from pymodbus.framer.rtu import FramerRTU

from gateway.cli.run import loop_factory

TCP_STRIKE = bytes.fromhex("0001 0000 0006 01 05 0000 ff00")
BLOCK = bytes(4096)
RTU_STRIKE = bytes.fromhex("01 05 0010 ff00")


def _open(path: str) -> int:
    fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    tty.setraw(fd)
    return fd


def _relay(source: int, act: Callable[[], object]) -> None:
    def heard() -> None:
        os.read(source, 4096)
        act()

    asyncio.get_running_loop().add_reader(source, heard)


async def main(port: int, tcp_in: str, rtu_in: str, rtu_out: str, disk_in: str, file: str) -> None:
    """For ever."""
    transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, "127.0.0.1", port)
    out = _open(rtu_out)
    frame = RTU_STRIKE + FramerRTU.compute_CRC(RTU_STRIKE).to_bytes(2, "big")
    _relay(_open(tcp_in), lambda: transport.write(TCP_STRIKE))
    _relay(_open(rtu_in), lambda: os.write(out, frame))
    record = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write_ahead() -> None:
        os.write(record, BLOCK)
        os.fdatasync(record)
        transport.write(TCP_STRIKE)

    _relay(_open(disk_in), write_ahead)
    asyncio.get_running_loop().add_reader(out, lambda: os.read(out, 4096))
    asyncio.get_running_loop().add_reader(0, os._exit, 1)  # nothing but the end of our parent makes it readable
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(main(int(sys.argv[1]), *sys.argv[2:7]))
