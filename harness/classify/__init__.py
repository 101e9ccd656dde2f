"""Names the documented error, the stage and the cause of a failed check.

``classify`` works on what a checker observed, ``explain`` on a reply that somebody pasted. What
replies mean is data, in ``rules/*.yaml``.
"""

from __future__ import annotations

from harness.classify.diagnose import classify, explain

__all__ = ["classify", "explain"]
