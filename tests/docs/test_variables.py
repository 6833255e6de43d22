from __future__ import annotations

import re

from tests import checkout

CLIENT = checkout.SERVICE_DIR / "roundtrip" / "storage" / "dynamodb"
PAGE = checkout.ROOT / "src" / "docs" / "operations.md"
# Nobody but AWS sets these.
OF_AWS = {
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
}


def test_the_page_names_every_variable_that_the_client_of_dynamodb_reads() -> None:
    sources = "".join(file.read_text("utf-8") for file in CLIENT.glob("*.py"))
    read = set(re.findall(r'"(AWS_[A-Z_]+|NO_PROXY|HTTPS?_PROXY)"', sources))
    named = set(re.findall(r"`([A-Z_]+)`", PAGE.read_text("utf-8")))
    assert len(read) >= 20
    assert read - OF_AWS <= named
