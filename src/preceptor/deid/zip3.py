"""The ZIP code rule: three digits may stay where enough people live (45 CFR 164.514(b)(2)(i)(B))."""

from __future__ import annotations

from preceptor.deid.lists import words_of

RESTRICTED = words_of(
    """
    036 059 063 102 202 203 204 205 369 556 692 753 772 790 821 823 830 831 878 879 884 890 893
    """
)
"""Three-digit ZIP areas of 20,000 people or fewer: the 2000 list of the HHS guidance and the 2010 census together."""
