"""Errors with a stable code, where it happened and what was got; the command line maps each to an exit code."""

from __future__ import annotations


class DoorwardError(Exception):
    """Base of all our errors.

    code: stable, `snake_case`; where: file, device, point or endpoint; got: the offending value, printable.
    """

    exit_code = 1

    def __init__(self, message: str, *, code: str = "error", where: str = "", got: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.where = where
        self.got = got

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text} (got {self.got})" if self.got else text


class ConfigError(DoorwardError):
    """The configuration is wrong; nothing was started."""

    exit_code = 2


class Refused(DoorwardError):
    """The daemon understood the request and refused it."""

    exit_code = 3


class Unreachable(DoorwardError):
    """A broker, socket or daemon did not answer in time."""

    exit_code = 4


class LinkError(DoorwardError):
    """The link itself failed: end of file, refused connection, silence past its limit. Raised by `Driver.run`."""


class ProtocolError(DoorwardError):
    """The peer said something the protocol does not allow."""


class CommandError(DoorwardError):
    """A device did not confirm a command. Raised by `Driver.execute`; the state of the output is unknown."""
