"""What runs on this machine."""

import psutil


def runs(pid: int) -> bool:
    """Whether a process with this id runs; one that ended and waits for its parent does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
