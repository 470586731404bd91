"""Checks a part of the tree against a pydantic model; its complaints become problems with their places."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    RootModel,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import CoreSchema, ErrorDetails, core_schema

from config.problem import suggestion
from config.scalars import Words
from config.tree import Node, Place, Text, plain

_SECRET_KEYS = frozenset({"key", "secret", "password", "pin", "code", "username", "certificate", "ca"})
_BOUNDS = {
    "greater_than_equal": ("must be at least {}", "ge"),
    "greater_than": ("must be more than {}", "gt"),
    "less_than_equal": ("must be at most {}", "le"),
    "less_than": ("must be less than {}", "lt"),
    "too_short": ("expected at least {} items", "min_length"),
    "too_long": ("expected at most {} items", "max_length"),
}
_WORDING = {
    "missing": "",
    "string_type": "expected text",
    "int_parsing": "expected a whole number",
    "int_type": "expected a whole number",
    "int_from_float": "expected a whole number",
    "float_parsing": "expected a number",
    "float_type": "expected a number",
    "bool_parsing": "expected true or false",
    "bool_type": "expected true or false",
    "list_type": "expected a list",
    "tuple_type": "expected a list",
    "dict_type": "expected a mapping",
    "model_type": "expected a mapping",
    "model_attributes_type": "expected a mapping",
    "string_too_short": "must not be empty",
}


class Shape(BaseModel):
    """Base of what we define: no key but the stated ones."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SecretRef(Shape):
    """`{secret: name}`: the value itself stands elsewhere."""

    secret: Words


@dataclass(frozen=True)
class Shorthand:
    """`Annotated[Model, Shorthand(key, type)]`: a text or list stands for a mapping with that key alone."""

    key: str
    of: Any

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._spelt_out, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [TypeAdapter(self.of).json_schema(), handler(schema)]}

    def _spelt_out(self, value: object) -> object:
        return {self.key: value} if isinstance(value, str | list) else value


@dataclass(frozen=True)
class TextOr:
    """`Annotated[str | Model, TextOr(Model)]`: a text as it is, or a mapping."""

    model: type[BaseModel]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(self._read, handler.generate_schema(self.model))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"type": "string", "minLength": 1}, handler(schema)]}

    def _read(self, value: object, handler: Callable[[object], Any]) -> Any:
        if not isinstance(value, str):
            return handler(value)
        if not value.strip():
            raise ValueError("must not be empty")
        return value


ModelT = TypeVar("ModelT", bound=BaseModel)


def shaped(model: type[ModelT], place: Place, skip: Iterable[str] = ()) -> ModelT | None:
    """The map at `place`, without the keys `skip`, as `model`; None after reporting every mistake in it.

    A `RootModel` says what else may stand there.
    """
    node = place.node
    value: Any = {} if node is None else plain(node)
    if isinstance(value, dict):
        value = {key: item for key, item in value.items() if key not in skip}
    try:
        shape = model.model_validate(value)
    except ValidationError as error:
        for details in error.errors(include_url=False):
            _report(model, place, details)
        return None
    return shape if _no_strangers(model, place, value) else None


def _no_strangers(model: type[BaseModel], place: Place, value: Any) -> bool:
    """False if keys were written that the model would ignore: a driver's Config may not forbid them itself."""
    if not isinstance(value, dict) or model.model_config.get("extra") in ("forbid", "allow"):
        return True
    if issubclass(model, RootModel):
        return True
    keys = _keys(model)
    strangers = [key for key in value if key not in keys]
    for key in strangers:
        (place / key).misnamed(f"unknown key {key!r}{suggestion(key, keys)}")
    return not strangers


def _report(model: type[BaseModel], place: Place, details: ErrorDetails) -> None:
    keys = details["loc"]
    at = place
    for key in keys:
        at = at / key
    kind = details["type"]
    if kind == "missing":
        at.missing()
    elif kind == "extra_forbidden":
        known = _keys(_model_at(model, keys[:-1]))
        at.misnamed(f"unknown key {keys[-1]!r}{suggestion(str(keys[-1]), known)}")
    else:
        message, got = _wording(details, _model_at(model, keys)), _got(at)
        at.wrong(message, "" if got in message else got)


def _wording(details: ErrorDetails, model: type[BaseModel] | None) -> str:
    kind, context = details["type"], details.get("ctx", {})
    if kind in _BOUNDS:
        text, name = _BOUNDS[kind]
        return text.format(context[name])
    if kind in ("literal_error", "enum"):
        return f"expected {context['expected'].replace(chr(39), '')}"
    if kind in ("model_type", "model_attributes_type") and tuple(_keys(model)) == ("secret",):
        return "expected {secret: name}; the value itself never stands here"
    if kind == "value_error":
        return str(context["error"])
    return _WORDING.get(kind) or details["msg"][:1].lower() + details["msg"][1:]


def _got(at: Place) -> str:
    """What was typed, where it is one word and cannot be a secret."""
    node: Node | None = at.node
    if not isinstance(node, Text) or _SECRET_KEYS & set(map(str, at.keys[-2:])) or "@" in node.value:
        return ""
    return repr(node.value if len(node.value) <= 60 else node.value[:57] + "...")


def _keys(model: type[BaseModel] | None) -> Mapping[str, object]:
    fields = model.model_fields if model else {}
    return {field.alias or name: None for name, field in fields.items()}


def _model_at(model: type[BaseModel] | None, keys: tuple[int | str, ...]) -> type[BaseModel] | None:
    """The model that stands under `keys`; indexes do not change it."""
    if model is not None and issubclass(model, RootModel):
        model = _model_in(model.model_fields["root"].annotation)
    for key in keys:
        if isinstance(key, int) or model is None:
            continue
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        model = _model_in(fields[key].annotation) if key in fields else None
    return model


def _model_in(hint: Any) -> type[BaseModel] | None:
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return hint
    if typing.get_origin(hint) is Annotated:
        return _model_in(typing.get_args(hint)[0])
    return next((found for arg in typing.get_args(hint) if (found := _model_in(arg))), None)
