"""A design that starts faster than the real one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

ONE_FUNCTION = """
Resources:
  Talk:
    Type: AWS::Serverless::Function
    Properties: {Handler: talk.lambda_handler}
  Integration:
    Type: AWS::ApiGatewayV2::Integration
    Properties: {IntegrationUri: !GetAtt Talk.Arn}
  Route:
    Type: AWS::ApiGatewayV2::Route
    Properties: {RouteKey: $default, Target: !Sub "integrations/${Integration}"}
"""
TALK = "def lambda_handler(event, context):\n    return {'statusCode': 200}\n"


@pytest.fixture
def small_design(tmp_path: Path) -> Path:
    """The folder of a design with one function and no table."""
    (tmp_path / "template.yaml").write_text(ONE_FUNCTION)
    (tmp_path / "talk.py").write_text(TALK)
    return tmp_path
