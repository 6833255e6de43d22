"""Serves the streamed design until Ctrl-C, with its own DynamoDB Local."""

import argparse
import signal
import sys

from benchmarks.streamed_local import HarnessError
from benchmarks.streamed_local.harness import streamed
from benchmarks.streamed_local.settings import Polling
from roundtrip_devtools.engines import dynamodb_local
from roundtrip_devtools.errors import DevtoolsError

_EXAMPLE = (
    """{"action":"dispatch","id":"so-1","eventId":"0b1e9a52-6f6c-4c1e-9d57-6f2b8a1f0c11","""
    """"type":"salesOrders/created","payload":{"customer":"Ada","currency":"EUR","lines":[]}}"""
)


def main() -> int:
    """Run the command line and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.streamed_local", description=__doc__
    )
    parser.add_argument(
        "--polling",
        choices=[known.value for known in Polling],
        default=Polling.FOUR_HZ.value,
        help="how often to read the streams: 4hz as Lambda, best without a pause (%(default)s)",
    )
    parser.add_argument("--port", type=int, default=3001, help="of the WebSocket API (%(default)s)")
    options = parser.parse_args()
    # Both ways of stopping unwind the stack, which stops the engine.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with (
            dynamodb_local() as endpoint_url,
            streamed(endpoint_url, options.polling, port=options.port) as design,
        ):
            print(
                f"\nThe streamed design is ready: {design.url}  (DynamoDB Local: {endpoint_url}; "
                f"press Ctrl-C to stop)\n\n  python -m websockets {design.url}\n  > {_EXAMPLE}\n",
                flush=True,
            )
            design.wait()
    except KeyboardInterrupt:
        print("Stopped.")
    except (HarnessError, DevtoolsError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
