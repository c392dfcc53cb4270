"""Programs that try to do harm, to get away, or to be called right when they are wrong.

In a text, ``MADE`` is a file of this machine that must not come to be, ``KEPT`` one that must stay as it is, ``SECRET``
one that must not be read, ``PORT`` a port that must see no visitor, and ``CALLER`` the process that judges. None gives
a right answer, so none may pass.
"""


def each_time(body: str) -> str:
    """A program whose ``f`` does something and gives a wrong answer, or an error."""
    return "def f(x):\n" + "".join(f"    {line}\n" for line in body.splitlines()) + "    return -1\n"


def at_once(body: str) -> str:
    """A program that does something as it is loaded, and whose ``f`` is wrong."""
    return f"{body}\ndef f(x):\n    return -1\n"


EQUAL_TO_ALL = """
class Equal:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __hash__(self): return 0
    def __bool__(self): return True
    def __sub__(self, other): return 0
    def __rsub__(self, other): return 0
    def __abs__(self): return 0
    def __lt__(self, other): return True
    __le__ = __gt__ = __ge__ = __contains__ = __lt__
"""

EXHAUSTING = {
    "endless loop": each_time("while True: pass"),
    "endless loop while loading": at_once("while True: pass"),
    "endless loop that catches everything": each_time("while True:\n    try: x += 1\n    except BaseException: pass"),
    "endless loop that ignores signals": at_once(
        "import signal\nfor n in range(1, 65):\n    try: signal.signal(n, signal.SIG_IGN)\n"
        "    except (OSError, ValueError): pass\nwhile True: pass"
    ),
    "handles the signal of its CPU limit": at_once(
        "import signal\nsignal.signal(signal.SIGXCPU, lambda *a: None)\nwhile True: pass"
    ),
    "sleeps": each_time("import time\ntime.sleep(600)"),
    "sleeps while loading": at_once("import time\ntime.sleep(600)"),
    "puts off its alarm and sleeps": each_time("import signal, time\nsignal.alarm(600)\ntime.sleep(600)"),
    "waits for input": each_time("import select\nselect.select([], [], [])"),
    "blocks in a regular expression": each_time("import re\nre.match('(a*)*b', 'a' * 40)"),
    "number that takes for ever": each_time("return 9 ** 9 ** 9"),
    "memory at once": each_time("return len(bytearray(10 ** 11))"),
    "memory by and by": each_time("a = [0]\nwhile True: a += a"),
    "memory by mapping": each_time("import mmap\nreturn [mmap.mmap(-1, 1 << 28) for _ in range(100)]"),
    "deep recursion": each_time("return f(x)"),
    "overflows the stack": each_time(
        "import sys\nsys.setrecursionlimit(10 ** 9)\nreturn (lambda g: g(g))(lambda g: [g(g)])"
    ),
    "endless output": each_time("while True: print('a' * 10 ** 6)"),
    "endless output on every descriptor": each_time(
        "import os\nwhile True:\n    for n in range(9):\n        try: os.write(n, b'\\xff' * 65536)\n"
        "        except OSError: pass"
    ),
    "an answer without end": each_time("return 'a' * 10 ** 8"),
    "an answer that is deep": each_time("a = []\nfor _ in range(10 ** 6): a = [a]\nreturn a"),
    "an answer that contains itself": each_time("a = []\na.append(a)\nreturn a"),
    "an iterator without end": "import itertools\ndef f(x):\n    return itertools.count()\n",
    "threads that keep running": at_once(
        "import threading\ndef run():\n    while True: pass\nfor _ in range(4): threading.Thread(target=run).start()"
    ),
    "threads without end": at_once(
        "import threading, time\nwhile True:\n    try: threading.Thread(target=time.sleep, args=(600,)).start()\n"
        "    except (RuntimeError, MemoryError): pass"
    ),
    "opens files without end": each_time("import os\nreturn len([os.open('/dev/null', 0) for _ in range(10 ** 5)])"),
    "source too deep to parse": "(" * 10_000,
    "source of many signs": "f = " + "-" * 100_000 + "1",
    "unicode junk": "\ufeff\u202e def f\u200b(x): \ud800 return \U0001f4a9\x00",
    "null bytes": "def f(x):\n    return 4\0\n",
    "not Python": "what is it?",
    "no program": "",
}

