"""JSON under a schema, with the `jsonschema` package: judged without fetching anything, and in bounded time."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from genloop.core import expression, extras
from genloop.core.errors import ConditionError


def check(schema: Mapping[str, Any]) -> None:
    """Look at a schema.

    Raises:
        ConditionError: it is none, or points outside of itself.
        MissingExtra: the `jsonschema` package is not installed.
    """
    outside = next((at for at in _references(schema) if not at.startswith("#")), None)
    if outside is not None:
        raise ConditionError(
            f"the schema points to {outside!r}, which would have to be fetched; put what it names into the schema "
            'under "$defs" and point to "#/$defs/NAME"'
        )
    try:
        told = json.dumps(schema, sort_keys=True)
    except (TypeError, ValueError) as error:
        raise ConditionError(f"the schema is no JSON: {error}") from error
    _validator(told)
    for own in _expressions(schema):
        expression.check(own)


def kept(schema: Mapping[str, Any], text: str) -> bool:
    """Whether the text is JSON under the schema.

    Raises:
        ConditionError: that cannot be told in time.
        MissingExtra: the `jsonschema` package is not installed.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return bool(_validator(json.dumps(schema, sort_keys=True)).is_valid(found))


def _references(schema: Any) -> Iterator[str]:
    """What the schema and its parts point to."""
    if isinstance(schema, Mapping):
        for key, value in schema.items():
            if key in ("$ref", "$dynamicRef", "$recursiveRef") and isinstance(value, str):
                yield value
            else:
                yield from _references(value)
    elif isinstance(schema, list | tuple):
        for part in schema:
            yield from _references(part)


def _expressions(schema: Any) -> Iterator[str]:
    """The regular expressions in the schema and its parts."""
    if isinstance(schema, Mapping):
        named = schema.get("patternProperties")
        yield from named if isinstance(named, Mapping) else ()
        for key, value in schema.items():
            if key == "pattern" and isinstance(value, str):
                yield value
            elif key not in ("enum", "const", "default", "examples"):
                yield from _expressions(value)
    elif isinstance(schema, list | tuple):
        for part in schema:
            yield from _expressions(part)


@cache
def _validator(schema: str) -> Any:
    """What judges JSON by this schema; it never fetches anything."""
    package, registry = (extras.load(name, "keeping a JSON schema", "text") for name in ("jsonschema", "referencing"))
    told = json.loads(schema)
    kind = package.validators.validator_for(told, default=package.Draft202012Validator)
    try:
        kind.check_schema(told, format_checker=package.FormatChecker(formats=()))  # expressions are looked at here
    except package.exceptions.SchemaError as error:
        raise ConditionError(f"this is no JSON schema: {error.message}, at {error.json_path}") from error
    return package.validators.extend(kind, _bounded(package, kind))(told, registry=registry.Registry())


def _bounded(package: Any, kind: Any) -> dict[str, Any]:
    """The keywords that hold expressions, which the package itself would match in any time."""

    def pattern(judge: Any, own: str, value: Any, schema: Any) -> Iterator[Any]:
        if judge.is_type(value, "string") and not expression.found(own, value):
            yield package.ValidationError(f"{value!r} does not match {own!r}")

    def named(judge: Any, own: Mapping[str, Any], value: Any, schema: Any) -> Iterator[Any]:
        for text, part in own.items() if judge.is_type(value, "object") else ():
            for name in (name for name in value if expression.found(text, name)):
                yield from judge.descend(value[name], part, path=name, schema_path=text)

    def others(judge: Any, own: Any, value: Any, schema: Any) -> Iterator[Any]:
        patterns, rest = schema.get("patternProperties", {}), schema.get("properties", {})
        if judge.is_type(value, "object"):
            known = {name for name in value if any(expression.found(text, name) for text in patterns)} | {*rest}
            less = {name: part for name, part in schema.items() if name != "patternProperties"}
            left = {name: part for name, part in value.items() if name not in known}
            yield from kind.VALIDATORS["additionalProperties"](judge, own, left, less)

    return {"pattern": pattern, "patternProperties": named, "additionalProperties": others}
