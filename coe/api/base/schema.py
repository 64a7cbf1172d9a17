"""The OpenAPI description, drawn from the same declarations that answer requests. drf-spectacular walks the routes."""

import re
from collections.abc import Mapping
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent

from coe.api.base.bodies import Input
from coe.api.base.fields import Field, Resource
from coe.api.base.queries import SUFFIXES
from coe.api.base.views import HubView, Operation

_KINDS: Mapping[str, dict[str, Any]] = {
    "string": {"type": "string"},
    "uuid": {"type": "string", "format": "uuid"},
    "uri": {"type": "string", "format": "uri-reference"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "integer": {"type": "integer"},
    "number": {"type": ["string", "number"], "description": "A decimal, exact as text."},
    "boolean": {"type": "boolean"},
    "strings": {"type": "array", "items": {"type": "string"}},
    "object": {"type": "object"},
    "array": {"type": "array", "items": {}},
    "any": {},
}
_TEXT = {"type": "string"}
_ID = _KINDS["uuid"]
_BRIEFS: Mapping[str, dict[str, Any]] = {
    "LineBrief": {"id": _ID, "code": _TEXT, "display": _TEXT, "url": _TEXT, "web_url": _TEXT},
    "PersonBrief": {"id": _ID, "email": _TEXT, "display": _TEXT, "url": _TEXT, "web_url": _TEXT},
    "PlatformBrief": {"id": _ID, "code": _TEXT, "display": _TEXT, "url": _TEXT},
    "AccountBrief": {
        "id": _ID,
        "handle": _TEXT,
        "platform": _TEXT,
        "display": _TEXT,
        "url": _TEXT,
        "web_url": _TEXT,
    },
    "CalendarBrief": {"id": _ID, "code": _TEXT, "display": _TEXT, "url": _TEXT},
    "CourseBrief": {"id": _ID, "code": _TEXT, "display": _TEXT, "url": _TEXT, "web_url": _TEXT},
    "CurriculumBrief": {"id": _ID, "code": _TEXT, "display": _TEXT, "url": _TEXT, "web_url": _TEXT},
    "MetricBrief": {"id": _ID, "code": _TEXT, "display": _TEXT, "url": _TEXT},
}
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "request_id": _TEXT,
        "errors": {
            "type": "array",
            "items": {"type": "object", "properties": {"pointer": _TEXT, "code": _TEXT, "detail": _TEXT}},
        },
    },
}
_REFUSALS = {
    "400": "The request cannot be read.",
    "401": "No valid token or session.",
    "403": "The right is missing.",
    "429": "Too many requests.",
    "503": "The hub is busy; ask again after the seconds of Retry-After.",
}
_SECURITY = [{"token": []}, {"session": []}]


