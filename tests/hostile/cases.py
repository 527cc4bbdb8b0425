"""Every hostile image, in one list."""

from hostile import documents, envelopes, headers, holes, kinds, links, many, names, places, records
from hostile.case import Case

TREES: tuple[Case, ...] = (
    *names.CASES,
    *links.CASES,
    *kinds.CASES,
    *kinds.WHITEOUTS,
    *headers.CASES,
    *headers.ATTRIBUTES,
    *holes.CASES,
    *many.CASES,
)
"""Those whose tricks are inside layers."""
CLAIMS: tuple[Case, ...] = (*envelopes.CASES, *documents.CASES, *places.CASES)
"""Those that lie about what is where."""
CASES: tuple[Case, ...] = (*TREES, *CLAIMS, *documents.TYPES, *documents.MALFORMED, *records.CASES)
