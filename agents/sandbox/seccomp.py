"""Which kernel interfaces code in a sandbox may use: a filter of system calls, as the kernel takes it.

Namespaces and capabilities already deny most of it; refusing the calls as well keeps their faults out of reach. Only
AF_VSOCK, which leads to a virtual machine's host past every network namespace, is stopped by this filter alone.
Numbers are Linux's own (asm/unistd.h), and never change.
"""

import errno
import platform
import struct

_REFUSED = {  # name: number on x86_64, number on aarch64; None where it does not exist
    # mounts and namespaces
    **{"mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51)},
    **{"unshare": (272, 97), "setns": (308, 268), "mount_setattr": (442, 442), "move_mount": (429, 429)},
    **{"fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433)},
    **{"open_tree": (428, 428), "quotactl": (179, 60), "quotactl_fd": (443, 443)},
    # other processes
    **{"ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272)},
    **{"pidfd_getfd": (438, 438), "process_madvise": (440, 440)},
    # the kernel itself
    **{"kexec_load": (246, 104), "kexec_file_load": (320, 294), "init_module": (175, 105)},
    **{"finit_module": (313, 273), "delete_module": (176, 106), "bpf": (321, 280), "perf_event_open": (298, 241)},
    **{"userfaultfd": (323, 282), "syslog": (103, 116), "lookup_dcookie": (212, 18), "nfsservctl": (180, 42)},
    **{"keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218), "personality": (135, 92)},
    **{"open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264)},
    # the machine
    **{"reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225), "acct": (163, 89), "vhangup": (153, 58)},
    **{"settimeofday": (164, 170), "clock_settime": (227, 112), "clock_adjtime": (305, 266), "adjtimex": (159, 171)},
    **{"sethostname": (170, 161), "setdomainname": (171, 162), "iopl": (172, None), "ioperm": (173, None)},
    **{"modify_ldt": (154, None)},
}
_ABSENT = {
    "clone3": (435, 435),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
}
"""Answered as if the kernel were older, so that libraries take their other way. The flags of clone3 cannot be read."""

_CLONE, _SOCKET, _IOCTL = (56, 220), (41, 198), (16, 29)

_NEW_NAMESPACES = 0x7E020080  # CLONE_NEWUSER, NEWNS, NEWPID, NEWNET, NEWIPC, NEWUTS, NEWCGROUP, NEWTIME
_FAMILIES = (1, 2, 10, 16)  # AF_UNIX, AF_INET, AF_INET6, AF_NETLINK
_TYPING = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX: put keystrokes into a terminal
_X32 = 0x40000000

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCH, _FIRST_ARGUMENT, _SECOND_ARGUMENT = 0, 4, 16, 24  # offsets in struct seccomp_data, little endian


_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
"""Name -> column in the tables above, and the kernel's number of the architecture."""


def syscall_filter(machine: str = platform.machine()) -> bytes:
    """Return the filter for processors named `machine`, as an array of struct sock_filter; empty for unknown ones."""
    if machine not in _MACHINES:
        return b""
    column, architecture = _MACHINES[machine]
    steps = [
        _step(_LOAD, _ARCH),
        _step(_EQUAL, architecture, 1, 0),
        _step(_RETURN, _KILL),
        _step(_LOAD, _NUMBER),
    ]
    if machine == "x86_64":
        steps += [_step(_AT_LEAST, _X32, 0, 1), _fail(errno.ENOSYS)]
    for names, error in ((_REFUSED, errno.EPERM), (_ABSENT, errno.ENOSYS)):
        for numbers in names.values():
            if (number := numbers[column]) is not None:
                steps += [_step(_EQUAL, number, 0, 1), _fail(error)]
    steps += _when(
        _CLONE[column],
        [_step(_LOAD, _FIRST_ARGUMENT), _step(_ANY_BIT, _NEW_NAMESPACES, 0, 1), _fail(errno.EPERM), _allow()],
    )
    families = [part for family in _FAMILIES for part in (_step(_EQUAL, family, 0, 1), _allow())]
    steps += _when(_SOCKET[column], [_step(_LOAD, _FIRST_ARGUMENT), *families, _fail(errno.EAFNOSUPPORT)])
    typing = [part for request in _TYPING for part in (_step(_EQUAL, request, 0, 1), _fail(errno.EPERM))]
    steps += _when(_IOCTL[column], [_step(_LOAD, _SECOND_ARGUMENT), *typing, _allow()])
    return b"".join([*steps, _allow()])


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, value)


def _when(number: int, body: list[bytes]) -> list[bytes]:
    """`body`, which ends with an answer, for the system call `number` alone."""
    return [_step(_EQUAL, number, 0, len(body)), *body]


def _fail(error: int) -> bytes:
    return _step(_RETURN, _ERRNO | error)


def _allow() -> bytes:
    return _step(_RETURN, _ALLOW)
