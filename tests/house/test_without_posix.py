"""What Windows lacks is asked for nowhere before it is needed: every room loads, help is shown.

A process without the modules and names that only POSIX systems have stands in for Windows. It is
no Windows: what cannot be tried here is said in the README.
"""

import json
import subprocess
import sys
from pathlib import Path

from stemkit.cli import COMMANDS

ROOT = Path(__file__).parents[2]

CRIPPLED = r"""
import importlib, json, pkgutil, sys

# Libraries choose their own way by the system when they are loaded: they are loaded whole first.
import asyncio, concurrent.futures, getpass, multiprocessing, socket, ssl, subprocess, tempfile
import click, cryptography, esptool, filelock, mpremote.main, platformdirs, rich, serial
import textual.app, textual.drivers.linux_driver, textual.drivers.headless_driver, xlsxwriter

MODULES = ("fcntl", "termios", "pty", "tty", "resource", "grp", "pwd", "readline", "syslog")
NAMES = {
    "os": ("openpty", "fork", "forkpty", "getuid", "geteuid", "getgid", "getgroups", "setsid",
           "killpg", "mkfifo", "pread", "pwrite", "posix_fallocate", "sysconf", "nice", "chown",
           "O_CLOEXEC", "O_NONBLOCK", "O_NOCTTY", "statvfs", "ttyname"),
    "signal": ("SIGHUP", "SIGKILL", "SIGUSR1", "SIGWINCH", "SIGALRM", "SIGPIPE", "SIGTSTP",
               "pthread_sigmask", "set_wakeup_fd", "setitimer"),
    "select": ("poll", "epoll", "kqueue"),
    "socket": ("AF_UNIX", "SO_REUSEPORT", "socketpair"),
    "time": ("tzset",),
}
for name in MODULES:
    sys.modules[name] = None
for module, names in NAMES.items():
    for name in names:
        if hasattr(sys.modules[module], name):
            delattr(sys.modules[module], name)

import stemkit
failed = {}
left_out = ("stemkit.virtual.", "stemkit.actions.sticks.on_stick", "stemkit.__main__")
for found in pkgutil.walk_packages(stemkit.__path__, "stemkit."):
    if found.name.startswith(left_out):
        continue
    try:
        importlib.import_module(found.name)
    except Exception as error:
        failed[found.name] = repr(error)

from stemkit.__main__ import main
from stemkit.cli import COMMANDS
helped = {name: main([name, "--help"]) for name in COMMANDS}
print(json.dumps({"failed": failed, "helped": helped}), file=sys.stderr)
"""


def test_every_room_loads_and_every_command_shows_its_help():
    done = subprocess.run(
        [sys.executable, "-c", CRIPPLED], cwd=ROOT, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stderr.splitlines()[-1])
    assert told["failed"] == {}
    assert set(told["helped"].values()) == {0}
    assert set(told["helped"]) == set(COMMANDS)
