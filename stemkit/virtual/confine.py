"""What a program on a virtual board may not do to this computer (Linux).

A lesson or a competition's project may come from anybody. MicroPython's own modules reach the whole
computer (`os.system`, `VfsPosix`), and native code any system call, so the kernel is asked: no
other program, no other process, no file but the board's own sources, nothing written. Sockets stay,
as on a board with Wi-Fi, unless the board is to have none (`network`): a judge's computer speaks to
nobody for a stranger. Where the kernel lacks a part (seccomp before 3.17, Landlock before 5.13,
other systems), the rest works without it; `can_shut_off` tells.

Kernel documentation: userspace-api/seccomp_filter, userspace-api/landlock; numbers from
asm/unistd_64.h (x86-64) and asm-generic/unistd.h (aarch64).
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

_PR_SET_NO_NEW_PRIVS: Final = 38
_PR_SET_SECCOMP: Final = 22
_SECCOMP_MODE_FILTER: Final = 2
_RET_ALLOW: Final = 0x7FFF0000
_RET_ERRNO: Final = 0x00050000
_DENY: Final = _RET_ERRNO | errno.EACCES
_MISSING: Final = _RET_ERRNO | errno.ENOSYS
_NO_NETWORK: Final = _RET_ERRNO | errno.ENETUNREACH

# struct seccomp_data: system call, architecture, then the low halves of the arguments.
_NUMBER, _ARCHITECTURE = 0, 4
_ARGUMENTS: Final = 16
_LOAD, _JUMP_EQUAL, _JUMP_SET, _RETURN = 0x20, 0x15, 0x45, 0x06

_CLONE_THREAD: Final = 0x10000
_WRITES: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC

# name -> number, for each architecture: (audit number, calls).
_X86_64: Final = {
    "execve": 59, "execveat": 322, "fork": 57, "vfork": 58, "ptrace": 101, "kill": 62, "tkill": 200,
    "process_vm_readv": 310, "process_vm_writev": 311, "pidfd_send_signal": 424,
    "pidfd_getfd": 438, "mount": 165, "umount2": 166, "pivot_root": 155, "chroot": 161,
    "unlink": 87, "unlinkat": 263, "rename": 82, "renameat": 264, "renameat2": 316, "mkdir": 83,
    "mkdirat": 258, "rmdir": 84, "link": 86, "linkat": 265, "symlink": 88, "symlinkat": 266,
    "chmod": 90, "fchmodat": 268, "chown": 92, "lchown": 94, "fchownat": 260, "truncate": 76,
    "mknod": 133, "mknodat": 259, "creat": 85, "openat2": 437, "bpf": 321, "keyctl": 250,
    "io_uring_setup": 425, "userfaultfd": 323, "setsid": 112, "shmget": 29, "msgget": 68,
}  # fmt: skip
_AARCH64: Final = {
    "execve": 221, "execveat": 281, "ptrace": 117, "kill": 129, "tkill": 130,
    "process_vm_readv": 270, "process_vm_writev": 271, "pidfd_send_signal": 424,
    "pidfd_getfd": 438, "mount": 40, "umount2": 39, "pivot_root": 41, "chroot": 51,
    "unlinkat": 35, "renameat": 38, "renameat2": 276, "mkdirat": 34, "linkat": 37, "symlinkat": 36,
    "fchmodat": 53, "fchownat": 54, "truncate": 45, "mknodat": 33, "openat2": 437, "bpf": 280,
    "keyctl": 219, "io_uring_setup": 425, "userfaultfd": 282, "setsid": 157, "shmget": 194,
    "msgget": 186,
}  # fmt: skip
# machine -> (audit architecture, denied calls, clone, clone3, openat, open or -1, socket)
_MACHINES: Final = {
    "x86_64": (0xC000003E, _X86_64, 56, 435, 257, 2, 41),
    "aarch64": (0xC00000B7, _AARCH64, 220, 435, 56, -1, 198),
}

_LANDLOCK_CREATE_RULESET, _LANDLOCK_ADD_RULE, _LANDLOCK_RESTRICT_SELF = 444, 445, 446
_LANDLOCK_RULE_PATH_BENEATH: Final = 1
_LANDLOCK_READ_FILE, _LANDLOCK_READ_DIR = 1 << 2, 1 << 3
_LANDLOCK_ALL: Final = (1 << 13) - 1
"""All file rights of Landlock's first version."""


