"""The filter of system calls for whole programs: they import, compute, read, wait and start threads, and little else.

No call makes a process, a socket to anywhere, a mount or a namespace, none signals or traces another process, and none
changes who owns a file or who may read it. What is not on the list gives ``EPERM``.
"""

from outlay.verifiers.sandbox.seccomp import Check, Checks, Numbers, install


def _table(text: str) -> Numbers:
    """System calls from ``name x86_64 aarch64`` with semicolons between; ``-`` where a machine lacks the call."""
    rows = (one.split() for one in text.split(";"))
    return {name: (_number(x86_64), _number(aarch64)) for name, x86_64, aarch64 in rows}


def _number(text: str) -> int | None:
    return None if text == "-" else int(text)


_READS = _table("""
    mmap 9 222; mprotect 10 226; munmap 11 215; brk 12 214; mremap 25 216; madvise 28 233; mincore 27 232;
    futex 202 98; set_robust_list 273 99; get_robust_list 274 100; set_tid_address 218 96; rseq 334 293;
    membarrier 324 283; sched_yield 24 124; sched_getaffinity 204 123; sched_getparam 143 121;
    sched_getscheduler 145 120; getcpu 309 168; clone 56 220; exit 60 93; exit_group 231 94; restart_syscall 219 128;
    arch_prctl 158 -; prctl 157 167; prlimit64 302 261; getrlimit 97 163; getrusage 98 165; getrandom 318 278;
    uname 63 160; sysinfo 99 179; getpid 39 172; gettid 186 178; getppid 110 173; getpgrp 111 -; getpgid 121 155;
    getsid 124 156; getuid 102 174; geteuid 107 175; getgid 104 176; getegid 108 177; getgroups 115 158;
    getresuid 118 148; getresgid 120 150; times 100 153; umask 95 166; gettimeofday 96 169; time 201 -;
    clock_gettime 228 113; clock_getres 229 114; clock_nanosleep 230 115; nanosleep 35 101; getitimer 36 102;
    setitimer 38 103; alarm 37 -; pause 34 -; rt_sigaction 13 134; rt_sigprocmask 14 135; rt_sigreturn 15 139;
    rt_sigpending 127 136; rt_sigtimedwait 128 137; rt_sigsuspend 130 133; sigaltstack 131 132; read 0 63;
    pread64 17 67; readv 19 65; open 2 -; openat 257 56; close 3 57; close_range 436 436; fstat 5 80; stat 4 -;
    lstat 6 -; newfstatat 262 79; statx 332 291; statfs 137 43; fstatfs 138 44; access 21 -; faccessat 269 48;
    faccessat2 439 439; readlink 89 -; readlinkat 267 78; getdents 78 -; getdents64 217 61; getcwd 79 17; chdir 80 49;
    fchdir 81 50; lseek 8 62; dup 32 23; dup2 33 -; dup3 292 24; fcntl 72 25; ioctl 16 29; flock 73 32; poll 7 -;
    ppoll 271 73; select 23 -; pselect6 270 72; epoll_create 213 -; epoll_create1 291 20; epoll_ctl 233 21;
    epoll_wait 232 -; epoll_pwait 281 22; eventfd2 290 19; pipe 22 -; pipe2 293 59; socketpair 53 199;
    getsockname 51 204; getsockopt 55 209; sendto 44 206; recvfrom 45 207; shutdown 48 210; write 1 64;
    pwrite64 18 68; writev 20 66; fsync 74 82; fdatasync 75 83
    """)
_WRITES = _table("""
    ftruncate 77 46; rename 82 -; renameat 264 38; renameat2 316 276; mkdir 83 -; mkdirat 258 34; rmdir 84 -;
    unlink 87 -; unlinkat 263 35
    """)
# Told apart from a refusal: the C library then falls back on ``clone``, whose flags a filter can see.
_ABSENT = _table("clone3 435 435; openat2 437 437")

_ALL = 0xFFFFFFFF
_THREAD, _NAMESPACES = 0x10000, 0x7E020000
_UNIX = 1
_NAME_THREAD, _THREAD_NAME = 15, 16
_OWN = 0
_COPY, _FLAGS, _LOCKS, _COPY_CLOSED = (0,), (1, 2, 3, 4), (5, 6, 7), (1030,)
_TERMINAL, _SIZE, _WAITING, _KEEP_OPEN, _CLOSE, _BLOCK = 0x5401, 0x5413, 0x541B, 0x5450, 0x5451, 0x5421
_CHECKS: Checks = {
    "clone": (Check(0, _THREAD | _NAMESPACES, (_THREAD,)),),
    "socketpair": (Check(0, _ALL, (_UNIX,)),),
    "sendto": (Check(4, _ALL, (0,)), Check(4, _ALL, (0,), high=True)),
    "prctl": (Check(0, _ALL, (_NAME_THREAD, _THREAD_NAME)),),
    "prlimit64": (Check(0, _ALL, (_OWN,)),),
    "fcntl": (Check(1, _ALL, (*_COPY, *_FLAGS, *_LOCKS, *_COPY_CLOSED)),),
    "ioctl": (Check(1, _ALL, (_TERMINAL, _SIZE, _WAITING, _KEEP_OPEN, _CLOSE, _BLOCK)),),
}
_OPENED_FOR_WRITING = 0x3 | 0x40 | 0x200
"""``O_ACCMODE``, ``O_CREAT`` and ``O_TRUNC``."""
_READ_ONLY: Checks = {
    **_CHECKS,
    "open": (Check(1, _OPENED_FOR_WRITING, (0,)),),
    "openat": (Check(2, _OPENED_FOR_WRITING, (0,)),),
}


def filter_calls(writes: bool) -> bool:
    """Filter this process's system calls from now on; False where the system has no such filter.

    Args:
        writes: whether files may be written, which is safe only where all that can be seen is private.
    """
    if writes:
        return install({**_READS, **_WRITES}, _CHECKS, _ABSENT)
    return install(_READS, _READ_ONLY, _ABSENT)