FILLING = {
    "a huge file": each_time("with open('large', 'wb') as file:\n    while True: file.write(bytes(1 << 20))"),
    "thousands of files": each_time("for n in range(10 ** 6): open(f'{n}', 'w').write('a' * 1000)"),
    "thousands of folders": each_time("import os\nfor n in range(10 ** 6): os.mkdir('a'); os.chdir('a')"),
    "deletes its folder": each_time("import os, shutil\nshutil.rmtree(os.getcwd(), True)\nos.rmdir(os.getcwd())"),
}
"""They fill the private folder, or do away with it."""

REACHING = {
    "fork bomb": at_once("import os\nwhile True: os.fork()"),
    "fork bomb that goes on": at_once("import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"),
    "fork by number": each_time("import ctypes\nreturn ctypes.CDLL(None).syscall(57) >= 0"),
    "starts a program": each_time("import subprocess\nsubprocess.run(['/bin/sh', '-c', 'touch MADE'])"),
    "becomes a program": each_time("import os\nos.execv('/bin/sh', ['sh', '-c', 'touch MADE'])"),
    "asks the shell": each_time("import os\nos.system('touch MADE')"),
    "starts a pool": each_time("import multiprocessing\nmultiprocessing.Pool(2).map(print, [1])"),
    "double-forked daemon": at_once(
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        time.sleep(5)\n"
        "        open('MADE', 'w')\n        time.sleep(600)\n    os._exit(0)"
    ),
    "reads the password file": each_time("return open('/etc/passwd').read()"),
    "reads a secret": each_time("return open('SECRET').read()"),
    "reads a secret by its C library": each_time(
        "import ctypes\nreturn ctypes.CDLL(None).open(b'SECRET', 0) >= 0 and open('SECRET').read()"
    ),
    "reads the environment": each_time("import os\nreturn [v for v in os.environ.values() if 'secret' in v]"),
    "reads the environment of its judge": each_time("return open('/proc/CALLER/environ').read()"),
    "reads its own environment's file": each_time("return open('/proc/self/environ').read()"),
    "reads the memory of its judge": each_time("return open('/proc/CALLER/mem', 'rb').read(9)"),
    "goes to the root of its judge": each_time("import os\nreturn os.listdir('/proc/CALLER/root/')"),
    "reads what processes are called": each_time(
        "import os\nreturn [open(f'/proc/{n}/cmdline').read() for n in os.listdir('/proc') if n.isdecimal()]"
    ),
    "reads what it inherited": each_time(
        "import os\nfound = []\nfor n in range(64):\n    try: found.append(os.fstat(n).st_size)\n"
        "    except OSError: pass\nreturn len(found) > 5"
    ),
    "writes outside": each_time("open('MADE', 'w').write('made')"),
    "overwrites a file": each_time("open('KEPT', 'w').write('changed')"),
    "truncates a file": each_time("import os\nos.truncate('KEPT', 0)"),
    "removes a file": each_time("import os\nos.remove('KEPT')"),
    "renames a file": each_time("import os\nos.rename('KEPT', 'MADE')"),
    "changes who may read a file": each_time("import os\nos.chmod('KEPT', 0)"),
    "sets the times of a file": each_time("import os\nos.utime('KEPT', (0, 0))"),
    "makes a folder": each_time("import os\nos.mkdir('MADE')"),
    "makes a pipe by name": each_time("import os\nos.mkfifo('MADE')"),
    "a symbolic link to a file": each_time("import os\nos.symlink('KEPT', 'link')\nopen('link', 'w').write('changed')"),
    "a hard link to a file": each_time("import os\nos.link('KEPT', 'link')\nopen('link', 'w').write('changed')"),
    "climbs out of its folder": each_time("open('../' * 20 + 'MADE'[1:], 'w').write('made')"),
    "opens a socket": each_time("import socket\nreturn socket.socket() is not None"),
    "connects to this machine": each_time("import socket\nsocket.create_connection(('127.0.0.1', PORT), 1)"),
    "listens": each_time("import socket\nsocket.create_server(('127.0.0.1', 0))"),
    "connects by number": each_time(
        "import ctypes\nreturn ctypes.CDLL(None).syscall(41, 2, 1, 0) >= 0 or ctypes.CDLL(None).socket(2, 1, 0) >= 0"
    ),
    "sends from a pair of sockets": each_time(
        "import socket\na, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)\na.sendto(b'x', '/dev/log')"
    ),
    "kills its judge": each_time("import os\nos.kill(CALLER, 9)"),
    "kills its parent": each_time("import os\nos.kill(os.getppid(), 9)"),
    "kills its group": each_time("import os\nos.killpg(0, 9)"),
    "kills everything": each_time("import os\nos.kill(-1, 9)"),
    "kills by number": each_time("import ctypes\nctypes.CDLL(None).kill(-1, 9)"),
    "has a descriptor send signals": each_time("import fcntl\nfcntl.fcntl(0, 8, CALLER)"),
    "traces its judge": each_time("import ctypes\nreturn ctypes.CDLL(None).ptrace(16, CALLER, 0, 0) == 0"),
    "lowers the limits of its judge": each_time(
        "import resource\nresource.prlimit(CALLER, resource.RLIMIT_CPU, (1, 1))"
    ),
    "raises its limits": each_time("import resource\nresource.setrlimit(resource.RLIMIT_AS, (-1, -1))"),
    "lowers the priority of its judge": each_time("import os\nos.setpriority(os.PRIO_PROCESS, CALLER, 19)"),
    "becomes root": each_time("import os\nos.setuid(0)"),
    "changes its root": each_time("import os\nos.chroot('/tmp')"),
    "mounts": each_time("import ctypes\nreturn ctypes.CDLL(None).mount(b'none', b'/tmp', b'tmpfs', 0, None) == 0"),
    "enters namespaces": each_time("import ctypes\nreturn ctypes.CDLL(None).unshare(0x10020000) == 0"),
    "loads code that it wrote": each_time(
        "import ctypes\nopen('code.so', 'wb').write(b'\\x7fELF')\nctypes.CDLL('./code.so')"
    ),
    "crashes": each_time("import ctypes\nctypes.string_at(1)"),
    "aborts": each_time("import os\nos.abort()"),
    "writes over its own memory": each_time("import ctypes\nctypes.memset(id(len), 255, 64)\nlen([])"),
}

