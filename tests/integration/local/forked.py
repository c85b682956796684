"""What a forked process finds, told in its log: for test_fork_server.py."""

import json
import os
import signal
import sys
import threading

if sys.argv[1:] == ["fails"]:
    raise SystemExit("no such place")
found = {
    "pid": os.getpid(),
    "group": os.getpgid(0),
    "arguments": sys.argv[1:],
    "folder": os.getcwd(),
    "environment": dict(os.environ),
    "preloaded": "services.node.composition" in sys.modules,
    "threads": [threading.active_count(), len(os.listdir("/proc/self/task"))],
}
print(json.dumps(found), flush=True)
signal.pause()
