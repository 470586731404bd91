"""`bus`: the broker, and how we prove to each other who we are."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from config.configuration import BusConfig
from config.endpoint import BusUrl, is_loopback
from config.reveal import revealed
from config.secrets import Secrets
from config.shape import SecretRef, Shape, shaped
from config.tree import Place


class BusShape(Shape):
    """The broker. Plain MQTT is for the loopback alone, and said so."""

    url: BusUrl
    plain: Literal["loopback"] | None = None
    ca: SecretRef | None = None
    certificate: SecretRef | None = None
    key: SecretRef | None = None
    username: SecretRef | None = None
    password: SecretRef | None = None


def read_bus(place: Place, secrets: Secrets) -> BusConfig | None:
    """The broker, or None after reporting."""
    if place.node is None:
        place.missing()
        return None
    shape = shaped(BusShape, place)
    if shape is None:
        return None
    _check_plain(shape, place)
    _check_pairs(shape, place)
    return BusConfig(
        url=shape.url,
        ca=revealed(shape.ca, place / "ca", secrets),
        certificate=revealed(shape.certificate, place / "certificate", secrets),
        key=revealed(shape.key, place / "key", secrets),
        username=revealed(shape.username, place / "username", secrets),
        password=revealed(shape.password, place / "password", secrets),
        plain_loopback=shape.plain is not None,
    )


def _check_plain(shape: BusShape, place: Place) -> None:
    url = urlsplit(shape.url)
    if url.scheme == "mqtts":
        if shape.plain is not None:
            (place / "plain").wrong("has no meaning with mqtts://")
    elif not is_loopback(url.hostname or ""):
        (place / "url").wrong("mqtt:// without TLS is for the loopback alone: use mqtts://", repr(shape.url))
    elif shape.plain is None:
        (place / "url").wrong("mqtt:// without TLS needs 'plain: loopback'", repr(shape.url))


def _check_pairs(shape: BusShape, place: Place) -> None:
    if (shape.certificate is None) != (shape.key is None):
        place.wrong("'certificate' and 'key' go together")
    if shape.password is not None and shape.username is None:
        (place / "password").misnamed("'password' needs a 'username'")