def can_shut_off() -> bool:
    """Whether this computer can keep a program from other programs, files and the network."""
    return sys.platform == "linux" and platform.machine() in _MACHINES


def confine(readable: list[Path], *, network: bool = True) -> None:
    """Confine this process and its threads for good to `readable` (folders and files).

    Without `network` a new socket is refused, as where no network can be reached.
    """
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return
    with suppress(OSError):
        _landlock(libc, readable)
    if platform.machine() in _MACHINES:
        _seccomp(libc, filter_program(platform.machine(), network=network))


def _landlock(libc: ctypes.CDLL, readable: list[Path]) -> None:
    attributes = struct.pack("<Q", _LANDLOCK_ALL)
    rules = libc.syscall(_LANDLOCK_CREATE_RULESET, attributes, len(attributes), 0)
    if rules < 0:
        return
    for path in readable:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
        rights = _LANDLOCK_READ_FILE | (_LANDLOCK_READ_DIR if path.is_dir() else 0)
        beneath = struct.pack("<Qi", rights, fd)
        libc.syscall(_LANDLOCK_ADD_RULE, rules, _LANDLOCK_RULE_PATH_BENEATH, beneath, 0)
        os.close(fd)
    libc.syscall(_LANDLOCK_RESTRICT_SELF, rules, 0)
    os.close(rules)


def _seccomp(libc: ctypes.CDLL, program: bytes) -> None:
    code = ctypes.create_string_buffer(program)
    # struct sock_fprog: length in instructions, pointer.
    head = struct.pack("@HP", len(program) // 8, ctypes.addressof(code))
    libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, head, 0, 0)


def filter_program(machine: str, *, network: bool = True) -> bytes:
    """The filter as classic BPF: what is named is refused, all else goes on."""
    architecture, denied, clone, clone3, openat, open_, socket = _MACHINES[machine]
    # Each test falls through to the next; the answers stand at the end.
    tests: list[tuple[int, int, str, str]] = []
    tests += [(_JUMP_EQUAL, number, "deny", "next") for number in sorted(denied.values())]
    tests.append((_JUMP_EQUAL, clone3, "missing", "next"))
    if not network:
        tests.append((_JUMP_EQUAL, socket, "alone", "next"))
    body = [(_LOAD, _ARCHITECTURE, "", ""), (_JUMP_EQUAL, architecture, "next", "deny")]
    body += [(_LOAD, _NUMBER, "", ""), *tests]
    for number, argument, bits, if_set, if_clear in (
        (clone, 0, _CLONE_THREAD, "allow", "deny"),
        (openat, 2, _WRITES, "deny", "allow"),
        (open_, 1, _WRITES, "deny", "allow"),
    ):
        if number >= 0:
            body.append((_JUMP_EQUAL, number, "next", "skip2"))
            body.append((_LOAD, _ARGUMENTS + 8 * argument, "", ""))
            body.append((_JUMP_SET, bits, if_set, if_clear))
    answers = {"allow": _RET_ALLOW, "deny": _DENY, "missing": _MISSING, "alone": _NO_NETWORK}
    places = {name: len(body) + n for n, name in enumerate(answers)}
    code = b"".join(
        _instruction(kind, value, _distance(n, places, yes), _distance(n, places, no))
        for n, (kind, value, yes, no) in enumerate(body)
    )
    return code + b"".join(_instruction(_RETURN, answer, 0, 0) for answer in answers.values())


def _distance(at: int, places: dict[str, int], where: str) -> int:
    if where in ("", "next"):
        return 0
    return 2 if where == "skip2" else places[where] - at - 1


def _instruction(kind: int, value: int, if_true: int, if_false: int) -> bytes:
    return struct.pack("<HBBI", kind, if_true, if_false, value & 0xFFFFFFFF)