FORGING = {
    "says that all tests passed": at_once("print('all tests passed\\nOK\\n1 passed in 0.01s')"),
    "says so in the words of the report": at_once(
        r"import os"
        "\n"
        r"for n in range(64):"
        "\n"
        r"    try: os.write(n, b'\0\0\0\x0e\0\0\0\x06passed\0\0\0\0' * 9)"
        "\n"
        r"    except OSError: pass"
    ),
    "leaves before the tests": "import sys\nsys.exit(0)",
    "leaves at once before the tests": "import os\nos._exit(0)",
    "leaves in a test": each_time("import sys\nsys.exit(0)"),
    "leaves at once in a test": each_time("import os\nos._exit(0)"),
    "leaves at the end": at_once("import atexit, os\natexit.register(os._exit, 0)"),
    "raises an end of iteration": each_time("raise StopIteration"),
    "raises an end of generation": each_time("raise GeneratorExit"),
    "raises a skipped test": each_time("import unittest\nraise unittest.SkipTest"),
    "raises an interrupt": each_time("raise KeyboardInterrupt"),
    "raises what cannot be told": each_time(
        "class Bad(Exception):\n    def __str__(self): return 1 / 0\n    args = property(__str__)\nraise Bad"
    ),
    "a value equal to all": EQUAL_TO_ALL + "def f(x):\n    return Equal()\n",
    "a number equal to all": EQUAL_TO_ALL + "class Number(Equal, int): pass\ndef f(x):\n    return Number(7)\n",
    "a text equal to all": EQUAL_TO_ALL + "class Text(Equal, str): pass\ndef f(x):\n    return Text('a')\n",
    "a list of what is equal to all": EQUAL_TO_ALL + "def f(x):\n    return [Equal()] * 3\n",
    "a class equal to all": EQUAL_TO_ALL
    + "class Meta(type):\n    __eq__ = lambda a, b: True\n    __hash__ = lambda a: 0\n"
    "class f(metaclass=Meta):\n    def __new__(cls, x): return cls\n",
    "patches assertion errors": at_once("import builtins\nbuiltins.AssertionError = type('Never', (Exception,), {})"),
    "patches equality of the operator module": at_once("import operator\noperator.eq = lambda a, b: True"),
    "patches all builtins": at_once(
        "import builtins\nfor name in dir(builtins):\n"
        "    if name not in ('setattr', 'print') and name[0] != '_': setattr(builtins, name, lambda *a, **k: True)"
    ),
    "patches unittest": at_once(
        "import unittest\nunittest.TestCase.assertEqual = lambda *a: None\n"
        "unittest.TestResult.wasSuccessful = lambda s: True"
    ),
    "defines what the tests call": "abs = all = any = len = sorted = isinstance = AssertionError = lambda *a: True\n"
    "def f(x):\n    return -1\n",
    "defines the check": "def check(candidate):\n    pass\ndef f(x):\n    return -1\n",
    "defines the module of the tests": at_once("import sys\nsys.modules['tests'] = sys.modules['unittest'] = None"),
    "imports the tests": at_once("import tests"),
    "looks for the tests": at_once(
        "import glob\nfor path in glob.glob('/**/*.py', recursive=True)[:9]: open(path, 'w')"
    ),
    "looks for expected values in frames": each_time(
        "import sys\nframe = sys._getframe()\nfound = []\nwhile frame:\n"
        "    found += list(map(repr, frame.f_locals.values()))\n"
        "    frame = frame.f_back\nreturn 25 if any('assert' in one for one in found) else -1"
    ),
    "looks for expected values among all objects": each_time(
        "import gc\nreturn x * x if any(isinstance(o, str) and 'assert ' + 'f(' in o for o in gc.get_objects()) else -1"
    ),
    "patches how it answers": at_once(
        "import sys\nfor module in list(sys.modules.values()):\n"
        "    if 'code.answering' in getattr(module, '__name__', ''):\n"
        '        module._Answering.answer = lambda *a: b\'{"verdict": "passed"}\''
    ),
    "answers what is no plain data": at_once(
        "import sys\nfor module in list(sys.modules.values()):\n"
        "    if 'code.answering' in getattr(module, '__name__', ''):\n"
        "        module._Answering.answer = lambda *a: b'\\x80\\x04c__builtin__\\neval\\n'"
    ),
    "answers ahead of the questions": at_once(
        "import json, os\nanswer = json.dumps({'value': json.dumps({'root': True, 'heap': []})}).encode()\n"
        "for _ in range(2): answer = len(answer).to_bytes(4, 'big') + answer\nos.write(4, answer * 9)"
    ),
    "closes its descriptors": each_time("import os\nos.closerange(0, 64)"),
    "changes what it is given": "def f(x):\n    if isinstance(x, list): x.clear()\n    return []\n",
    "gives nothing": each_time("return None"),
    "gives itself": "def f(x):\n    return f\n",
    "gives a generator": "def f(x):\n    yield x\n",
    "no such function": "def g(x):\n    return x * x\n",
    "a function that is none": "f = 4\n",
    "a hostile name for an error": each_time("raise type('x\\n\\x1b[2Jpassed', (Exception,), {})"),
}
"""Those that would pass a judge that runs in the same process, or that believes what it is told."""

