"""What the report says of its method, and of what the method cannot show."""

from __future__ import annotations

from typing import Final

METHOD: Final = """\
- **Interleaved rounds.** In each round every target has its turn, in another order each time; the
  first round warms up and is forgotten. A ratio is taken within each round and its median over
  the rounds is reported, so that a machine that is slower for a while slows both sides. The 95 %
  interval is a percentile bootstrap over the rounds.
- **Floors.** boto3 alone, its client set up as the service sets its own up, sends the same items: a
  transaction, a get and a transaction, or a get. No service on this stack can be faster than its
  floor. A dispatch with an Idempotency-Key writes one item more than the floor that it is shown by.
- **In process and over sockets.** *Coupled, warm* and *cold cache* call the Lambda handler with
  HTTP API events in the measuring process. *Coupled, over HTTP* and the streamed design both go
  over loopback sockets and are what is compared with each other.
- **The streamed design** runs its own Lambda handlers on DynamoDB Local's real streams: one
  process polls the shards, serves the WebSocket API and the management API. *4 polls a second* is
  what Lambda does for DynamoDB streams; *no wait for polls* polls again at once, which no
  deployment does: it is the design's best case, although the pollers then take processor time
  from it. Where pollers wait, requests are sent after random pauses, so that they meet them at any
  phase; because pauses cool a processor, the streamed design has its turns apart, in the second
  part of each round. Engine and handlers are warm before anything is kept.
- **Nothing is dropped.** Every sample is in the CSV files; this page and its plots are made of
  them alone. Medians and percentiles are of all samples; a 99th percentile needs at least 100."""

WEAKNESSES: Final = """\
- Handlers on one machine leave out the network, API Gateway and Lambda, and their DynamoDB is
  near. In milliseconds that favours the streamed design, in which an action passes three
  invocations and two streams against one invocation. In times it favours the coupled one: what
  takes longer on AWS takes longer in both, and makes the wait for polls a smaller part of the
  whole. The model's ratio, further down, is the one to expect on AWS.
- The load is a closed loop of one client: latency without queueing, no throughput. Only *Writers*
  has more than one.
- DynamoDB Local is SQLite on one machine: its latencies are no forecast of DynamoDB's, its
  transactions do not wait for three availability zones. Ratios against the floor carry over
  better than milliseconds.
- Everything runs on {cores}: the client, the engine and the streamed design's process share them.
- The phase of the polls is random, so the streamed design's samples spread over the polling
  interval by nature.
- A cold start here is a fresh process on this machine's disk and processor. It shows what imports
  cost, not what Lambda's start, or SnapStart, takes."""

NOT_MEASURED: Final = """\
- Anything on AWS: the model's figures are computed. `python -m benchmarks deployed` measures
  deployed stacks in the same way.
- Lambda's own cold start, SnapStart's restore, API Gateway, TLS and authorization.
- Open-loop load: what happens when more arrives than can be served is in the model only.
- Many clients connected to the streamed design at once; the cost of pushing to them is in the
  model."""
