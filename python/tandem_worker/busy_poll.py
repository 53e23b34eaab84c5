# SPDX-License-Identifier: Apache-2.0
"""Whether the next wait is better polled through than slept through: src/base/busy_poll.h, for the worker's side."""

PRICE = 16  # short waits pay for one that was polled in vain


class BusyPoll:
    """A sleeper is woken late, a poller burns its core: waits are polled only while they have been short for long."""

    def __init__(self, longest_ns):
        """longest_ns: what a wait is polled for; 0: none is."""
        self._longest_ns = longest_ns
        self._credit = 0

    @property
    def window_ns(self):
        """How long to poll the next wait before sleeping; 0: sleep at once."""
        return self._longest_ns if self._credit >= PRICE else 0

    def waited(self, time_ns):
        """The wait is over; one that was slept through contains a late wake-up, and may take twice as long."""
        limit_ns = self._longest_ns if self.window_ns else 2 * self._longest_ns
        if time_ns <= limit_ns:
            self._credit = min(self._credit + 1, 2 * PRICE - 1)
        else:
            self._credit = max(self._credit - PRICE, 0)
