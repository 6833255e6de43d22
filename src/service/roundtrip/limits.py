"""Every limit of Roundtrip, with its source. Sizes are in bytes, times in seconds.

A limit without a URL is our own choice; its description says what it protects.
"""

from __future__ import annotations

from typing import Final

# ---- JSON and requests -------------------------------------------------------------------------

MAX_DEPTH: Final = 100
"""Nesting of arrays and objects; far below the recursion limit of every codec involved."""

MAX_BODY_BYTES: Final = 1024 * 1024
"""Body of a request. API Gateway allows 10 MB and Lambda 6 MB:
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"""

MAX_FAULTS: Final = 100
"""Faults reported for one request, so that the response stays readable."""

MAX_DESCRIBED_FAULTS: Final = 10 * MAX_FAULTS
"""Faults of one payload that are described at all: pydantic describes all of them or none, and
needs more time for it than for finding them."""

FAIL_FAST_CHARACTERS: Final = 64 * 1024
"""Larger payloads are validated up to the first invalid element of each array and map, because a
body can hold half a million invalid elements."""

MAX_COMMIT_ACTIONS: Final = 100
"""Actions in one request, and therefore in one commit."""

MAX_META_BYTES: Final = 4 * 1024
"""The meta of an action as JSON text; it is stored with the action and read by every replay."""

MAX_META_DEPTH: Final = 10
"""Nesting of arrays and objects in the meta of an action."""

MAX_EVENTS: Final = 1000
"""Events on a page of history."""

MAX_ENTITIES: Final = 1000
"""Entities on a page of a slice."""

COMPRESSED_CHARACTERS: Final = 32 * 1024
"""Larger bodies of responses are compressed where the client accepts it. A smaller one takes about
as long to send as to compress."""

MAX_ANSWER_BYTES: Final = 6 * 1024 * 1024 - 64 * 1024
"""Body of a response as JSON in the result of the function, which has at most 6 MB with headers:
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

MAX_STREAMS: Final = 100
"""Streams on a page of a listing. BatchGetItem reads at most 100 items:
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html"""

MAX_ID_CHARACTERS: Final = 128
"""Id of a stream. With namespace and store it must fit into a partition key of 2048 bytes:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-partition-sort-keys"""

MAX_NAMESPACE_CHARACTERS: Final = 512
"""Quoted name of a caller or tenant, which is part of the same key."""

MAX_KEY_CHARACTERS: Final = 255
"""Idempotency key. It is part of a sort key, which has at most 1024 bytes (same page)."""

# ---- stored data --------------------------------------------------------------------------------

MAX_STATE_BYTES: Final = 2 * 1024 * 1024
"""JSON text of a state. A response that contains it must stay below Lambda's 6 MB, and JSON inside
JSON may take twice its size:
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

