"""How fast `roundtrip export` decodes and writes, and how much memory it takes.

``python -m benchmarks.export_rate [ACTIONS]`` exports synthesized commits, one action each, which a
stand-in for DynamoDB serves from another process: so it measures the export, not an engine.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, Final

from roundtrip.redux.jsontext import encode
from roundtrip.storage.dynamodb.items import commit_item
from roundtrip.storage.records import Commit, Stream
from roundtrip_devtools.analysis.export import export
from roundtrip_devtools.analysis.source import Source

_PAGE: Final = 2000
_STREAM_ACTIONS: Final = 10
_ACTION_BYTES: Final = 289


def _item(number: int) -> Any:
    stream, version = divmod(number, _STREAM_ACTIONS)
    action = {
        "type": "order/lineAdded",
        "payload": {
            "product": f"product-{number % 97}",
            "quantity": number % 7,
            "price": number / 8,
        },
        "meta": {"page": "basket", "session": f"{number % 1000:08d}"},
    }
    short = _ACTION_BYTES - len(encode([action])) - len(',"note":""')
    action["payload"] |= {"note": f"{number:08d} " * (short // 9) + "x" * (short % 9)}  # type: ignore[operator]
    # NNNNNN becomes the number of the page.
    name = Stream(f"user:ada-{stream % 500}", "orders", f"so-NNNNNN-{stream:04d}")
    at, actor = "2026-01-01T00:00:00.000Z", f"user:ada-{stream % 500}"
    token = f"0198a1b2-NNNNNN-{number:012d}"
    return commit_item(Commit(name, version + 1, 1, encode([action]), at, actor, token))


def _serve(ports: Any, pages: int) -> None:
    items = [_item(number) for number in range(_PAGE)]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["content-length"])))
            if self.headers["x-amz-target"].endswith("DescribeTable"):
                body = json.dumps({"Table": {"TableArn": "arn", "ItemCount": pages * _PAGE}})
            else:
                page = int(request.get("ExclusiveStartKey", {"page": {"N": "0"}})["page"]["N"])
                last = {"LastEvaluatedKey": {"page": {"N": str(page + 1)}}}
                more = last if page + 1 < pages else {}
                whole = json.dumps({"Items": items, "ScannedCount": _PAGE, **more})
                body = whole.replace("NNNNNN", f"{page:06d}")
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.send_header("x-amzn-requestid", "1")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    ports.put(server.server_port)
    server.serve_forever()


def main(actions: int) -> None:
    """Export, and print what it took."""
    ports: Any = multiprocessing.Queue()
    process = multiprocessing.Process(target=_serve, args=(ports, actions // _PAGE), daemon=True)
    process.start()
    environment = {
        "AWS_ENDPOINT_URL_DYNAMODB": f"http://127.0.0.1:{ports.get()}",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }
    with tempfile.TemporaryDirectory() as folder:
        for file_format in ("parquet", "jsonl"):
            to = Path(folder) / file_format
            begun_s, cpu_s = time.perf_counter(), time.process_time()
            source = Source(table="synthesized", environment=environment)
            done = export(source, str(to), file_format=file_format, segments=1)
            cpu_s = time.process_time() - cpu_s
            took_s = time.perf_counter() - begun_s
            written = sum(path.stat().st_size for path in to.rglob("*") if path.is_file())
            peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(
                f"{file_format}: {done.rows} actions in {cpu_s:.1f} s of one of {os.cpu_count()} "
                f"processors ({took_s:.1f} s), {written / 1e6:.1f} MB, at most {peak_mb:.0f} MB "
                "of memory"
            )
    process.terminate()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
