"""The Lambda function, called by API Gateway."""

import gc

gc.disable()  # The start creates no garbage; `Roundtrip` enables the collector again.
from app.stores import STORES  # noqa: E402
from roundtrip.lambda_app import Roundtrip  # noqa: E402

lambda_handler = Roundtrip(STORES).handler
