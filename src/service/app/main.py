"""The Lambda function: what API Gateway calls."""

import gc

gc.disable()  # A start makes no garbage; `Roundtrip` turns collections on again.
from app.stores import STORES  # noqa: E402
from roundtrip.lambda_app import Roundtrip  # noqa: E402

lambda_handler = Roundtrip(STORES).handler
