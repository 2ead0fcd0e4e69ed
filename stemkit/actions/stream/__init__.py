"""Readings of any number of boards at once, to any number of subscribers.

    port -> link -> pump -> LineReader -> Stream -> Subscriber (screen, recorder, page, relay)

One thread reads all ports and never waits for a subscriber: each has a mailbox of its own, which
is emptied by the subscriber's thread and says what it had to drop. The recorder's never drops.
"""

from stemkit.actions.stream.address import BoardAddress
from stemkit.actions.stream.mailbox import Delivery, Mailbox, RawLines, Subscriber
from stemkit.actions.stream.station import BoardState
from stemkit.actions.stream.stream import Stream

__all__ = [
    "BoardAddress",
    "BoardState",
    "Delivery",
    "Mailbox",
    "RawLines",
    "Stream",
    "Subscriber",
]