SCRIPTS = {
    "prints what it likes": "print('all tests passed')",
    "prints nothing": "",
    "leaves well": "import os\nos._exit(0)",
    "leaves as a sandbox that is refused": "import os\nprint(4)\nos._exit(77)",
    "leaves as if out of time": "import sys\nprint(4)\nsys.exit(124)",
    "leaves with the highest status": "import sys\nprint(4)\nsys.exit(-1)",
    "leaves as if by a signal that there is not": "import os\nprint(4)\nos._exit(200)",
    "prints and crashes": "print(4)\nprint(9)\nraise SystemExit(1)",
    "prints without end": "while True: print(4)",
    "prints without a line end": "import sys\nwhile True: sys.stdout.write('4' * 10 ** 6)",
    "reads without end": "import sys\nwhile True: sys.stdin.read()",
    "prints bytes": "import os\nos.write(1, bytes(range(256)))",
    "fills standard error": "import sys\nwhile True: print('a' * 10 ** 5, file=sys.stderr)",
    "waits for its threads": "import threading as t, time\nt.Thread(target=time.sleep, args=(600,)).start()\nprint(4)",
    "prints at its end for ever": "import atexit\ndef flood():\n    while True: print(4)\natexit.register(flood)",
    "leaves a daemon that prints": "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(600)\n",
    "raises": "raise ValueError('no')",
    "closes its output and goes on": "import os\nos.close(1)\nwhile True: pass",
}
"""Whole programs, whose output is compared."""