class HubSchema(AutoSchema):
    """Writes the operation of a HubView from its declarations."""

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: Any
    ) -> dict[str, Any] | None:
        """The operation, or None for views that are not of the API proper (the schema itself, its pages)."""
        if not isinstance(self.view, HubView) or method not in self.view.operations:
            return None
        self.registry = registry
        declared: Operation = self.view.operations[method]
        resource: Resource | None = getattr(self.view, "resource", None)
        words = [word for word in re.split(r"[/{}]+", path.removeprefix("/api/v1")) if word]
        operation: dict[str, Any] = {
            "operationId": "_".join([method.lower(), *words]).replace("-", "_"),
            "summary": declared.summary,
            "tags": [self.view.tag or words[0]],
            "security": _SECURITY,
            "parameters": self._parameters(path, method, declared, resource),
        }
        if description := (resource.description if resource and declared.is_list else ""):
            operation["description"] = description
        if method in ("POST", "PATCH", "PUT") and (declared.inputs or declared.takes_array):
            taken: dict[str, Any] = {"schema": self._body(declared)}
            if declared.example is not None:
                taken["example"] = declared.example
            operation["requestBody"] = {"required": True, "content": {"application/json": taken}}
        if method == "DELETE" and declared.takes_array:
            named = {
                "type": "object",
                "properties": {"id": dict(_TEXT), "revision": {"type": "integer"}},
                "required": ["id"],
            }
            array = {"type": "array", "items": {"oneOf": [dict(_TEXT), named]}, "minItems": 1}
            operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": array}}}
        if declared.consumes:
            content = {kind: {"schema": dict(schema)} for kind, schema in declared.consumes.items()}
            operation["requestBody"] = {"required": True, "content": content}
        operation["responses"] = self._responses(path, method, declared, resource)
        return operation

    def _component(self, name: str, schema: dict[str, Any]) -> dict[str, str]:
        component = ResolvedComponent(name=name, type=ResolvedComponent.SCHEMA, schema=schema, object=name)
        self.registry.register_on_missing(component)
        return dict(component.ref)

    def _kind(self, kind: str) -> dict[str, Any]:
        if kind in _BRIEFS:
            return self._component(kind, {"type": "object", "properties": dict(_BRIEFS[kind])})
        return dict(_KINDS[kind])

    def _field(self, field: Field) -> dict[str, Any]:
        schema = self._kind(field.kind)
        if field.choices is not None:
            schema["enum"] = list(field.choices.values)
        if field.nullable:
            schema = {"oneOf": [schema, {"type": "null"}]}
        if field.note:
            schema["description"] = field.note
        return schema

    def _object(self, resource: Resource) -> dict[str, str]:
        return self._component(
            resource.name, {"type": "object", "properties": {f.name: self._field(f) for f in resource.fields}}
        )

    def _input(self, one: Input) -> dict[str, Any]:
        if one.relation is not None:
            keys = {"id": dict(_ID), one.relation.key: dict(_TEXT)}
            schema: dict[str, Any] = {
                "oneOf": [
                    dict(_TEXT),
                    {"type": "object", "properties": keys, "maxProperties": 1, "minProperties": 1},
                ]
            }
            if one.nullable:
                schema["oneOf"].append({"type": "null"})
        else:
            schema = dict(_KINDS[one.kind])
            if one.choices is not None:
                schema["enum"] = list(one.choices.values)
            if one.nullable:
                schema = {"oneOf": [schema, {"type": "null"}]}
        if one.note:
            schema["description"] = one.note
        return schema

    def _body(self, declared: Operation) -> dict[str, Any]:
        schema: dict[str, Any] = {
            "type": "object",
            "properties": {
                **{one.name: self._input(one) for one in declared.inputs},
                "change_message": {"type": "string", "description": "Why; it lands in the history."},
            },
            "additionalProperties": False,
        }
        if needed := [one.name for one in declared.inputs if one.required]:
            schema["required"] = needed
        if declared.takes_array:
            return {"oneOf": [schema, {"type": "array", "items": schema, "minItems": 1}]}
        return schema

    def _parameters(
        self, path: str, method: str, declared: Operation, resource: Resource | None
    ) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = [
            {"name": name, "in": "path", "required": True, "schema": dict(_TEXT)}
            for name in re.findall(r"{(\w+)}", path)
        ]

        def query(name: str, kind: str = "string", note: str = "") -> None:
            found.append(
                {
                    "name": name,
                    "in": "query",
                    "schema": dict(_KINDS[kind]),
                    **({"description": note} if note else {}),
                }
            )

        for name, kind, note in declared.parameters:
            query(name, kind, note)
        if method == "POST":
            found.append(
                {
                    "name": "Idempotency-Key",
                    "in": "header",
                    "schema": dict(_TEXT),
                    "description": "A repeat gives the first answer, for 24 hours.",
                }
            )
        if method in ("PATCH", "PUT", "DELETE"):
            found.append(
                {
                    "name": "If-Match",
                    "in": "header",
                    "schema": dict(_TEXT),
                    "description": "The ETag of your read; 412 when it is old.",
                }
            )
        if resource is None or method != "GET":
            return found
        query("fields", note="Only these fields, separated by commas.")
        query("omit", note="Without these fields.")
        if not declared.is_list:
            return found
        query("limit", "integer", "1 to 1000; 50 when left out.")
        query("offset", "integer")
        query("cursor", note="Empty to begin: pages without a count, for long lists.")
        if resource.search is not None:
            query("q", note="Words to find.")
        if resource.ordering:
            query(
                "ordering",
                note="One or more of: "
                + ", ".join(sorted(resource.ordering))
                + "; “-” before a name turns it round.",
            )
        if resource.has_lines:
            query("line", note="Code of a line.")
            query("line_subtree", note="Code of a line; with all lines below it.")
        for one in resource.filters:
            suffixes = ", ".join(f"{one.name}__{suffix}" for suffix in SUFFIXES[one.kind])
            query(one.name, one.kind, f"Also: {suffixes}." if suffixes else "")
        return found

    def _responses(
        self, path: str, method: str, declared: Operation, resource: Resource | None
    ) -> dict[str, Any]:
        if isinstance(declared.answer, Mapping):
            schema: dict[str, Any] = dict(declared.answer)
        elif resource is not None:
            schema = self._object(resource)
        else:
            schema = {"type": "object"}
        if declared.is_list:
            schema = {
                "type": "object",
                "properties": {
                    "count": {"type": ["integer", "null"]},
                    "next": {"type": ["string", "null"]},
                    "previous": {"type": ["string", "null"]},
                    "results": {"type": "array", "items": schema},
                },
            }
        content: dict[str, Any] = {"application/json": {"schema": schema}}
        if declared.produces:
            content = {kind: {"schema": {"type": "string"}} for kind in declared.produces}
        answers: dict[str, Any] = {
            str(declared.status): {"description": "The answer."}
            if declared.status == 204
            else {"description": "The answer.", "content": content}
        }
        refusals = dict(_REFUSALS)
        if "{" in path:
            refusals["404"] = "Not in your scope."
        if method != "GET":
            refusals |= {
                "409": "The state of the record forbids it.",
                "422": "The input is wrong; errors name each place.",
            }
        else:
            refusals["422"] = "A query parameter is wrong."
        if declared.consumes:
            refusals |= {"411": "The body has no length.", "415": "No type of a file that can be read."}
        if declared.consumes or declared.inputs or declared.takes_array:
            refusals["413"] = "The body is too large."
        says_revision = any(one.name.endswith("revision") for one in declared.inputs)
        if method in ("PATCH", "PUT", "DELETE") or says_revision:
            refusals["412"] = "The record changed since you read it."
        problem = self._component("Problem", _PROBLEM)
        for code, words in sorted(refusals.items()):
            answers[code] = {
                "description": words,
                "content": {"application/problem+json": {"schema": problem}},
            }
        return answers


def with_security(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Post-processing: how a caller shows who it is."""
    result.setdefault("components", {})["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "A service token: coe_…"},
        "session": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
    }
    return result
