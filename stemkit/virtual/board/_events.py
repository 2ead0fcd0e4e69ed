# Interrupts: timers and watched pins. Loaded by the first program that uses one.
#
# While the program sleeps (`wait`) it runs what is due by itself. Otherwise a thread waits for the
# next moment (or for word that something in the world was changed) and has the main thread run
# `_run_due` between two bytecodes; nothing is asked while nothing is due.
import _thread
import gc
import micropython
import struct
import sys
import uselect

import _keeper
import _world
import time
from _wire import events

_ASK_AGAIN = 2

_timers = []
_watches = {}
# Next moment (0: none), the main thread waits here, something is scheduled, the moment has come
# although nothing waited for it (speed 0).
_shared = [0, False, False, False]


def _poller():
    # Each thread has its own: their C code is not made for two at a time.
    poll = uselect.poll()
    poll.register(events, uselect.POLLIN)
    return poll.poll


_word = _poller() if events else None
_masked = 0
_running = False


class Watch:
    def __init__(self, pin, handler, edges):
        self.pin, self.handler, self.edges = pin, handler, edges
        self.due = self.flags = 0
        self.level = None
        self.look()

    def look(self):
        # When is the next edge? The world answers: then, never, or "ask again then".
        before = self.level
        data = _world.request(4, self.pin.id, bytes((self.edges,)), 10)
        self.what, self.level, self.due = struct.unpack("<BBQ", data)
        if before is not None and before != self.level:
            # It came meanwhile, from something that nobody could foresee.
            self._edge(self.level)

    def run(self):
        what = self.what
        self.due = 0
        if what != _ASK_AGAIN:
            # Between two edges that are watched there may be one that is not.
            self._edge(1 - self.level if self.edges == 3 else 2 - self.edges)
        if _watches.get(self.pin.id) is self:
            self.look()

    def _edge(self, level):
        self.level = level
        kind = 1 if level else 2
        if kind & self.edges:
            self.flags = kind
            _call(self.handler, self.pin)


def _call(handler, arg):
    # As the scheduler does it: an exception is shown and the program goes on.
    try:
        handler(arg)
    except Exception as error:
        sys.print_exception(error)


def watch(pin, handler, edges):
    if handler is None:
        _watches.pop(pin.id, None)
    else:
        _watches[pin.id] = Watch(pin, handler, edges)
    _refresh()


def add(timer):
    if timer not in _timers:
        _timers.append(timer)
    _refresh()


def remove(timer):
    if timer in _timers:
        _timers.remove(timer)
        _refresh()


def _look_again():
    for one in list(_watches.values()):
        # An edge that is due comes first; it looks again by itself.
        if not one.due or one.due > _world.peek():
            one.look()


def look_again():
    _look_again()
    _refresh()


def watching():
    return bool(_watches)


def mask(on):
    global _masked
    was, _masked = _masked, on
    if was and not on:
        _run_due(None)
    return was


def _refresh():
    before = _shared[0]
    soonest = 0
    for one in _timers:
        if one.due and (not soonest or one.due < soonest):
            soonest = one.due
    for one in _watches.values():
        if one.due and (not soonest or one.due < soonest):
            soonest = one.due
    _shared[0] = soonest
    if not _world.speed:
        _world.deadline = soonest
    if soonest and (not before or soonest < before) and not _shared[1] and not _running:
        # The thread waits for something later: have the world wake it.
        _world.tell(0x89, 0)


def _now_due():
    # Once: `_refresh` sets it again.
    _world.deadline = 0
    micropython.schedule(_run_due, None)


def _take_word():
    # True where the world says that something was changed.
    if events and _word(0):
        events.read(1)
        return True
    return False


def _run_due(_):
    global _running
    _shared[2] = False
    if _masked or _running:
        return
    _running = True
    try:
        while _take_word():
            _look_again()
        _refresh()
        if _shared[3] and not _shared[1] and _shared[0]:
            _world.jump(_shared[0])
        _shared[3] = False
        while _shared[0] and _shared[0] <= _world.peek():
            due = _shared[0]
            for one in list(_watches.values()) + list(_timers):
                if one.due and one.due <= due:
                    # A handler that asks for the time gets the moment of its event.
                    _world.hold_at(due)
                    one.run()
                    _world.release()
            _refresh()
    finally:
        _running = False


def wait(end):
    # The main thread waits until `end` and runs what becomes due.
    _world.release()
    _shared[1] = True
    try:
        while True:
            due = _shared[0]
            stop = due if due and due < end and not _masked else end
            ms = int((stop - _world.peek()) / 1000 / _world.speed) if _world.speed else 0
            if not (ms > 0 and events and _word(ms)):
                _world.pass_until(stop)
            _run_due(None)
            if _world.peek() >= end:
                return
    finally:
        _shared[1] = False


_world.on_deadline = _now_due
time._use_events(sys.modules[__name__])
_thread.stack_size(16 * 1024)
_thread.start_new_thread(
    _keeper.keep,
    (
        _shared,
        _poller() if events else None,
        lambda: micropython.schedule(_run_due, None),
        _world.peek,
        gc.collect,
        _world.utime.sleep_us,
        _world.speed,
    ),
)
