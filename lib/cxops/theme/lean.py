"""Imported before Altair: keeps out what Altair's import would load and nothing here needs.

Altair loads jsonschema, and jsonschema, where rfc3987-syntax is installed, compiles its grammar of internationalised
addresses at import: 1.8 of the 2.3 seconds that importing Altair takes in every kernel. No schema of a chart checks an
address, so jsonschema is loaded without it; whoever imports rfc3987-syntax afterwards finds it as always.
"""

import sys

_SLOW = "rfc3987_syntax"

if _SLOW not in sys.modules and "jsonschema" not in sys.modules:
    sys.modules[_SLOW] = None  # type: ignore[assignment]
    try:
        import jsonschema  # noqa: F401
    finally:
        del sys.modules[_SLOW]
