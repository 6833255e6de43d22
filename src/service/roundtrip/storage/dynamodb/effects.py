"""The items of effects, and the requests that write and delete them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from roundtrip.storage.dynamodb import items

if TYPE_CHECKING:
    from roundtrip.storage.dynamodb.items import Item
    from roundtrip.storage.effect import Effect


def effect_sk(effect: Effect) -> str:
    """Return the sort key of an effect."""
    return f"effect#{effect.key}"


def effect_item(effect: Effect) -> Item:
    """Convert an effect to an item."""
    return {
        **items.key(effect.stream, effect_sk(effect)),
        "token": {"S": effect.token},
        "expiresAt": {"N": str(effect.expires_at_s)},
    }


def begun(effect: Effect, item: Item | None) -> bool:
    """Return whether an item lets an effect begin: it is of this try, has expired, or is none."""
    if item is None or item["token"]["S"] == effect.token:
        return True
    return int(item["expiresAt"]["N"]) <= effect.begun_at_s


def put_effect(table: str, effect: Effect) -> dict[str, Any]:
    """Write an effect, on the condition that `begun` states."""
    return {
        "TableName": table,
        "Item": effect_item(effect),
        "ConditionExpression": "attribute_not_exists(pk) OR expiresAt <= :now OR #token = :token",
        "ExpressionAttributeNames": {"#token": "token"},
        "ExpressionAttributeValues": {
            ":now": {"N": str(effect.begun_at_s)},
            ":token": {"S": effect.token},
        },
    }


def delete_effect(table: str, effect: Effect) -> dict[str, Any]:
    """Delete an effect."""
    return {"TableName": table, "Key": items.key(effect.stream, effect_sk(effect))}
