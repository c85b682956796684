"""Everything of a deployment on one machine: servers, keys, nodes, the demo story."""

import os

# Servers start as other users, so by fork and exec: gRPC's handlers around fork() have crashed the child of a process
# that had made calls. Nothing here calls gRPC between the two.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
