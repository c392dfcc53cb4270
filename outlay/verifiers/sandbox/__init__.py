"""Runs untrusted programs in a process of their own and brings back nothing but text.

``process`` is the caller's side. It starts one worker a batch (``launcher`` and ``worker``: isolated Python without
site packages, an empty environment, a session and a private empty folder of its own, no inherited descriptors). For
every program the worker forks a child that gives up what it does not need (``rlimits``, ``seccomp``) before it compiles
a line of the program (``evaluation``). What the child writes is data, never a judgement: expected outputs never enter
the sandbox.

| layer | Linux on x86_64, aarch64 | other Linux | macOS | Windows |
|---|---|---|---|---|
| own process, empty environment, private folder, output limit, wall limit | yes | yes | yes | no sandbox |
| limits on CPU, file size, descriptors, core files | yes | yes | yes | - |
| limit on address space | yes | yes | not enforced by the system | - |
| limit on processes | yes | yes | yes, not for root | - |
| another user, if started as root | yes | yes | yes | - |
| dies with the worker | at once | at once | by its alarm | - |
| system calls: only memory, clock, exit and writes to what is open | yes | no | no | - |
| language: no attributes, imports, classes or private names | not needed | yes | yes | - |

Where the kernel offers no filter of system calls (the language row), a program may use only a closed part of Python in
which no object outside its own arithmetic can be reached. Windows has no ``fork``: the sandbox refuses to start.
"""
