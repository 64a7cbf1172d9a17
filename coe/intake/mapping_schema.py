"""The JSON Schema of a mapping file; documented in ``docs`` and used to say where a mapping is wrong."""

from __future__ import annotations

from typing import Any

__all__ = ["MAPPING_SCHEMA"]

_TEXTS = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
_NAMED = {"anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"type": "string"}}]}

_FIELD: dict[str, Any] = {
    "anyOf": [
        {"type": "string", "description": "a column"},
        {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "column": {
                    **_TEXTS,
                    "description": "a column, or several of which the first filled one counts",
                },
                "constant": {"type": ["string", "number", "boolean"]},
                "template": {
                    "type": "string",
                    "description": "text with {column} in it; empty when one of them is empty",
                },
                "join": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["columns"],
                    "properties": {
                        "columns": {"type": "array", "items": {"type": "string"}},
                        "with": {"type": "string"},
                    },
                },
                "list": {
                    "type": "array",
                    "items": {"type": "string"},
                    "description": "columns whose filled values make a list",
                },
                "values": {
                    "type": "object",
                    "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
                },
                "other": {
                    "enum": ["keep", "default", "error"],
                    "description": "what a value not in `values` becomes",
                },
                "nulls": {
                    "type": "array",
                    "items": {"type": ["string", "number"]},
                    "description": "values that mean: nothing",
                },
                "default": {"type": ["string", "number", "boolean"]},
                "case": {"enum": ["code", "upper", "lower"]},
                "replace": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["match", "with"],
                    "properties": {"match": {"type": "string"}, "with": {"type": "string"}},
                },
                "dates": {"type": "array", "items": {"type": "string"}},
                "date_order": {"enum": ["day_first", "month_first"]},
                "numbers": {"type": "string"},
                "required": {"type": "boolean"},
            },
        },
    ]
}

_CONDITION: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["column"],
    "properties": {
        "column": {"type": "string"},
        "equals": _TEXTS,
        "matches": {"type": "string"},
        "empty": {"type": "boolean"},
        "reason": {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"},
        "keep": {"type": "array", "items": {"enum": ["accounts", "lines"]}},
    },
}

MAPPING_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "COE Hub import mapping",
    "type": "object",
    "additionalProperties": False,
    "required": ["kind", "fields"],
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z][a-z0-9_]*$", "maxLength": 80},
        "title": _NAMED,
        "about": _NAMED,
        "source": {"type": "string"},
        "kind": {"type": "string"},
        "encoding": {"type": "string"},
        "delimiter": {"type": "string", "minLength": 1, "maxLength": 1},
        "sheet": {"type": "string"},
        "header_row": {
            "type": "integer",
            "minimum": 1,
            "maximum": 100,
            "description": "the row of the column names, where titles or group names stand above them",
        },
        "formulas": {
            "enum": ["computed"],
            "description": "accept the values the spreadsheet program last computed",
        },
        "numbers": {
            "enum": ["auto", "plain", "comma_groups", "dot_groups", "space_groups", "space_groups_dot"]
        },
        "dates": {"type": "array", "items": {"type": "string"}},
        "date_order": {"enum": ["day_first", "month_first"]},
        "zone": {"type": "string"},
        "skip": {"type": "array", "items": _CONDITION},
        "default_line": {
            "type": "object",
            "additionalProperties": False,
            "required": ["code"],
            "properties": {"code": {"type": "string"}, "name": {"type": "string"}},
        },
        "create": {
            "type": "object",
            "additionalProperties": False,
            "properties": {name: {"type": "boolean"} for name in ("lines", "accounts", "metrics")},
        },
        "account_key": {"enum": ["line", "none"]},
        "doubled_rows": {"enum": ["last", "reject"]},
        "joins": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "required": ["file", "key", "column"],
                "properties": {
                    # A bare file name, looked for beside the imported file: a mapping is user input and must not reach elsewhere.
                    "file": {"type": "string", "pattern": r"^[\w][\w. -]*$"},
                    "key": {"type": "string"},
                    "column": {
                        "type": "string",
                        "description": "the column of the imported row whose value is the key",
                    },
                    "optional": {"type": "boolean"},
                },
            },
        },
        "fields": {"type": "object", "additionalProperties": _FIELD},
        "records": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "kind": {"type": "string"},
                    "when": {"type": "string"},
                    "unless": {"type": "string"},
                    "each": {
                        "type": "string",
                        "description": "a list inside the row; each of its items is `item`",
                    },
                    "alone": {
                        "type": "boolean",
                        "description": "only the fields given here, not the shared ones",
                    },
                    "fields": {"type": "object", "additionalProperties": _FIELD},
                },
            },
        },
    },
}
