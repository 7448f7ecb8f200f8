"""The counters and spans of a served process: routes, methods, statuses and durations; no content, no ids, no names."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from opentelemetry import trace
from opentelemetry.trace import SpanKind, Status, StatusCode
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

TRACER = trace.get_tracer("preceptor")
"""Spans go where the operator's SDK sends them; without one they cost nothing and go nowhere."""

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper ends of the classes of a request's duration, in seconds."""


@dataclass
class Meters:
    """The counters of one application, and a span for each request (OpenTelemetry HTTP conventions)."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    tracer: trace.Tracer = TRACER

    def __post_init__(self) -> None:
        labels = ("method", "route")
        self.requests = Counter("preceptor_requests", "Requests answered.", (*labels, "status"), registry=self.registry)
        self.seconds = Histogram(
            "preceptor_request_seconds", "Duration of requests.", labels, buckets=BUCKETS, registry=self.registry
        )
        self.running = Gauge("preceptor_requests_running", "Requests under way.", registry=self.registry)
        self.waiting = Gauge("preceptor_log_waiting", "Entries of the log without a place.", registry=self.registry)
        self.age = Gauge("preceptor_log_waiting_seconds", "How long the oldest of them waits.", registry=self.registry)
        self.halted = Gauge("preceptor_logs_halted", "Tenants whose log failed its check.", registry=self.registry)
        self.connections = Gauge(
            "preceptor_database_connections", "Connections of this process.", ("state",), registry=self.registry
        )

    @contextmanager
    def counted(self, method: str, route: str) -> Generator[list[int]]:
        """Count one request; put its status into the list that is given."""
        status, began = list[int](), time.monotonic()
        attributes = {"http.request.method": method, "http.route": route}
        self.running.inc()
        with self.tracer.start_as_current_span(
            f"{method} {route}",
            kind=SpanKind.SERVER,
            attributes=attributes,
            record_exception=False,  # an exception's text may quote what was asked
            set_status_on_exception=False,
        ) as span:
            try:
                yield status
            finally:
                self.running.dec()
                self.seconds.labels(method, route).observe(time.monotonic() - began)
                self.requests.labels(method, route, str(status[-1]) if status else "none").inc()
                span.set_attribute("http.response.status_code", status[-1] if status else 0)
                if not status or status[-1] >= 500:
                    span.set_status(Status(StatusCode.ERROR))
