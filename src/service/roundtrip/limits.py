"""Every limit of Roundtrip, each with its source. Sizes are in bytes, times in seconds.

A limit without a URL is our own choice; its comment says what it protects.
"""

from __future__ import annotations

from typing import Final

# ---- JSON and requests -------------------------------------------------------------------------

MAX_DEPTH: Final = 100
"""How deep arrays and objects may nest; far below the recursion limit of any codec involved."""

MAX_BODY_BYTES: Final = 1024 * 1024
"""A request's body. API Gateway allows 10 MB and Lambda 6 MB:
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"""

MAX_FAULTS: Final = 100
"""How many faults of one request are told, so that an answer stays readable."""

MAX_COMMIT_ACTIONS: Final = 100
"""Actions in one request, and so in one commit."""

MAX_EVENTS: Final = 1000
"""Events on a page of history."""

MAX_STREAMS: Final = 100
"""Streams on a page of a listing: BatchGetItem reads 100 items at most,
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html"""

MAX_ID_CHARACTERS: Final = 128
"""A stream's id. With namespace and store it has to fit the 2048 bytes of a partition key:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-partition-sort-keys"""

MAX_NAMESPACE_CHARACTERS: Final = 512
"""The quoted name of a caller or a tenant, which is part of the same key."""

MAX_KEY_CHARACTERS: Final = 255
"""An idempotency key. It is part of a sort key, which may have 1024 bytes (same page)."""

# ---- what is stored ----------------------------------------------------------------------------

MAX_STATE_BYTES: Final = 2 * 1024 * 1024
"""A state's JSON text. An answer that holds it must pass Lambda's 6 MB, where JSON inside of JSON
may take twice its size:
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

MAX_ITEM_BYTES: Final = 400 * 1024
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-items"""

PAGE_BYTES: Final = MAX_STATE_BYTES
"""A page of heads or events ends before its texts exceed this; the first is always in it."""

LAST_VERSION: Final = 10**12 - 1
"""The last one that a sort key of twelve digits can name."""

RECEIPT_LIFE_S: Final = 90 * 24 * 60 * 60
"""How long a repetition is recognised; a browser may have been offline for weeks."""

# ---- the cache of one container -----------------------------------------------------------------

CACHE_BYTES: Final = 4 * 1024 * 1024
"""Of state texts: little beside the 100 MB that the process has anyway."""

CACHE_HEADS: Final = 1000
"""However small they are."""

# ---- trying again ------------------------------------------------------------------------------

MAX_ATTEMPTS: Final = 48
"""Attempts of one request; its time, as a rule, ends first."""

BASE_PAUSE_S: Final = 0.01
"""The first pause, doubled with each next one, before jitter:
https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/"""

MAX_PAUSE_S: Final = 0.2
"""Rivals commit within milliseconds; a longer wait only lets the stream idle."""

CONNECT_TIMEOUT_S: Final = 1.0
"""To DynamoDB, which is in the same region."""

READ_TIMEOUT_S: Final = 2.0
"""For an answer of DynamoDB, which as a rule takes milliseconds."""

SDK_ATTEMPTS: Final = 2
"""Of the SDK for one call:
https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html"""

LONGEST_CALL_S: Final = SDK_ATTEMPTS * (CONNECT_TIMEOUT_S + READ_TIMEOUT_S) + 1.0
"""One call at the worst: every attempt times out, and the SDK waits a second between them."""
