"""``make cluster``: a cluster that is left running until Ctrl-C."""

import contextlib
import signal
import sys
import time

from tests.support.cluster import binaries
from tests.support.cluster.cluster import cluster, no_pods


def main() -> int:
    begin = time.monotonic()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts what runs behind with it ignored
    try:
        with cluster() as running:
            print(f"ready after {time.monotonic() - begin:.1f} s; Ctrl-C ends it\n")
            print(f"  export KUBECONFIG={running.kubeconfig}")
            print(f"  {binaries.kubectl() or 'kubectl'} get nodes,pods --all-namespaces\n")
            if why := no_pods():
                print(f"Pods stay pending: {why}")
            print(f"logs: {running.work}", flush=True)
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
            with contextlib.suppress(KeyboardInterrupt):
                signal.pause()
    except binaries.MissingError as missing:
        sys.exit(str(missing))
    return 0


if __name__ == "__main__":
    sys.exit(main())
