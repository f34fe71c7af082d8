"""A real systemd, as the first process of its own namespaces, on an overlay of this machine's own root or another tree.

Needs root, util-linux and systemd, nothing else. What is written inside goes to memory and is gone afterwards; the
machine's files are the lower layer and stay as they are.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

# Where the unified cgroup hierarchy is: on hybrid machines beside the old ones.
_CGROUPS = Path("/sys/fs/cgroup/unified")
if not _CGROUPS.is_dir():
    _CGROUPS = Path("/sys/fs/cgroup")
# Services that this machine may have enabled and the box has no use for.
_MASKED = [
    *("nginx", "postgresql", "postgresql@15-main", "postfix", "exim4", "ssh", "cron", "docker", "containerd"),
    *("systemd-timesyncd", "systemd-networkd", "systemd-resolved", "e2scrub_reap", "fstrim", "getty@", "console-getty"),
]
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# The root is made beside the old one and entered for good. /proc/sys is read-only, so that the box's systemd does not
# set this machine's kernel parameters; mounts are shared, or credentials would not reach the services.
_SCRIPT = """set -e; T={tmp}; R=$T/o/m
mount -t tmpfs tmpfs $T/o; mkdir $T/o/up $T/o/work $T/o/m; chmod 755 $T/o/up $T/o/m
cp -a $T/stage/. $T/o/up/; chmod 755 $T/o/up
mount -t overlay overlay -o lowerdir={root},upperdir=$T/o/up,workdir=$T/o/work $R
mount -t proc proc $R/proc; mount --bind $R/proc/sys $R/proc/sys; mount -o remount,bind,ro $R/proc/sys
mount -t sysfs -o ro sysfs $R/sys; mount -t cgroup2 cgroup2 $R/sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs $R/dev
for d in null zero full random urandom tty; do touch $R/dev/$d; mount --bind /dev/$d $R/dev/$d; done
mkdir $R/dev/pts $R/dev/shm; mount -t devpts -o newinstance,ptmxmode=0666 devpts $R/dev/pts
ln -s pts/ptmx $R/dev/ptmx
for i in "fd fd" "fd/0 stdin" "fd/1 stdout" "fd/2 stderr"; do set -- $i; ln -s /proc/self/$1 $R/dev/$2; done
mount -t tmpfs -o mode=755 tmpfs $R/run; mount -t tmpfs -o mode=1777 tmpfs $R/tmp
{binds}
{network}
cd $R; mkdir -p mnt/old; pivot_root . mnt/old; umount -l /mnt/old; mount --make-rshared /
exec env -i container=other PATH={path} /lib/systemd/systemd --log-target=journal --show-status=no
"""


class Box:
    """`with Box(binds=[folder]) as box: box.run("systemctl", "start", "monitor")`.

    `binds` are files and folders that are seen inside at the same path, read-only; they must not lie below /run or
    /proc. `root` is the tree that is booted. The box has a network of its own unless it is to share the machine's.
    """

    def __init__(
        self,
        binds: Sequence[Path] = (),
        boot_patience_s: float = 120.0,
        root: Path = Path("/"),
        share_network: bool = False,
    ) -> None:
        self._binds, self._patience_s = binds, boot_patience_s
        self._root, self._share_network = root, share_network
        self._folder = Path(tempfile.mkdtemp(prefix="systemd-box-"))
        self._cgroup = _CGROUPS / self._folder.name
        self._leader = ""

    def __enter__(self) -> Box:
        stage = self._folder / "stage" / "etc/systemd/system"
        stage.mkdir(parents=True)
        for unit in _MASKED:
            (stage / f"{unit}.service").symlink_to("/dev/null")
        (stage / "default.target").symlink_to("/lib/systemd/system/multi-user.target")
        (self._folder / "o").mkdir()
        payload = self._cgroup / "payload"
        payload.mkdir(parents=True)
        quoted = [shlex.quote(str(folder)) for folder in self._binds]
        binds = "\n".join(
            f"if [ -d {b} ]; then mkdir -p $R{b}; else mkdir -p $(dirname $R{b}); : >> $R{b}; fi;"
            f" mount --rbind {b} $R{b}; mount -o remount,bind,ro $R{b}"
            for b in quoted
        )
        script = _SCRIPT.format(
            tmp=shlex.quote(str(self._folder)),
            root=shlex.quote(str(self._root)),
            network=":" if self._share_network else "ip link set lo up",
            binds=binds,
            path=_PATH,
        )
        self._console = (self._folder / "console").open("wb")
        self._process = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "--uts", "--ipc", "--pid", "--cgroup", "--fork",
             "--kill-child=SIGKILL", *([] if self._share_network else ["--net"]), "bash", "-c", script],
            stdin=subprocess.DEVNULL, stdout=self._console, stderr=self._console, start_new_session=True,
            preexec_fn=lambda: (payload / "cgroup.procs").write_text(str(os.getpid())),
        )  # fmt: skip
        try:
            self._await_boot()
        except BaseException:
            self._end()
            raise
        return self

    def _await_boot(self) -> None:
        until = time.monotonic() + self._patience_s
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        while time.monotonic() < until and self._process.poll() is None:
            if found := children.read_text().split():
                self._leader = found[0]
                if self.run("systemctl", "is-system-running", check=False).strip() in ("running", "degraded"):
                    return
            time.sleep(0.1)
        raise RuntimeError(f"the box did not boot:\n{self.console()[-3000:]}")

    def console(self) -> str:
        """What systemd itself has said."""
        return (self._folder / "console").read_text(encoding="utf-8", errors="replace")

    def run(self, *command: str, check: bool = True, patience_s: float = 300.0, given: str = "") -> str:
        """Run a command inside as root; returns all it printed. A failure shows that."""
        inside = ["nsenter", "-t", self._leader, "-m", "-u", "-i", "-n", "-p", "-C", "-r", "-w", "env", "-i",
                  f"PATH={_PATH}", "HOME=/root", "LANG=C.UTF-8", *command]  # fmt: skip
        done = subprocess.run(
            inside,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            input=given,
            timeout=patience_s,
            check=False,
        )
        if check and done.returncode:
            raise AssertionError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}")
        return done.stdout

    def write(self, path: str, text: str, mode: str = "0644") -> None:
        """Write a file inside."""
        self.run("sh", "-c", f"mkdir -p $(dirname {path}) && cat > {path} && chmod {mode} {path}", given=text)

    def show(self, unit: str, prop: str) -> str:
        """A property of a unit."""
        return self.run("systemctl", "show", unit, f"-p{prop}", "--value").strip()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._end()

    def _end(self) -> None:
        try:
            if self._leader and self._process.poll() is None:
                self.run("systemctl", "poweroff", check=False, patience_s=20)
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()  # the first process of the box dies with it
            self._process.wait()
        self._console.close()
        for _ in range(40):
            inner = sorted((f for f in self._cgroup.rglob("*") if f.is_dir()), key=lambda f: -len(str(f)))
            for folder in (*inner, self._cgroup):
                with suppress(OSError):
                    folder.rmdir()
            if not self._cgroup.exists():
                break
            time.sleep(0.05)
        shutil.rmtree(self._folder, ignore_errors=True)
