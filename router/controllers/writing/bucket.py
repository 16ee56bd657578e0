"""A token bucket: bursts are fine, floods are not."""


class Bucket:
    """``rate`` tokens a second, ``burst`` at most. ``now``: monotonic seconds."""

    def __init__(self, rate: float, burst: int) -> None:
        self._rate, self._burst = rate, float(burst)
        self._left, self._at = float(burst), 0.0

    def take(self, now: float) -> float:
        """Take one token. Seconds to wait before it may be used, 0 if it was there."""
        self._left = min(self._burst, self._left + max(now - self._at, 0) * self._rate)
        self._at = max(now, self._at)
        self._left -= 1
        return max(-self._left / self._rate, 0.0)