MAX_ITEM_BYTES: Final = 400 * 1024
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-items"""

PAGE_BYTES: Final = MAX_STATE_BYTES
"""Texts on a page of heads, events or entities; a page always has at least one."""

LAST_VERSION: Final = 10**12 - 1
"""The highest version that fits into a sort key of twelve digits."""

RECEIPT_LIFE_S: Final = 90 * 24 * 60 * 60
"""How long a repeated request is recognized; a browser may be offline for weeks."""

EFFECT_LIFE_S: Final = RECEIPT_LIFE_S
"""How long an effect of a listener is not done again; a dead letter may wait for weeks."""

MAX_CAUSES: Final = 8
"""Events that lead to each other by listeners. More of them are probably an endless loop."""

# ---- replay --------------------------------------------------------------------------------------

EVENT_BYTES: Final = 256
"""Weight of an event in addition to its text: about the bytes that can be read and parsed in the
time of one reduction."""

CHECKPOINT_BYTES: Final = 100 * EVENT_BYTES
"""Weight of the events after which a commit also writes a checkpoint; at least a quarter of the
state. 100 small events are read in about the time of two single reads."""

SPARSE_CHECKPOINTS: Final = 10
"""A replay keeps a checkpoint after so many times the weight, because each costs it a write."""

COPIED_BYTES: Final = 2 * 1024
"""Part of a state that a replay may check and copy for each event; larger states are checked
after several events."""

LEAST_REPLAY_S: Final = 1.0
"""A replay goes on for this time even if the request has less, so that every try gets further."""

# ---- the cache of one container -----------------------------------------------------------------

CACHE_BYTES: Final = 16 * 1024 * 1024
"""State texts; little compared with the 100 MB that the process takes anyway."""

CACHE_HEADS: Final = 1000
"""Heads, whatever their size."""

# ---- retries ------------------------------------------------------------------------------------

MAX_ATTEMPTS: Final = 48
"""Attempts of one request; its time usually runs out first."""

BASE_PAUSE_S: Final = 0.01
"""The first pause before jitter; each further pause is twice as long:
https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/"""

MAX_PAUSE_S: Final = 0.2
"""The longest pause. Other writers commit within milliseconds, so waiting longer gains nothing."""

CONNECT_TIMEOUT_S: Final = 1.0
"""For connecting to DynamoDB, which is in the same region."""

READ_TIMEOUT_S: Final = 2.0
"""For a response of DynamoDB, which usually takes milliseconds."""

CALL_ATTEMPTS: Final = 2
"""Attempts of one call to DynamoDB, if the first did nothing or only read:
https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html"""

LONGEST_CALL_S: Final = CALL_ATTEMPTS * (CONNECT_TIMEOUT_S + READ_TIMEOUT_S) + 1.0
"""The longest possible call: every attempt times out, with a pause in between."""

IDLE_LIFE_S: Final = 30.0
"""How long an idle connection is trusted; a frozen container does not see that it was closed."""

MAX_IDLE_CONNECTIONS: Final = 10
"""Connections that are kept; a Lambda container handles one request at a time and needs one."""

ANSWERED_CHARACTERS: Final = 32 * 1024
"""A dispatch is answered with a smaller state as a whole, unless the client prefers otherwise."""

MAX_SINCE_COMMITS: Final = 200
"""Commits that a difference is made from; a client that is further behind reads the whole state."""

MAX_TOUCHED_BYTES: Final = 64 * 1024
"""What a commit says that it touched, such as 2000 entities. With the actions it is one item."""

MAX_DIVIDED_BYTES: Final = 8 * 1024 * 1024
"""JSON text of a state in parts, of which an action reads and writes only some."""

MAX_TRANSACTION_BYTES: Final = 4 * 1024 * 1024 - 64 * 1024
"""Items of a transaction together. DynamoDB allows 4 MB:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""

INLINE_CHARACTERS: Final = 8 * 1024
"""Parts of a state that lie in the head, together. A smaller part costs more than it saves."""

BUCKET_CHARACTERS: Final = 8 * 1024
"""Entities of a bucket, on the average, before their slice is cut into more buckets."""

MAX_BUCKET_BYTES: Final = MAX_ITEM_BYTES - 8 * 1024
"""Entities of a bucket as stored, which leaves room for the keys of its item."""

MAX_PARTS: Final = 90
"""Parts of a state. With commit, head, receipt and checkpoint they fit one transaction."""

MAX_TRANSACTION_ITEMS: Final = 100
"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"""

# ---- push ---------------------------------------------------------------------------------------

TICKET_LIFE_S: Final = 60
"""From a ticket to the connection that it opens, which a client opens at once."""

SOCKET_LIFE_S: Final = 2 * 60 * 60
"""The longest life of a connection:
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html"""

MAX_CONNECTIONS: Final = 200
"""Connections of one caller, so that nobody uses up those of a deployment. On an open API all
callers are one."""

MAX_FOLLOWED: Final = 100
"""Streams that one connection follows. Their names are in one item."""

MAX_FOLLOWERS: Final = 500
"""Connections that follow one stream; poking them takes about a second."""

MAX_NAMED_STREAMS: Final = 25
"""Streams in one message of a client."""

MAX_POKE_BYTES: Final = 5 * 1024
"""A poke with its events. A larger one names only the version, and the client reads the rest."""

FAN_OUT_S: Final = 5.0
"""For finding the followers of a batch of commits, and again for poking them. Who is not reached by
then is not poked, so that neither listeners nor other batches wait for closed networks."""

FAN_OUT_THREADS: Final = 16
"""Messages that are sent at once. A message takes about 15 ms, nearly all of it waiting."""
