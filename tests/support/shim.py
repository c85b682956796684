"""Makes the kernel misbehave for one server: a C library that stands before the system's calls (LD_PRELOAD)."""

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

SLOW_FLUSH = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>
static int slow(const char *name, int fd) { usleep(1000); return ((int (*)(int)) dlsym(RTLD_NEXT, name))(fd); }
int fsync(int fd) { return slow("fsync", fd); }
int fdatasync(int fd) { return slow("fdatasync", fd); }
"""
"""Every flush takes one millisecond longer."""

FULL_DISK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
/* No room for a table file to grow while FLAG exists; what is there can be written again. */
static int full(int fd, off_t end) {
  char link[64], path[512]; struct stat st;
  if (access(FLAG, F_OK) != 0) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, path, sizeof path - 1);
  if (n < 0) return 0;
  path[n] = 0;
  return strstr(path, "/base/") && fstat(fd, &st) == 0 && end > st.st_size;
}
static ssize_t refuse(void) { errno = ENOSPC; return -1; }
#define REAL(name, type) ((type) dlsym(RTLD_NEXT, name))
ssize_t pwrite(int fd, const void *b, size_t n, off_t at) {
  return full(fd, at + n) ? refuse() : REAL("pwrite", ssize_t (*)(int, const void *, size_t, off_t))(fd, b, n, at); }
ssize_t pwrite64(int fd, const void *b, size_t n, off_t at) { return pwrite(fd, b, n, at); }
ssize_t pwritev(int fd, const struct iovec *v, int c, off_t at) {
  size_t n = 0; for (int i = 0; i < c; i++) n += v[i].iov_len;
  if (full(fd, at + n)) return refuse();
  return REAL("pwritev", ssize_t (*)(int, const struct iovec *, int, off_t))(fd, v, c, at); }
ssize_t pwritev64(int fd, const struct iovec *v, int c, off_t at) { return pwritev(fd, v, c, at); }
int posix_fallocate(int fd, off_t at, off_t n) {
  return full(fd, at + n) ? ENOSPC : REAL("posix_fallocate", int (*)(int, off_t, off_t))(fd, at, n); }
int posix_fallocate64(int fd, off_t at, off_t n) { return posix_fallocate(fd, at, n); }
"""
"""Table files cannot grow while the file FLAG exists."""


@contextlib.contextmanager
def preloaded(source: str) -> Iterator[tuple[dict[str, str], Path]]:
    """The environment for a server behind the shim, and the path of its flag (FLAG in the source)."""
    if shutil.which("gcc") is None:
        pytest.skip("NO gcc ON THIS MACHINE: the shim cannot be compiled, this fault is not tested")
    folder = Path(tempfile.mkdtemp(prefix="enforcement-shim-"))
    folder.chmod(0o755)
    flag = folder / "flag"
    try:
        (folder / "shim.c").write_text(source)
        library = folder / "shim.so"
        define = f'-DFLAG="{flag}"'
        subprocess.run(["gcc", "-shared", "-fPIC", "-O2", define, "-o", library, folder / "shim.c", "-ldl"], check=True)
        yield {"LD_PRELOAD": str(library)}, flag
    finally:
        shutil.rmtree(folder)
