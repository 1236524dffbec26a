"""How sure a reading is as a whole: what the rules around the classifiers say, brought to how often it is right.

Each classifier has its temperature; the rules between them have figures of their own, which were too modest. The points
were measured on the suites of shoppers and of plain words, and hold on those written later (decision 0095).
"""

from bisect import bisect_right

_POINTS = (
    (0.0, 0.0),
    (0.27, 0.4),
    (0.46, 0.68),
    (0.55, 0.78),
    (0.65, 0.82),
    (0.75, 0.87),
    (0.85, 0.905),
    (0.95, 0.955),
    (1.0, 0.985),
)
"""What is said, and how often that was right; straight lines between."""


def calibrated(confidence: float) -> float:
    at = min(bisect_right(_POINTS, (confidence, 1.0)), len(_POINTS) - 1)
    (low, below), (high, above) = _POINTS[at - 1], _POINTS[at]
    return below + (above - below) * (min(confidence, high) - low) / (high - low)
