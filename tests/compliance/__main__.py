"""Write docs/compliance.md anew: ``python -m tests.compliance``."""

from __future__ import annotations

from tests.compliance.page import PAGE, page

PAGE.write_text(page())
