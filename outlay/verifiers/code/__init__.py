"""Runs whole untrusted programs against tests, and lets no program have a say in its own verdict.

**The verdict.** A program that is a script meets its input in a process of its own, and its output is compared here
(``stream_tests``). A program whose functions are tested is one process and the tests are another (``function_tests``):

    outlay  ── tests, program ──>  tests (trial)  ── arguments ──>  program (answering)
            <── pass or fail ────                 <── plain data ──

The names that tests take from the program are stand-ins (``remote``) whose calls cross by a pipe. What crosses is plain
data (``plain``): None, numbers, text, bytes, ranges, lists, tuples, sets, dictionaries, made anew from Python's own
types on the tests' side, so that every comparison is Python's own. The program sees the arguments of one call at a
time: no tests, no expected values, no report to write to. What it prints, patches or raises, and how it exits, is its
own affair. Objects of the program's classes stay where they are: tests may call their methods and read attributes.

Not judged, and said so, are tests that compare or calculate with such an object, ask whether a value is one of its
class, pass a function or an object of their own to the program, replace a part of it by ``unittest.mock``, or need
packages beyond Python's library. What a call does to a list, dictionary or set that it was given is seen by the tests
if it returns None, as such functions do, and not if it returns a value: a program could otherwise change the very data
by which that value is about to be judged. A test that lets the program judge itself, as ``assert same(f(2), 4)`` with
the program's own ``same``, is believed.

**The sandbox.** Both processes are shut in alike, tests being untrusted too (``cell``). ``layers`` tries the isolations
of this machine and takes the first whose walls hold; ``outlay verify doctor`` shows each layer as it is tried.

| layer | bubblewrap | namespaces | confined | other than Linux |
|---|---|---|---|---|
| no network | own network and no sockets | own network and no sockets | no sockets (filter) | no |
| no sight of files | private root | private root | Landlock, from Linux 5.13 | no |
| no writing outside | private root, read-only | private root, read-only | no writing at all (filter) | no |
| private ``/tmp`` in memory, limited | yes | yes | no files can be written | a folder |
| no environment, no inherited descriptors | yes | yes | yes | yes |
| other processes neither seen nor signalled | own process namespace, filter | same | Landlock, filter | no |
| no new processes, no ptrace, mount, namespaces | filter | filter | filter | limit on processes |
| no capabilities, no core files, not dumpable | yes | yes | yes | no core files |
| another user, if started as root | yes | yes | if Python can be read by all | if so, too |
| limits on CPU, memory, file size, descriptors | yes | yes | yes | memory is not held by macOS |
| limits on wall time and output; all ended at the end | yes | yes | yes | daemons may get away |
| ends with the caller | yes | yes | yes | by its alarm |

The filter of system calls (``system_calls``) is for x86_64 and aarch64. Namespaces need root or a system that grants
user namespaces. Python's own library can be imported and no other; Windows has no sandbox, and nothing is run there.
"""
