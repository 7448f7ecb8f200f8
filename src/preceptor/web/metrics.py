"""What is counted of a served process, in Prometheus' form: no content, no ids, no names of tenants or callers."""

from __future__ import annotations

from fastapi import Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from preceptor.audit.halt import halted, waiting_count, waiting_seconds
from preceptor.db.transaction import tenant_transaction
from preceptor.web.visit import Visit


async def metrics(visit: Visit) -> Response:
    """GET /metrics: the counters, and the state of every tenant's log in sum."""
    meters, services = visit.parts.meters, visit.services
    count, oldest, stopped = 0, 0.0, 0
    for tenant in services.keys.tenants():
        async with tenant_transaction(services.database, tenant, "system:metrics", read_only=True) as tx:
            count += await waiting_count(tx)
            oldest = max(oldest, await waiting_seconds(tx, services.clock))
            stopped += await halted(tx) is not None
    meters.waiting.set(count)
    meters.age.set(oldest)
    meters.halted.set(stopped)
    pool = services.database.pool
    meters.connections.labels("idle").set(pool.get_idle_size())
    meters.connections.labels("open").set(pool.get_size())
    return Response(generate_latest(meters.registry), media_type=CONTENT_TYPE_LATEST)
