# `TaskQueue` and `Task` for MicroPython's asyncio, on the world's clock. asyncio.core says what
# they must be: a queue by time, and an awaitable task whose `state` is True while it runs (or a
# queue of those who wait for it), None when done and not yet awaited, False when awaited.
from time import ticks_diff, ticks_ms

_context = None


class TaskQueue:
    def __init__(self):
        self._tasks = []

    def peek(self):
        return self._tasks[0] if self._tasks else None

    def push(self, task, key=None):
        task.data = None
        task.ph_key = key = ticks_ms() if key is None else key
        tasks = self._tasks
        n = len(tasks)
        # Usually it belongs near the end; equal times keep their order.
        while n and ticks_diff(tasks[n - 1].ph_key, key) > 0:
            n -= 1
        tasks.insert(n, task)

    def pop(self):
        if not self._tasks:
            raise IndexError("empty heap")
        return self._tasks.pop(0)

    def remove(self, task):
        self._tasks.remove(task)


class Task:
    def __init__(self, coro, globals=None):
        global _context
        self.coro = coro
        self.data = None
        self.state = True
        self.ph_key = 0
        if globals is not None:
            _context = globals

    def __iter__(self):
        if not self.state:
            self.state = False
        elif self.state is True:
            self.state = TaskQueue()
        elif type(self.state) is not TaskQueue:
            raise RuntimeError("can't wait")
        return self

    def __next__(self):
        if not self.state:
            raise self.data
        waiting = _context["cur_task"]
        self.state.push(waiting)
        waiting.data = self

    def done(self):
        return not self.state

    def cancel(self):
        if not self.state:
            return False
        if self is _context["cur_task"]:
            raise RuntimeError("can't cancel self")
        task = self
        while isinstance(task.data, Task):
            task = task.data
        queue = _context["_task_queue"]
        if hasattr(task.data, "remove"):
            task.data.remove(task)
            queue.push(task)
        elif ticks_diff(task.ph_key, ticks_ms()) > 0:
            queue.remove(task)
            queue.push(task)
        task.data = _context["CancelledError"]
        return True
