"""The stored data of one transaction."""

import pytest
from botocore.exceptions import ClientError

from ops.evidence import audit_object_of
from tests.unit.stacks import a_stack, stubbing


def test_an_unclaimed_id_has_no_audit_object() -> None:
    stack = a_stack()
    with stubbing(stack.s3) as (s3,):
        s3.add_client_error("get_object", "NoSuchKey", http_status_code=404)
        assert audit_object_of(stack, "order-1") is None


def test_an_unreadable_audit_object_is_not_a_missing_one() -> None:
    stack = a_stack()
    with stubbing(stack.s3) as (s3,):
        s3.add_client_error("get_object", "AccessDenied", http_status_code=403)
        with pytest.raises(ClientError, match="AccessDenied"):
            audit_object_of(stack, "order-1")
