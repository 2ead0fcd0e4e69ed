# The built-in `select`; where the world's time is not the computer's, a poll waits in the world's.
from uselect import *
import _world

if _world.speed != 1:
    import time
    import uselect

    class poll:
        def __init__(self):
            self._poll = uselect.poll()
            self.register = self._poll.register
            self.unregister = self._poll.unregister
            self.modify = self._poll.modify

        def _wait(self, timeout, ready):
            if timeout <= 0:
                return ready(timeout)
            if _world.speed:
                return ready(int(timeout / _world.speed) + 1)
            found = ready(0)
            if not found:
                time.sleep_ms(timeout)
                found = ready(0)
            return found

        def poll(self, timeout=-1):
            return self._wait(timeout, self._poll.poll)

        def ipoll(self, timeout=-1, flags=0):
            return iter(self._wait(timeout, self._poll.poll))
