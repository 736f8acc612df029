"""What code in a sandbox must not reach, tried from within: in root's sandbox and in an ordinary user's."""

import os
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from agents.sandbox.values import RunFolders, Sandbox
from tests.support.escape_attempts import Attempts, OfAnybody, OfRoot
from tests.support.ordinary_user import NOBODY, ROOT, SECRET
from tests.support.sandbox import long_number


class Escapes(Attempts):
    # what is on this machine

    def test_files_of_this_machine_are_not_there(self, sandbox: Sandbox, run_folders: RunFolders, secret: Path):
        code = """
for path in sys.argv[1:]:
    attempt(path, lambda: open(path).read() if os.path.isfile(path) else os.listdir(path))
"""
        paths = [str(secret), str(secret.parent), "/etc/shadow", "/etc/machine-id", "/home", "/mnt", "/opt", "/srv"]
        paths += [str(ROOT / "agents"), "/sys", "/boot", "/var/log", "/run/docker.sock", "/etc/resolv.conf"]
        paths += [f"/proc/1/root{secret}", f"/proc/self/root{secret}", f"/proc/1/cwd/../../../..{secret}"]
        reasons = self.refused(sandbox, code, run_folders, *paths)
        assert set(reasons) == set(paths)
        assert set(reasons.values()) <= {"ENOENT", "EACCES", "EPERM"}

    def test_nothing_of_the_environment_of_others_is_seen(
        self, sandbox: Sandbox, run_folders: RunFolders, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setenv("STUDIO_TEST_SECRET", SECRET)
        code = """
import glob
for path in glob.glob("/proc/[0-9]*/environ") + ["/proc/self/environ", "/proc/thread-self/environ"]:
    try:
        print(path, open(path, "rb").read())
    except OSError as error:
        print(path, error.strerror)
print(os.environ)
"""
        result = self.run(sandbox, code, run_folders)
        assert "PATH=" in result.output
        assert SECRET not in result.output

    def test_processes_of_others_are_not_seen(self, sandbox: Sandbox, run_folders: RunFolders):
        code = """
import glob
pids = glob.glob("/proc/[0-9]*")
print(len(pids), *[open(pid + "/cmdline").read().replace(chr(0), " ")[:30] for pid in pids], sep="|")
"""
        number, *lines = self.run(sandbox, code, run_folders).output.strip().split("|")
        assert int(number) <= 3
        assert all(line.startswith(("python", "bwrap")) for line in lines), lines

    def test_only_its_three_descriptors_are_open(self, sandbox: Sandbox, run_folders: RunFolders):
        code = """
for number in range(3, 1024):
    attempt(str(number), lambda: os.fstat(number))
attempt("terminal", lambda: open("/dev/tty").read(1))
"""
        reasons = self.refused(sandbox, code, run_folders)
        assert {reasons.pop("terminal")} <= {"ENXIO", "ENOENT"}
        assert set(reasons.values()) == {"EBADF"}

    def test_nothing_outside_the_workspace_can_be_written(
        self, sandbox: Sandbox, run_folders: RunFolders, secret: Path
    ):
        code = """
for path in sys.argv[1:]:
    attempt(path, lambda: open(path, "a").write("written"))
for path in ("/usr/bin/python3", "/etc/passwd", "/usr", sys.executable):
    attempt("remove " + path, lambda: os.rename(path, path + ".old"))
    attempt("open up " + path, lambda: os.chmod(path, 0o777))
"""
        paths = [f"{folder}/written" for folder in ("", "/usr", "/usr/bin", "/etc", "/run", "/dev", "/proc", "/root")]
        paths += [str(secret), "/packages/written", "/etc/passwd", "/etc/ld.so.cache", "/proc/sys/kernel/core_pattern"]
        reasons = self.refused(sandbox, code, run_folders, *paths)
        assert set(paths) <= set(reasons)
        assert secret.read_text() == SECRET

    # the network

    def test_nothing_can_be_reached(self, sandbox: Sandbox, run_folders: RunFolders):
        name = f"studio-{long_number()}"
        with (
            socket.create_server(("127.0.0.1", 0)) as server,
            socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as local,
        ):
            local.bind(f"\0{name}")
            local.listen()
            code = f"""
port = {server.getsockname()[1]}
def connect(family, address):
    with socket.socket(family, socket.SOCK_STREAM) as opened:
        opened.settimeout(3)
        opened.connect(address)
attempt("loopback", lambda: connect(socket.AF_INET, ("127.0.0.1", port)))
attempt("any address", lambda: connect(socket.AF_INET, ("0.0.0.0", port)))
attempt("loopback 6", lambda: connect(socket.AF_INET6, ("::1", port)))
attempt("metadata", lambda: connect(socket.AF_INET, ("169.254.169.254", 80)))
attempt("internet", lambda: connect(socket.AF_INET, ("1.1.1.1", 53)))
attempt("datagram", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("1.1.1.1", 53)))
attempt("a name", lambda: socket.getaddrinfo("pypi.org", 443))
attempt("abstract socket", lambda: connect(socket.AF_UNIX, chr(0) + "{name}"))
attempt("virtual machine's host", lambda: socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM))
attempt("raw", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP))
attempt("packet", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))
attempt("crypto of the kernel", lambda: socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET))
"""
            assert len(self.refused(sandbox, code, run_folders)) == 12

    # files as traps

    def test_links_lead_nowhere_and_nobody_follows_them(self, sandbox: Sandbox, run_folders: RunFolders, secret: Path):
        before = secret.stat(), secret.parent.stat()
        code = f"""
os.symlink("{secret}", "to-secret")
os.symlink("{secret.parent}", "to-folder")
os.symlink("/etc/shadow", "to-shadow")
os.symlink("../../../../..{secret}", "upwards")
for name in ("to-secret", "to-folder/secret.txt", "to-shadow", "upwards"):
    attempt(name, lambda: open(name).read())
"""
        assert set(self.refused(sandbox, code, run_folders).values()) == {"ENOENT"}
        assert self.run(sandbox, "print(sorted(os.listdir('.')))", run_folders).outcome == "ok"
        after = secret.stat(), secret.parent.stat()
        assert [(kept.st_uid, kept.st_mode) for kept in after] == [(kept.st_uid, kept.st_mode) for kept in before]
        assert (run_folders.files / "to-secret").is_symlink()

    def test_hard_links_to_what_is_outside_cannot_be_made(self, sandbox: Sandbox, run_folders: RunFolders):
        code = """
attempt("program", lambda: os.link("/usr/bin/passwd", "passwd"))
attempt("users", lambda: os.link("/etc/passwd", "users"))
attempt("python", lambda: os.link(os.path.realpath(sys.executable), "python"))
attempt("through a descriptor", lambda: os.link("/proc/self/fd/0", "zero", follow_symlinks=True))
"""
        assert set(self.refused(sandbox, code, run_folders).values()) <= {"EXDEV", "EPERM", "EACCES"}

    def test_devices_cannot_be_made_nor_unpacked(self, sandbox: Sandbox, run_folders: RunFolders):
        code = """
import io, stat, tarfile, zipfile
attempt("memory", lambda: os.mknod("mem", 0o666 | stat.S_IFCHR, os.makedev(1, 1)))
attempt("disk", lambda: os.mknod("disk", 0o666 | stat.S_IFBLK, os.makedev(254, 0)))
archive = io.BytesIO()
with tarfile.open(fileobj=archive, mode="w") as tar:
    device = tarfile.TarInfo("sda"); device.type = tarfile.BLKTYPE; device.devmajor, device.devminor = 8, 0
    tar.addfile(device)
    above = tarfile.TarInfo("../../usr/above"); tar.addfile(above)
def unpack(name):
    archive.seek(0)
    with tarfile.open(fileobj=archive) as tar:
        tar.extract(name)
attempt("packed device", lambda: unpack("sda"))
attempt("packed above", lambda: unpack("../../usr/above"))
def zipped():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        info = zipfile.ZipInfo("node"); info.external_attr = (stat.S_IFBLK | 0o666) << 16
        file.writestr(info, "")
        file.writestr("../outside", "text")
    zipfile.ZipFile(packed).extractall()
    if not os.path.isfile("node") or os.path.exists("/outside"):
        return "a device, or a file outside"
    raise OSError(1, "only plain files")
attempt("zip", zipped)
"""
        assert len(self.refused(sandbox, code, run_folders)) == 5
        kinds = {stat.S_IFMT(path.lstat().st_mode) for path in run_folders.files.iterdir()}
        assert kinds <= {stat.S_IFREG, stat.S_IFDIR}

    # other processes

    def test_signals_do_not_reach_others(
        self, sandbox: Sandbox, run_folders: RunFolders, bystander: "subprocess.Popen[bytes]"
    ):
        code = """
import signal
for pid in range(3, 4_000_000 if len(sys.argv) > 2 else 70_000):
    if pid != os.getpid():
        try:
            os.kill(pid, signal.SIGKILL)
            print(pid, "SUCCEEDED")
        except ProcessLookupError:
            pass
attempt("bystander", lambda: os.kill(int(sys.argv[1]), signal.SIGKILL))
try:
    os.kill(-1, signal.SIGKILL)
except OSError as error:
    pass
"""
        refused = self.refused(sandbox, code, run_folders, str(bystander.pid))
        assert refused == {"bystander": "ESRCH"}
        assert bystander.poll() is None

    def test_processes_cannot_be_traced_or_read(self, sandbox: Sandbox, run_folders: RunFolders):
        code = """
import platform
X86 = platform.machine() == "x86_64"
attempt("trace the first", lambda: syscall(101 if X86 else 117, 16, 1, 0, 0))
attempt("trace me", lambda: syscall(101 if X86 else 117, 0, 0, 0, 0))
attempt("read memory", lambda: syscall(310 if X86 else 270, 1, 0, 0, 0, 0, 0))
attempt("memory of the first", lambda: open("/proc/1/mem", "rb").read(1))
"""
        assert set(self.refused(sandbox, code, run_folders).values()) <= {"EPERM", "EACCES", "EIO"}

    # more rights

    def test_no_more_rights_can_be_had(self, sandbox: Sandbox, run_folders: RunFolders):
        code = """
attempt("root", lambda: os.setuid(0))
attempt("root's group", lambda: os.setgid(0))
attempt("groups", lambda: os.setgroups([0]))
attempt("own file to root", lambda: (open("mine", "w").close(), os.chown("mine", 0, 0)))
attempt("more open files", lambda: __import__("resource").setrlimit(7, (100_000, 100_000)))
attempt("more important", lambda: os.nice(-10))
status = open("/proc/self/status").read()
for line in status.splitlines():
    if line.startswith(("CapPrm", "CapEff", "CapAmb")) and int(line.split()[1], 16):
        print(line, "SUCCEEDED")
    if line.startswith("NoNewPrivs") and line.split()[1] != "1":
        print(line, "SUCCEEDED")
if os.getuid() == 0:
    print("root SUCCEEDED")
"""
        assert set(self.refused(sandbox, code, run_folders).values()) <= {"EPERM", "EACCES", "EINVAL", "ValueError"}

    def test_programs_that_change_the_user_do_not(self, sandbox: Sandbox, run_folders: RunFolders):
        code = """
import shutil, subprocess
shutil.copy("/usr/bin/id", "id")
os.chmod("id", 0o6777)
print(subprocess.run(["./id", "-u"], capture_output=True, text=True).stdout.strip() == str(os.getuid()))
copied = subprocess.run(["sh", "-c", "cp /usr/bin/id /tmp/id; chmod 6777 /tmp/id; /tmp/id -u"], capture_output=True)
print(int(copied.stdout) == os.getuid())
"""
        assert self.run(sandbox, code, run_folders).output == "True\nTrue\n"
        assert stat.S_IMODE((run_folders.files / "id").stat().st_mode) & 0o6000 == 0

    def test_the_kernel_s_doors_are_closed(self, sandbox: Sandbox, run_folders: RunFolders):
        code = """
import platform
X86 = platform.machine() == "x86_64"
def number(x86, arm):
    return x86 if X86 else arm
attempt("new user namespace", lambda: call(libc.unshare, 0x10000000))
attempt("new mounts", lambda: call(libc.unshare, 0x00020000))
attempt("clone into namespaces", lambda: syscall(number(56, 220), 0x10000000 | 17, 0, 0, 0, 0))
attempt("clone3", lambda: syscall(435, 0, 0))
attempt("join a namespace", lambda: call(libc.setns, os.open("/proc/1/ns/mnt", os.O_RDONLY), 0))
attempt("mount", lambda: call(libc.mount, b"none", b"/workspace", b"tmpfs", 0, None))
attempt("mount control groups", lambda: call(libc.mount, b"none", b"/workspace", b"cgroup2", 0, None))
attempt("remount", lambda: call(libc.mount, b"none", b"/usr", None, 32 | 4096, None))
attempt("new mount interface", lambda: syscall(430, 0, 0))
attempt("chroot", lambda: os.chroot("/workspace"))
attempt("file by handle", lambda: syscall(number(304, 265), -100, 0, 0))
attempt("bpf", lambda: syscall(number(321, 280), 0, 0, 0))
attempt("perf", lambda: syscall(number(298, 241), 0, 0, 0, 0, 0))
attempt("keys", lambda: syscall(number(250, 219), 0, -3, 0))
attempt("io_uring", lambda: syscall(425, 1, 0))
attempt("userfaultfd", lambda: syscall(number(323, 282), 0))
attempt("kernel log", lambda: syscall(number(103, 116), 3, 0, 0))
attempt("load a kernel", lambda: syscall(number(246, 104), 0, 0, 0, 0))
attempt("load a module", lambda: syscall(number(175, 105), 0, 0, 0))
attempt("reboot", lambda: syscall(number(169, 142), 0, 0, 0, 0))
attempt("the clock", lambda: __import__("time").clock_settime(0, 0.0))
attempt("the host's name", lambda: socket.sethostname("mine"))
attempt("type into a terminal", lambda: __import__("fcntl").ioctl(0, 0x5412, b"x"))
for path in ("/dev/mem", "/dev/kmsg", "/dev/kvm", "/dev/fuse", "/dev/net/tun", "/dev/vda", "/dev/sda", "/proc/kcore"):
    attempt(path, lambda: open(path, "rb").read(1))
for path in ("/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern", "/proc/sys/vm/drop_caches"):
    attempt(path, lambda: open(path, "w").write("1"))
"""
        reasons = self.refused(sandbox, code, run_folders)
        assert len(reasons) == 34
        assert {reasons["clone3"], reasons["io_uring"]} == {"ENOSYS"}
        doors = ["new user namespace", "clone into namespaces", "bpf", "keys", "perf", "userfaultfd", "chroot"]
        assert {reasons[door] for door in doors} == {"EPERM"}


class TestEscapesFromBubblewrap(OfRoot, Escapes):
    def test_code_runs_as_a_user_who_owns_nothing_else(self, sandbox: Sandbox, run_folders: RunFolders):
        self.run(sandbox, "open('made', 'w').close()", run_folders)
        owner = (run_folders.files / "made").stat().st_uid
        if os.geteuid() == 0:
            assert owner >= 1_000
            assert owner not in {entry.stat().st_uid for entry in Path("/").iterdir()}
        else:
            assert owner == os.geteuid()


class TestEscapesFromBubblewrapOfAnOrdinaryUser(OfAnybody, Escapes):
    def test_the_sandbox_s_maker_is_no_root(self, sandbox: Sandbox, run_folders: RunFolders):
        self.run(sandbox, "open('made', 'w').close()", run_folders)
        assert (run_folders.files / "made").stat().st_uid == (NOBODY if os.geteuid() == 0 else os.geteuid())
