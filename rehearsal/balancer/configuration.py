"""Caddy's configuration for the listeners of a load balancer.

https://caddyserver.com/docs/json/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .parts import Listener
from .shares import TURNS
from .table import NOBODY, Table

HEADER = "X-Rehearsal-Target"
LOGGER = "http.log.access"
# How long a load balancer of AWS tries to connect to a target, under HTTP 504 at
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
CONNECT_SECONDS = 10.0
_KEPT = 256
_HOSTPORT = "{http.reverse_proxy.upstream.hostport}"
_LATENCY = "{http.reverse_proxy.upstream.latency_ms}"


def configuration(
    *, listeners: Sequence[Listener], tables: Mapping[str, Table], idle_seconds: float
) -> dict[str, Any]:
    """All of it; ``tables`` by the listeners' names."""
    servers = {one.name: _server(one, tables[one.name], idle_seconds) for one in listeners}
    return {
        "admin": {"disabled": True, "config": {"persist": False}},
        "logging": {"logs": _logs()},
        "apps": {"http": {"servers": servers}},
    }


def _logs() -> dict[str, Any]:
    """Requests to standard output, as short as can be; everything else to standard error."""
    left_out = ("request>headers", "resp_headers", "user_id", "bytes_read", "size")
    return {
        "default": {
            "writer": {"output": "stderr"},
            "encoder": {"format": "json", "time_format": "iso8601"},
            "exclude": [LOGGER],
            "sampling": {"interval": _duration(1), "first": 20, "thereafter": 1000},
        },
        "requests": {
            "writer": {"output": "stdout"},
            "include": [LOGGER],
            "encoder": {
                "format": "filter",
                "wrap": {"format": "json"},
                "fields": {name: {"filter": "delete"} for name in left_out},
            },
        },
    }


def _server(listener: Listener, table: Table, idle_seconds: float) -> dict[str, Any]:
    handlers = [
        {"handler": "log_append", "key": "target", "value": _HOSTPORT},
        {"handler": "log_append", "key": "target_ms", "value": _LATENCY},
        _proxy(table, idle_seconds),
    ]
    return {
        "listen": [f"127.0.0.1:{listener.port}"],
        "protocols": ["h1"],
        "automatic_https": {"disable": True},
        "idle_timeout": _duration(idle_seconds),
        "logs": {"default_logger_name": listener.name},
        "routes": [{"handle": handlers}],
        "errors": {"routes": [_no_target()]},
    }


def _proxy(table: Table, idle_seconds: float) -> dict[str, Any]:
    return {
        "handler": "reverse_proxy",
        "upstreams": [{"dial": table.upstream(turn)} for turn in range(TURNS)],
        "load_balancing": {"selection_policy": {"policy": "round_robin"}},
        "headers": {"response": {"set": {HEADER: [_HOSTPORT]}}},
        "transport": {
            "protocol": "http",
            "compression": False,
            "dial_timeout": _duration(min(CONNECT_SECONDS, idle_seconds)),
            "response_header_timeout": _duration(idle_seconds),
            "keep_alive": {
                "idle_timeout": _duration(idle_seconds),
                "max_idle_conns_per_host": _KEPT,
            },
        },
    }


def _no_target() -> dict[str, Any]:
    unavailable = {
        "handler": "static_response",
        "status_code": 503,
        "body": "503 Service Temporarily Unavailable\n",
    }
    return {"match": [{"vars": {_HOSTPORT: [NOBODY]}}], "handle": [unavailable]}


def _duration(seconds: float) -> int:
    """Nanoseconds."""
    return round(seconds * 1e9)
