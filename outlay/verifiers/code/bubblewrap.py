"""The command line of ``bwrap``, for systems that have it: it makes namespaces and a private root where it may."""

import shutil
from collections.abc import Sequence

_USER = "65534"
_TEMPORARY = "/tmp"  # noqa: S108 (private to the sandbox)


def command(inner: Sequence[str], visible: Sequence[str], megabytes: int) -> list[str]:
    """A command that runs another one in a view of the system without network, processes, environment or files.

    Args:
        inner: the command to run; its first word is a path.
        visible: folders that can be read at the same place, and nothing else can.
        megabytes: what ``/tmp`` may hold.
    """
    shown = [word for one in visible for word in ("--ro-bind", one, one)]
    return [
        shutil.which("bwrap") or "bwrap",
        "--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try",
        "--uid", _USER, "--gid", _USER, "--cap-drop", "ALL", "--hostname", "sandbox",
        "--die-with-parent", "--new-session", "--clearenv",
        *shown, "--dev", "/dev", "--size", str(megabytes << 20), "--tmpfs", _TEMPORARY,
        "--remount-ro", "/", "--chdir", _TEMPORARY, "--", *inner,
    ]  # fmt: skip
