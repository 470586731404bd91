"""`operators` and `controllers`: who may sign requests, each with a public key of its own."""

from __future__ import annotations

from typing import Literal

from config.formats import read_formats
from config.scalars import Ids, PublicKey
from config.shape import Shape, shaped
from config.tree import Place
from rules.policy import ControllerPolicy, OperatorPolicy, ReaderPolicy, Role


class OperatorShape(Shape):
    """An operator of consoles and the command line."""

    role: Role
    key: PublicKey


class ControllerShape(Shape):
    """A door controller that asks over the bus. fallback: what it does without an answer."""

    key: PublicKey
    fallback: Literal["deny", "cached", "open"]
    formats: Ids | None = None


def read_operators(place: Place) -> dict[str, OperatorPolicy]:
    found = {}
    for name, at in place.entries():
        if shape := shaped(OperatorShape, at):
            found[name] = OperatorPolicy(name, at.key, shape.role, shape.key)
    return found


def read_controllers(place: Place) -> tuple[dict[str, ControllerPolicy], dict[str, ReaderPolicy]]:
    """The controllers, and the reader that each of them is."""
    controllers: dict[str, ControllerPolicy] = {}
    readers: dict[str, ReaderPolicy] = {}
    for name, at in place.entries():
        if shape := shaped(ControllerShape, at):
            controllers[name] = ControllerPolicy(name, at.key, shape.key, shape.fallback)
            formats = read_formats(shape.formats, at / "formats")
            readers[name] = ReaderPolicy(name, formats, keypad=False, controller=True)
    return controllers, readers


def check_keys(operators: dict[str, OperatorPolicy], controllers: dict[str, ControllerPolicy], top: Place) -> None:
    """One id and one key, one signer: else nobody can say who asked."""
    for name in operators.keys() & controllers.keys():
        (top / "controllers" / name).misnamed(f"{name!r} is already the id of an operator")
    owners: dict[bytes, str] = {}
    for section, signers in (("operators", operators), ("controllers", controllers)):
        for name, signer in signers.items():
            if signer.key in owners:
                (top / section / name / "key").wrong(f"is already the key of {owners[signer.key]!r}")
            owners.setdefault(signer.key, name)
