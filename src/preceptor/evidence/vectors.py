"""Vectors of passages: the nearest ones to a question among what the caller may see, in force on a day."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from preceptor.db.transaction import Transaction
from preceptor.evidence.embedding.model import Embedder

EXACT = 2_500  # passages in scope up to which every vector is compared; above, the index is walked
EXACT_PART = 12_000  # the same where the scope is less than half of the library: the index would mostly find the rest
BREADTH = 200  # least number of nodes the index search keeps (hnsw.ef_search); BREADTH_PER_K times k where that is more
BREADTH_PER_K = 6  # recall at 100 of 100,000 real vectors with noise: .93 at 2, .96 at 4, .99 at 6


@dataclass(frozen=True, slots=True)
class Near:
    """A passage and the cosine of its vector with the question's, -1 to 1."""

    version: uuid.UUID
    ordinal: int
    similarity: float


async def nearest(
    tx: Transaction,
    embedder: Embedder,
    vector: NDArray[np.float32],
    versions: Sequence[uuid.UUID],
    as_of: date,
    k: int,
    passages: int | None = None,
) -> list[Near]:
    """The `k` passages of `versions` nearest to `vector` (float32 (dimensions,), length 1), nearest first.

    The query itself asks again for tenant, state and date: `versions` narrows, it never widens. Which labels a caller
    may see is settled in `versions`. Every vector is compared where few passages are in scope; otherwise the HNSW
    index is walked, and walked on (iterative scan) until `k` passages of these versions are found. `passages`: how many
    they have, where the caller knows.
    """
    if not versions or k <= 0:
        return []
    exact = await _few(tx, versions, passages)
    distance = f"(p.embedding::halfvec({embedder.dimensions})) <=> ($3::real[]::halfvec({embedder.dimensions}))"
    if not exact:
        await tx.value(
            "select set_config('hnsw.ef_search', $1, true), set_config('hnsw.iterative_scan', 'relaxed_order', true),"
            " set_config('enable_sort', 'off', true), set_config('plan_cache_mode', 'force_custom_plan', true)",
            str(min(1000, max(BREADTH, BREADTH_PER_K * k))),
        )
    rows = await tx.rows(
        f"select p.version, p.ordinal, 1 - ({distance}) as similarity from passage_vector p"  # noqa: S608 - an integer
        " join document_version v on v.tenant = p.tenant and v.id = p.version"
        f" where p.tenant = $1 and p.version = any($2::uuid[]) and p.dimensions = {embedder.dimensions}"
        " and p.model = $4 and v.state = 'ready' and v.in_force_from <= $5::date and $5::date < v.in_force_until"
        f" order by {f'1 - ({distance}) desc' if exact else distance} limit $6",
        tx.tenant,
        list(versions),
        vector.tolist(),
        embedder.name,
        as_of,
        k,
    )
    if not exact:
        await tx.value("select set_config('enable_sort', 'on', true), set_config('plan_cache_mode', 'auto', true)")
    found = [Near(row["version"], row["ordinal"], row["similarity"]) for row in rows]
    return sorted(found, key=lambda n: -n.similarity)  # the index's order is nearly this one


async def _few(tx: Transaction, versions: Sequence[uuid.UUID], passages: int | None) -> bool:
    """Whether comparing every vector of `versions`, which have `passages`, is the better way."""
    scope: int = passages or await tx.value(
        "select coalesce(sum(passages), 0) from document_version where tenant = $1 and id = any($2::uuid[])",
        tx.tenant,
        list(versions),
    )
    if not EXACT < scope <= EXACT_PART:
        return scope <= EXACT
    total: int = await tx.value("select coalesce(sum(passages), 0) from version_vectors where tenant = $1", tx.tenant)
    return scope < total / 2


async def similarities(
    tx: Transaction,
    embedder: Embedder,
    vector: NDArray[np.float32],
    places: Sequence[tuple[uuid.UUID, int]],
) -> dict[tuple[uuid.UUID, int], float]:
    """The exact cosines of `vector` with passages that words found; those without a vector are left out."""
    if not places:
        return {}
    rows = await tx.rows(
        f"select p.version, p.ordinal, 1 - ((p.embedding::halfvec({embedder.dimensions}))"  # noqa: S608 - an integer
        f" <=> ($4::real[]::halfvec({embedder.dimensions}))) as similarity"
        " from unnest($2::uuid[], $3::integer[]) as t(version, ordinal)"
        " join passage_vector p on p.version = t.version and p.ordinal = t.ordinal"
        f" where p.tenant = $1 and p.dimensions = {embedder.dimensions} and p.model = $5",
        tx.tenant,
        [version for version, _ in places],
        [ordinal for _, ordinal in places],
        vector.tolist(),
        embedder.name,
    )
    return {(row["version"], row["ordinal"]): row["similarity"] for row in rows}
