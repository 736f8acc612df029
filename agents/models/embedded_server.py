"""The embedded model's process, started by `EmbeddedServer` alone.

Reads one JSON line with its options from standard input, serves the OpenAI API on 127.0.0.1, writes one JSON line with
its address, and ends when its standard input does, which is when its parent has gone in whatever way. Imports nothing
of the studio and is started by its path, not as a module, so that it starts fast.
"""

import ctypes
import json
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def end_with_parent(parent: int) -> None:
    """On Linux: the kernel kills this process when its parent dies, even while the model computes."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # the parent died before the line above
        os._exit(1)


def serve(options: dict[str, object]) -> object:
    """Start the server and return it; it lives as long as the value does."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = options["weights"]
    params.model_alias = {options["model"]}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [options["key"]]
    params.n_parallel = options["slots"]
    params.n_ctx = int(str(options["context"])) * int(str(options["slots"]))
    params.ctx_shift = False
    params.cpuparams.n_threads = options["threads"]
    params.cpuparams_batch.n_threads = options["threads"]
    params.cache_ram_mib = options["cache_mib"]
    params.slot_prompt_similarity = 0.5  # members whose prompts begin alike do not take each other's slots
    params.sse_ping_interval = -1  # a sign of life would hide that no token comes
    params.fit_params = False
    params.endpoint_slots = False
    params.ui = False
    params.verbosity = 0
    return xllamacpp.Server(params)


def main() -> None:
    """Serve until standard input ends."""
    parent = os.getppid()
    end_with_parent(parent)
    if hasattr(os, "nice"):
        os.nice(5)  # pages and other calls go first on a small machine
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the parent's; it ends this process in its own time
    options = json.loads(sys.stdin.readline())
    server = serve(options)
    print(json.dumps({"base_url": f"{server.listening_address}/v1"}), flush=True)  # type: ignore[attr-defined]
    sys.stdin.read()
    os._exit(0)  # at once: threads may be in the middle of a reply that nobody reads


if __name__ == "__main__":
    main()
